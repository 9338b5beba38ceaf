"""Secrets on disk: one 0600 file each in a 0700 folder, made on the first start, read by whoever needs them."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec

from service.settings import ROLES, Role, Settings

Entropy = Callable[[int], bytes]


class SecretMissing(Exception):
    """A secret file is not there; the message names it and what makes it."""

    code = "secret_missing"


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the application, apart from the passwords of the database."""

    link_key: bytes
    """32 bytes, HMAC key of every link."""
    address_key: bytes
    """32 bytes, keyed hash of mail addresses."""
    report_signing_key: bytes
    """32 bytes, the private seed of an Ed25519 key."""


def ensure(secrets_dir: Path, *, entropy: Entropy) -> Keyring:
    """Make every secret that is missing, never touch one that is there, and return the application's keys."""
    secrets_dir.mkdir(parents=True, exist_ok=True)
    secrets_dir.chmod(0o700)
    ballots = secrets_dir / "ballots"
    ballots.mkdir(mode=0o700, exist_ok=True)
    for name in ("link.key", "address.key", "report_signing.key"):
        create(secrets_dir / name, entropy(32))
    for role in ("superuser", *ROLES):
        create(_password_file(secrets_dir, role), entropy(24).hex().encode())
    return load(secrets_dir)


def load(secrets_dir: Path) -> Keyring:
    """Read the application's keys.

    Raises:
        SecretMissing: a file is not there or cut short.
    """
    return Keyring(
        link_key=_read(secrets_dir / "link.key", 32),
        address_key=_read(secrets_dir / "address.key", 32),
        report_signing_key=_read(secrets_dir / "report_signing.key", 32),
    )


def database_password(settings: Settings, role: Role) -> str:
    """The password of one database role: from the environment when given there, else from its file."""
    given = settings.database_passwords.get(role)
    return given if given is not None else _read(_password_file(settings.secrets_dir, role), 1).decode()


def superuser_password(secrets_dir: Path) -> str:
    """The embedded server's own superuser; only the launcher reads it."""
    return _read(_password_file(secrets_dir, "superuser"), 1).decode()


def write_ballot_key(secrets_dir: Path, audit_id: UUID, private_key: bytes) -> None:
    """Keep the private half of a ballot's tally key until the count. Writing the same audit twice is refused."""
    folder = secrets_dir / "ballots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not create(folder / f"{audit_id}.key", private_key):
        raise FileExistsError(f"the ballot of audit {audit_id} already has a key")


def read_ballot_key(secrets_dir: Path, audit_id: UUID) -> bytes | None:
    """The private half, or None when it was destroyed after the count."""
    try:
        return (secrets_dir / "ballots" / f"{audit_id}.key").read_bytes()
    except FileNotFoundError:
        return None


def destroy_ballot_key(secrets_dir: Path, audit_id: UUID) -> None:
    """Overwrite and remove the private half; without it no sealed ballot opens again. Twice does no harm."""
    path = secrets_dir / "ballots" / f"{audit_id}.key"
    try:
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _sync_folder(path.parent)


def _password_file(secrets_dir: Path, role: str) -> Path:
    return secrets_dir / f"database_{role}.password"


def create(path: Path, content: bytes) -> bool:
    """Write a whole new 0600 file or none; False when there is one already, which then stays as it is."""
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
        return True
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        _sync_folder(path.parent)


def _read(path: Path, least: int) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SecretMissing(
            f"{path} cannot be read ({error.strerror}); `python -m service migrate` makes it"
        ) from error
    if len(content) < least:
        raise SecretMissing(f"{path} is cut short; put back the original from a backup")
    return content


def _sync_folder(folder: Path) -> None:
    """A new name is durable only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
