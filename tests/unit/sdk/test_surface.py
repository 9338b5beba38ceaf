"""What the package shows, and what loading it costs."""

import subprocess
import sys
from importlib import import_module, resources

import pytest
import samenspraak

PUBLIC = [
    "ApiError",
    "AsyncSamenspraak",
    "AuditStopped",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "ConnectionTimedOut",
    "IdempotencyMismatch",
    "ImportPending",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "RateLimited",
    "RequestInFlight",
    "Samenspraak",
    "SamenspraakError",
    "ServiceError",
    "ServiceUnavailable",
    "TooLarge",
    "UnexpectedAnswer",
    "ValidationFailed",
    "WaitTimedOut",
    "__version__",
    "errors",
    "examples",
    "notebook",
    "types",
    "verify",
]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_public_names_are_these():
    assert sorted(samenspraak.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_can_be_had(name):
    assert getattr(samenspraak, name) is not None


def test_every_error_is_public():
    assert set(samenspraak.errors.__all__) <= set(samenspraak.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Samenspraaak"):
        _ = samenspraak.Samenspraaak


@pytest.mark.parametrize("module", ["errors", "paging", "sync", "types", "examples", "notebook", "verify"])
def test_lists_of_names_hold(module):
    loaded = import_module(f"samenspraak.{module}")
    assert all(hasattr(loaded, name) for name in getattr(loaded, "__all__", ()))


def test_types_are_shipped():
    assert resources.files("samenspraak").joinpath("py.typed").is_file()


def test_version_is_the_distribution_s():
    from importlib.metadata import version

    assert samenspraak.__version__ == version("samenspraak")


def test_importing_loads_no_network_library_and_is_quick():
    code = "import time; t = time.process_time(); import samenspraak; print(time.process_time() - t)"
    assert min(float(python(code)) for _ in range(3)) < 0.25
    loaded = python("import sys, samenspraak; print({'httpx2', 'asyncio', 'msgspec', 'ssl'} & set(sys.modules))")
    assert loaded == "set()"


@pytest.mark.parametrize("name", ["Samenspraak", "AsyncSamenspraak"])
def test_building_a_client_loads_no_http_library_and_is_quick(name):
    code = f"""
import sys, time
t = time.process_time()
import samenspraak
client = samenspraak.{name}('key', base_url='https://host.test')
print(time.process_time() - t, 'httpx2' in sys.modules)
"""
    seconds, loaded = min((python(code) for _ in range(3)), key=lambda line: float(line.split()[0])).split()
    assert loaded == "False"
    assert float(seconds) < 0.25
