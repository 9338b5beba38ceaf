"""Twelve AI applications, ready to submit: for a first try, for demonstrations and for tests.

Owners and places are made up; `SOURCE.md` beside the files says what each text rests on.
"""

import functools
from importlib.resources import files

import msgspec

from samenspraak.types.application import Application

__all__ = ["load", "names"]


def names() -> tuple[str, ...]:
    """Names that `load` takes, in alphabetical order."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


@functools.cache
def load(name: str) -> Application:
    """One example.

    Raises:
        KeyError: no example has this name.
    """
    if name not in names():
        raise KeyError(f"no example {name!r}; there are {', '.join(names())}")
    return msgspec.json.decode(files(__name__).joinpath(f"{name}.json").read_bytes(), type=Application)
