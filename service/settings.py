"""Configuration: read once, typed, and refused loudly when something is odd."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

import msgspec
from samenspraak.types.problem import Fault

from service import opening_hours

PREFIX = "SAMENSPRAAK_"

Environment = Literal["development", "production", "test"]
Role = Literal["owner", "api", "worker", "vault", "tally"]
ROLES: tuple[Role, ...] = get_args(Role)

CLIENT_NAMES = frozenset({"API_KEY", "BASE_URL", "STAFF_KEY", "URL"})
"""Read by the SDK and its command line, never by the service; a shell may hold both."""


_MAILBOX = re.compile(r"[A-Za-z0-9._-]{1,13}@[A-Za-z0-9.-]+")
"""At most 13 characters before the @: 50 more name the invitation, and 64 is the most that mail servers take."""


_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{6,28}")


class SettingsInvalid(Exception):
    """One or more settings are unknown or odd. `faults` holds all of them, each with its remedy."""

    code = "settings_invalid"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{fault.pointer}: {fault.detail}" for fault in faults))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    environment: Environment = "development"
    state_dir: Path
    """Everything the service keeps: engines, secrets, mail of the local sink."""
    host: str = "127.0.0.1"
    port: int = 8000
    """Port of the API; 0 lets the system choose."""
    database_url: str | None = None
    """Base DSN without user and password: each role logs in with its own."""
    valkey_url: str | None = None
    smtp_url: str | None = None
    public_url: str = "http://127.0.0.1:8000"
    """Start of every link that people receive, without a slash at the end."""
    mail_from: str = "Samenspraak <panel@samenspraak.invalid>"
    bounce_to: str | None = None
    """Where mail that cannot be delivered comes back: every invitation has its own address, `local+ID@domain`."""
    sms_dir: Path | None = None
    """Where text messages are put down for a gateway; None: there are none, and nobody is offered any."""
    phone: str | None = None
    """Where people can call with questions, as it is printed in letters; None: nowhere."""
    phone_hours: str | None = None
    """When the telephone is answered, such as `Mo-Fr 09:00-17:00` (`service.opening_hours`)."""
    return_address: tuple[str, ...] = ()
    """Where forms on paper are sent back to, line by line."""
    simulated: bool = False
    """Marks everybody who joins as simulated, and shows a banner on every page."""
    waiting_saves: int = 512
    """Most pages, and most final submits, waiting in one API process; above it people are asked to send again."""
    embedded_in_production: bool = False
    database_passwords: dict[str, str] = {}
    """Role -> password, where it comes from the environment instead of a file."""

    @property
    def secrets_dir(self) -> Path:
        return self.state_dir / "secrets"

    @property
    def mail_dir(self) -> Path:
        return self.state_dir / "mail"

    @property
    def run_file(self) -> Path:
        """What is running where: {api, mailbox, smtp, pid, public_url}."""
        return self.state_dir / "run.json"

    @property
    def embedded_database(self) -> bool:
        return self.database_url is None

    @property
    def embedded_valkey(self) -> bool:
        return self.valkey_url is None


NAMES = frozenset(
    {
        "ENVIRONMENT",
        "STATE_DIR",
        "HOST",
        "PORT",
        "DATABASE_URL",
        "VALKEY_URL",
        "SMTP_URL",
        "PUBLIC_URL",
        "MAIL_FROM",
        "BOUNCE_TO",
        "RETURN_ADDRESS",
        "SMS_DIR",
        "PHONE",
        "PHONE_HOURS",
        "SIMULATED",
        "WAITING_SAVES",
        "EMBEDDED_IN_PRODUCTION",
    }
    | {f"DATABASE_PASSWORD_{role.upper()}" for role in ROLES}
)


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings from names that start with SAMENSPRAAK_; everything else is left alone.

    Raises:
        SettingsInvalid: with every unknown name and odd value at once.
    """
    given = {name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX)}
    given = {name: value for name, value in given.items() if name not in CLIENT_NAMES}
    reader = _Reader(given)
    for name in sorted(given.keys() - NAMES):
        reader.fault(name, "unknown_setting", f"is not a setting; known are {', '.join(sorted(NAMES))}")
    settings = _read(reader)
    _check_production(reader, settings)
    if reader.faults:
        raise SettingsInvalid(tuple(reader.faults))
    return settings


def _read(reader: "_Reader") -> Settings:
    host = reader.text("HOST", "127.0.0.1")
    environment = cast(Environment, reader.choice("ENVIRONMENT", get_args(Environment), "development"))
    state_dir = _folder(reader.text("STATE_DIR", "var/state"))
    port = reader.port("PORT", 8000)
    return Settings(
        environment=environment,
        state_dir=state_dir,
        host=host,
        port=port,
        database_url=reader.url("DATABASE_URL", ("postgresql", "postgres")),
        valkey_url=reader.url("VALKEY_URL", ("redis", "rediss", "unix")),
        smtp_url=reader.url("SMTP_URL", ("smtp", "smtps")),
        public_url=(reader.url("PUBLIC_URL", ("http", "https")) or f"http://{host}:{port}").rstrip("/"),
        mail_from=reader.address("MAIL_FROM", "Samenspraak <panel@samenspraak.invalid>"),
        bounce_to=reader.mailbox("BOUNCE_TO"),
        sms_dir=_sms_dir(reader, environment, state_dir),
        phone=reader.phone("PHONE"),
        phone_hours=reader.hours("PHONE_HOURS"),
        return_address=reader.lines("RETURN_ADDRESS"),
        simulated=reader.yes_or_no("SIMULATED"),
        waiting_saves=reader.number("WAITING_SAVES", 512, least=16, most=100_000),
        embedded_in_production=reader.yes_or_no("EMBEDDED_IN_PRODUCTION"),
        database_passwords={
            role: reader.given[name] for role in ROLES if (name := f"DATABASE_PASSWORD_{role.upper()}") in reader.given
        },
    )


