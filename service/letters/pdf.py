"""A batch of letters as one accessible PDF (PDF/UA-1 and PDF/A-2a), a sheet for each person.

The address stands where C5 and DL envelopes with a window on the right show it: 47 mm below the upper edge, 110 mm from
the left. Fonts are those inside typst.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import as_file, files
from typing import Literal

import msgspec
import typst
from samenspraak.types.base import Lang

from panels import codes
from service import opening_hours
from service.letters.words import BANNER, CLOSING, LETTERS, SENDER
from service.render.qr import drawn
from service.reports.method import date_nl


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from person to person."""

    lines: tuple[str, ...]
    """The address, or the reference that whoever prints knows the address by."""
    code: str
    """Typed code, twelve characters."""
    link: str
    kind: Literal["invitation", "reminder"] = "invitation"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What all letters of a batch have in common."""

    words: Mapping[Lang, Mapping[str, str]]
    """{app}, {org} and {Org}."""
    address: str
    """Where the code is typed, as people read it."""
    phone: str = ""
    hours: str = ""
    simulated: bool = False


def render(sheets: Sequence[Sheet], about: About, *, made_at: datetime) -> bytes:
    """The letters in their order; at least one.

    Raises:
        typst.TypstError: the document breaks a rule of the standards it claims.
    """
    day = made_at.replace(hour=0, minute=0, second=0, microsecond=0)
    kinds = dict.fromkeys(sheet.kind for sheet in sheets)
    data = {
        "date": [day.year, day.month, day.day],
        "day": date_nl(day),
        "sender": SENDER,
        "closing": CLOSING,
        "banner": BANNER if about.simulated else "",
        "texts": {kind: {lang: _filled(kind, lang, about) for lang in about.words} for kind in kinds},
        "sheets": [
            {
                "lines": sheet.lines,
                "code": codes.shown(sheet.code).split("-"),
                "qr": _square(sheet.link),
                "link": sheet.link.partition("://")[2],
                "kind": sheet.kind,
            }
            for sheet in sheets
        ],
    }
    with as_file(files("service.letters") / "templates") as folder:
        document = typst.compile(
            str(folder / "letter.typ"),
            root=str(folder),
            format="pdf",
            pdf_standards=["ua-1", "a-2a"],
            ignore_system_fonts=True,
            timestamp=int(day.timestamp()),
            sys_inputs={"data": msgspec.json.encode(data).decode()},
        )
    return bytes(document)


def _filled(kind: Literal["invitation", "reminder"], lang: Lang, about: About) -> dict[str, object]:
    words, names = LETTERS[kind, lang], dict(about.words[lang])
    hours = ""
    if about.hours:
        hours = f" ({opening_hours.told(opening_hours.read(about.hours), lang)})"
    call = words.call.format(phone=about.phone, hours=hours) if about.phone else ""
    return {
        "subject": words.subject.format(**names),
        "greeting": words.greeting,
        "paragraphs": [one.format(**names) for one in words.paragraphs],
        "how": words.how,
        "typed": words.typed.format(address=about.address),
        "more": [one for one in (call, words.refuse, words.privacy.format(**names)) if one],
    }


def _square(link: str) -> str:
    path, size = drawn(link)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'
