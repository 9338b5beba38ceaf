"""Secrets, ports and locks: what a start settles before anything runs."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from service import engines, keyring, processes
from service.engines import AlreadyRunning
from service.keyring import SecretMissing
from service.settings import ROLES, Settings
from service.supervise import PortTaken, StartFailed, make_room, with_ports


class TestKeyring:
    def test_every_secret_is_for_its_owner_alone(self, settings: Settings) -> None:
        files = [path for path in settings.secrets_dir.rglob("*") if path.is_file()]
        assert len(files) == 3 + len(ROLES) + 1
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert settings.secrets_dir.stat().st_mode & 0o777 == 0o700

    def test_a_second_start_keeps_every_secret(self, settings: Settings) -> None:
        before = keyring.load(settings.secrets_dir)
        assert keyring.ensure(settings.secrets_dir, entropy=os.urandom) == before

    def test_no_two_secrets_are_alike(self, settings: Settings) -> None:
        passwords = {keyring.database_password(settings, role) for role in ROLES}
        assert len(passwords) == len(ROLES)

    def test_a_password_from_the_environment_comes_first(self, settings: Settings) -> None:
        given = msgspec.structs.replace(settings, database_passwords={"api": "given"})
        assert keyring.database_password(given, "api") == "given"
        assert keyring.database_password(given, "worker") != "given"

    def test_a_missing_or_cut_secret_is_named(self, settings: Settings) -> None:
        (settings.secrets_dir / "link.key").write_bytes(b"short")
        with pytest.raises(SecretMissing, match=r"link\.key is cut short"):
            keyring.load(settings.secrets_dir)
        (settings.secrets_dir / "link.key").unlink()
        with pytest.raises(SecretMissing, match=r"link\.key cannot be read \(No such file"):
            keyring.load(settings.secrets_dir)

    def test_a_ballot_key_is_written_once_and_gone_after_the_count(self, settings: Settings) -> None:
        audit_id = uuid4()
        keyring.write_ballot_key(settings.secrets_dir, audit_id, b"p" * 32)
        assert keyring.read_ballot_key(settings.secrets_dir, audit_id) == b"p" * 32
        with pytest.raises(FileExistsError):
            keyring.write_ballot_key(settings.secrets_dir, audit_id, b"q" * 32)
        for _ in range(2):
            keyring.destroy_ballot_key(settings.secrets_dir, audit_id)
        assert keyring.read_ballot_key(settings.secrets_dir, audit_id) is None


class TestPorts:
    def test_port_zero_becomes_a_free_one_and_links_follow(self, settings: Settings) -> None:
        default = msgspec.structs.replace(settings, port=0, public_url="http://127.0.0.1:0")
        settled = with_ports(default)
        assert settled.port > 0
        assert settled.public_url == f"http://127.0.0.1:{settled.port}"

    def test_links_keep_the_address_that_was_given(self, settings: Settings) -> None:
        given = msgspec.structs.replace(settings, public_url="https://panel.example")
        assert with_ports(given).public_url == "https://panel.example"

    def test_a_taken_port_says_what_to_do(self, settings: Settings) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 cannot be used .* --port N"):
                with_ports(msgspec.structs.replace(settings, port=port))


class TestPlaces:
    def test_a_state_directory_that_cannot_be_one_says_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for odd in (tmp_path / "file", tmp_path / "file" / "state"):
            with pytest.raises(StartFailed, match=r"cannot be the state directory .* SAMENSPRAAK_STATE_DIR"):
                make_room(odd)

    def test_a_state_directory_has_one_holder_who_is_named(self, tmp_path: Path) -> None:
        with engines.hold(tmp_path / "lock"):
            with pytest.raises(AlreadyRunning, match=rf"already runs on .* \(process {os.getpid()}\)"):
                engines.hold(tmp_path / "lock")
        engines.hold(tmp_path / "lock").close()

    def test_long_paths_get_short_sockets(self, tmp_path: Path) -> None:
        deep = tmp_path / ("d" * 90)
        sockets = engines.places(deep).sockets
        assert len(str(sockets / ".s.PGSQL.5432.lock")) < engines.SOCKET_LIMIT

    def test_every_process_finds_the_same_places(self, tmp_path: Path) -> None:
        assert engines.places(tmp_path / "a") == engines.places(tmp_path / "a")
        assert engines.places(tmp_path / "a") != engines.places(tmp_path / "b")


class TestProcesses:
    def test_a_zombie_is_not_alive(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", ""])
        try:
            assert processes.wait_until(lambda: not processes.alive(child.pid), seconds=10)
            assert processes.alive(os.getpid())
        finally:
            child.wait(5)

    def test_somebody_who_does_not_listen_is_stopped_all_the_same(self, tmp_path: Path) -> None:
        deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
        log = tmp_path / "log"
        child = processes.spawn([sys.executable, "-c", f"import signal, time; {deaf}"], environment={}, log=log)
        assert processes.wait_until(lambda: "up" in log.read_text(), seconds=10)
        assert processes.stop(child, first=15, seconds=0.2) == -9