def _sms_dir(reader: "_Reader", environment: Environment, state_dir: Path) -> Path | None:
    """In production messages to real people never end silently in a file: there somebody must name the folder."""
    if "SMS_DIR" in reader.given:
        return _folder(reader.text("SMS_DIR", "sms"))
    return None if environment == "production" else state_dir / "sms"


def _folder(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _check_production(reader: "_Reader", settings: Settings) -> None:
    """In production nothing may silently fall back to what only suits one machine."""
    if settings.environment != "production":
        return
    if not settings.embedded_in_production:
        for name, value in (("DATABASE_URL", settings.database_url), ("VALKEY_URL", settings.valkey_url)):
            if value is None:
                reader.fault(
                    name,
                    "embedded_in_production",
                    "is not set; point it at a server, or set SAMENSPRAAK_EMBEDDED_IN_PRODUCTION=yes",
                )
    if settings.smtp_url is None:
        reader.fault("SMTP_URL", "missing", "is not set; mail to real people needs a mail server")
    if not settings.public_url.startswith("https://"):
        reader.fault("PUBLIC_URL", "not_https", "must start with https:// in production; links are credentials")
    if settings.mail_from.rstrip(">").endswith(".invalid"):
        reader.fault("MAIL_FROM", "missing", "is not set; give the sender's address")


class _Reader:
    """Takes values by name and keeps every fault."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.faults: list[Fault] = []

    def fault(self, name: str, code: str, detail: str) -> None:
        self.faults.append(Fault(pointer=PREFIX + name, code=code, detail=detail))

    def text(self, name: str, default: str) -> str:
        value = self.given.get(name, default)
        if not value.strip() or any(ord(char) < 32 for char in value):
            self.fault(name, "odd_value", "is empty or holds control characters; give a value or leave it out")
            return default
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.given.get(name, default)
        if value not in allowed:
            self.fault(name, "odd_value", f"is {value!r}; choose {', '.join(allowed)}")
            return default
        return value

    def yes_or_no(self, name: str) -> bool:
        return self.choice(name, ("yes", "no"), "no") == "yes"

    def port(self, name: str, default: int) -> int:
        value = self.given.get(name, str(default))
        if not (value.isascii() and value.isdigit() and int(value) <= 65_535):
            self.fault(name, "odd_value", f"is {value!r}; give a number from 0 to 65535 (0: any free port)")
            return default
        return int(value)

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self.given.get(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            self.fault(name, "odd_value", f"is {value!r}; give a whole number from {least} to {most}")
            return default
        return int(value)

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        if name not in self.given:
            return None
        value = self.given[name]
        scheme = value.partition("://")[0]
        try:
            whole = bool(urlsplit(value).netloc or urlsplit(value).path.strip("/"))
            _ = urlsplit(value).port
        except ValueError:
            whole = False
        if scheme not in schemes or not whole or any(ord(char) <= 32 for char in value):
            # The value itself may hold a password, so it is never repeated.
            self.fault(name, "odd_value", f"is not an address that starts with {' or '.join(schemes)}://")
            return None
        return value

    def lines(self, name: str) -> tuple[str, ...]:
        """An address on paper: lines with a semicolon between them, at most six."""
        if name not in self.given:
            return ()
        found = tuple(line.strip() for line in self.text(name, "").split(";") if line.strip())
        if len(found) > 6 or any(len(line) > 60 for line in found):
            self.fault(name, "odd_value", "has more than six lines or 60 characters in one; put `;` between lines")
            return ()
        return found

    def mailbox(self, name: str) -> str | None:
        """An address without a name, short enough to carry the number of an invitation."""
        value = self.given.get(name, "").strip()
        if not value:
            return None
        if not _MAILBOX.fullmatch(value):
            self.fault(name, "odd_value", f"is {value!r}; give an address such as bounce@example.org, without a name")
        return value

    def phone(self, name: str) -> str | None:
        """A telephone number as people read it."""
        value = self.given.get(name, "").strip()
        if not value:
            return None
        if not _PHONE.fullmatch(value):
            self.fault(name, "odd_value", f"is {value!r}; give a telephone number such as 088 123 45 67")
        return value

    def hours(self, name: str) -> str | None:
        """Opening hours; a number without hours, or hours without a number, help nobody."""
        value = self.given.get(name, "").strip()
        if bool(value) != bool(self.given.get("PHONE", "").strip()):
            missing = name if not value else "PHONE"
            self.fault(missing, "missing", f"is not set; give {PREFIX}PHONE and {PREFIX}PHONE_HOURS, or neither")
        if not value:
            return None
        try:
            opening_hours.read(value)
        except opening_hours.HoursInvalid:
            self.fault(name, "odd_value", f"is {value!r}; write it as Mo-Fr 09:00-17:00, Sa 10:00-13:00")
        return value

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if value.count("@") != 1:
            self.fault(name, "odd_value", f"is {value!r}; give an address such as Name <panel@example.org>")
            return default
        return value
