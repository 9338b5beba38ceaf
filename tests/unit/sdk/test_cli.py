"""The command `samenspraak`."""

import json
from base64 import urlsafe_b64encode
from importlib.metadata import EntryPoint

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from samenspraak import Samenspraak, cli, examples


@pytest.fixture(autouse=True)
def wired(monkeypatch, client: Samenspraak):
    """The command talks to the service in memory."""
    monkeypatch.setattr(cli, "_client", lambda: client)


@pytest.fixture
def application_file(tmp_path):
    path = tmp_path / "application.json"
    path.write_bytes(msgspec.json.encode(examples.load("chatbot-gemeente")))
    return path


def out(capsys):
    return json.loads(capsys.readouterr().out)


STORED = {"id": "p1", "organisation_id": "o1", "version": 1, "created_at": "2026-11-24T09:00:00Z"}
READABLE = {"words": 9, "sentences": 1, "flesch_douma": 70, "brouwer": 70, "longest_sentence": 9, "passes": True}


@pytest.fixture
def stored():
    return {**STORED, "application": msgspec.to_builtins(examples.load("chatbot-gemeente")), "readability": READABLE}


class TestSubmit:
    def test_stores_the_application_and_hands_in_an_audit(self, capsys, service, application_file, stored, make_audit):
        service.answers(stored).answers(make_audit()).answers(make_audit(state="submitted"))
        assert cli.main(["submit", str(application_file), "--form", "short", "--completes", "600", "--no-ballot"]) == 0
        assert out(capsys)["state"] == "submitted"
        assert [request.url.path for request in service.requests] == [
            "/v1/applications",
            "/v1/audits",
            "/v1/audits/a1/submit",
        ]
        asked = json.loads(service.requests[1].content)
        assert (asked["form"], asked["target_completes"], asked["secret_ballot"]) == ("short", 600, False)

    def test_can_leave_a_draft(self, capsys, service, application_file, stored, make_audit):
        service.answers(stored).answers(make_audit())
        assert cli.main(["submit", str(application_file), "--draft"]) == 0
        assert out(capsys)["state"] == "draft"
        assert len(service.requests) == 2

    def test_sends_nothing_when_the_file_has_faults(self, capsys, service, tmp_path):
        path = tmp_path / "bad.json"
        path.write_text('{"id": "x1"}')
        assert cli.main(["submit", str(path)]) == 1
        assert "/name [missing]" in capsys.readouterr().err
        assert service.requests == []

    def test_shows_every_fault_the_service_finds(self, capsys, service, application_file):
        faults = [{"pointer": f"/description/nl/{n}", "code": "hard_to_read", "detail": "Shorten."} for n in range(3)]
        service.refuses(422, "invalid_request", errors=faults)
        assert cli.main(["submit", str(application_file)]) == 1
        assert capsys.readouterr().err.count("[hard_to_read] Shorten.") == 3


class TestAudits:
    def test_list_prints_all_pages(self, capsys, service, make_audit, listed):
        service.answers(listed(make_audit(id="a1"), cursor="c")).answers(listed(make_audit(id="a2")))
        assert cli.main(["audits", "list", "--state", "draft"]) == 0
        assert [audit["id"] for audit in out(capsys)] == ["a1", "a2"]

    def test_show_prints_one(self, capsys, service, make_audit):
        service.answers(make_audit())
        assert cli.main(["audits", "show", "a1"]) == 0
        assert out(capsys)["id"] == "a1"

    def test_wait_tells_progress_apart_from_the_result(self, capsys, service, make_audit):
        service.answers(make_audit(state="fielding", completes=5)).answers(make_audit(state="closed", completes=600))
        assert cli.main(["audits", "wait", "a1", "--until", "closed"]) == 0
        said = capsys.readouterr()
        assert said.err.splitlines() == ["fielding, 5 of 600 completes", "closed, 600 of 600 completes"]
        assert json.loads(said.out)["state"] == "closed"

    def test_wait_fails_when_the_time_is_up(self, capsys, service, make_audit):
        service.answers(make_audit())
        assert cli.main(["audits", "wait", "a1", "--timeout", "5"]) == 1
        assert "not yet reported, after 5 seconds" in capsys.readouterr().err

    def test_unknown_audit_is_said_with_the_request_id(self, capsys, service):
        service.refuses(404, "audit_unknown", x_request_id="req-1")
        assert cli.main(["audits", "show", "nope"]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "404 audit_unknown" in said.err
        assert "req-1" in said.err


class TestReport:
    @pytest.mark.parametrize("kind", ["json", "html", "pdf", "csv"])
    def test_is_saved_byte_for_byte(self, capsys, service, tmp_path, kind):
        service.answers(b"\x00frozen\xff")
        target = tmp_path / "r"
        assert cli.main(["report", "download", "a1", "--format", kind, "--output", str(target)]) == 0
        assert target.read_bytes() == b"\x00frozen\xff"
        assert out(capsys) == {"audit": "a1", "file": str(target), "bytes": 8}

    def test_gets_a_name_of_its_own(self, capsys, service, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        service.answers(b"%PDF")
        cli.main(["report", "download", "a1"])
        assert (tmp_path / "report-a1.pdf").read_bytes() == b"%PDF"

    def test_can_go_to_standard_output(self, capfdbinary, service):
        service.answers(b"a,b\n")
        cli.main(["report", "download", "a1", "--format", "csv", "--output", "-"])
        assert capfdbinary.readouterr().out == b"a,b\n"


class TestVerify:
    def test_says_whether_the_signature_holds(self, capsys, service):
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        public = urlsafe_b64encode(key.public_key().public_bytes_raw()).decode()
        service.answers(b'{"n":1}', x_samenspraak_signature=urlsafe_b64encode(key.sign(b'{"n":1}')).decode())
        assert cli.main(["report", "verify", "a1", "--public-key", public]) == 0
        assert out(capsys)["holds"] is True
        service._answers.clear()
        service.answers(b'{"n":2}', x_samenspraak_signature=urlsafe_b64encode(key.sign(b'{"n":1}')).decode())
        assert cli.main(["report", "verify", "a1", "--public-key", public]) == 1
        assert out(capsys)["holds"] is False


class TestRespond:
    def test_sends_the_answer_of_the_owner(self, capsys, service, tmp_path):
        answer = {"summary": "We change things.", "measures": [{"finding": "abc", "decision": "no", "why": "abc"}]}
        path = tmp_path / "answer.json"
        path.write_text(json.dumps(answer))
        service.answers({"audit_id": "a1", "response": answer, "received_at": "2026-11-24T09:00:00Z"})
        assert cli.main(["respond", "a1", str(path)]) == 0
        assert out(capsys)["audit_id"] == "a1"

    def test_says_what_is_wrong_with_the_file(self, capsys, service, tmp_path):
        path = tmp_path / "answer.json"
        path.write_text('{"summary": "Too little."}')
        assert cli.main(["respond", "a1", str(path)]) == 1
        assert "measures" in capsys.readouterr().err
        assert service.requests == []


class TestCheck:
    def test_a_sound_file_is_valid(self, capsys, application_file):
        assert cli.main(["check", str(application_file)]) == 0
        assert out(capsys) == {"file": str(application_file), "valid": True, "faults": []}

    def test_faults_are_listed_as_data(self, capsys, tmp_path):
        path = tmp_path / "bad.json"
        path.write_text("[]")
        assert cli.main(["check", str(path)]) == 1
        assert out(capsys)["faults"] == [{"pointer": "", "code": "wrong_type", "detail": "Must be an object."}]

    def test_missing_file_is_said_plainly(self, capsys):
        assert cli.main(["check", "/nowhere/x.json"]) == 1
        assert capsys.readouterr().err == "/nowhere/x.json: No such file or directory\n"


class TestUsage:
    @pytest.mark.parametrize("argv", [["fly"], ["audits"], ["audits", "wait", "a1", "--until", "nowhere"], []])
    def test_wrong_usage_is_exit_code_two(self, argv, monkeypatch):
        monkeypatch.setattr(cli, "entry_points", lambda group: ())
        with pytest.raises(SystemExit) as caught:
            cli.main(argv)
        assert caught.value.code == 2

    def test_without_a_key_says_which_variable_to_set(self, capsys, monkeypatch):
        monkeypatch.undo()
        monkeypatch.delenv("SAMENSPRAAK_API_KEY", raising=False)
        assert cli.main(["audits", "list"]) == 1
        assert "SAMENSPRAAK_API_KEY" in capsys.readouterr().err


def greet(commands):
    sub = commands.add_parser("greet")
    sub.add_argument("name")
    sub.set_defaults(run=lambda args: print(f"hello {args.name}") or 7)


class TestPlugins:
    @pytest.fixture(autouse=True)
    def installed(self, monkeypatch):
        found = [
            EntryPoint("broken", "nowhere.to_be:found", cli.GROUP),
            EntryPoint("greeting", f"{__name__}:greet", cli.GROUP),
        ]
        monkeypatch.setattr(EntryPoint, "load", lambda self: greet if self.name == "greeting" else _missing())
        monkeypatch.setattr(cli, "entry_points", lambda group: found)

    def test_other_distributions_add_commands(self, capsys):
        assert cli.main(["greet", "zoë"]) == 7
        assert capsys.readouterr().out == "hello zoë\n"

    def test_a_broken_one_is_reported_and_spoils_nothing(self, capsys):
        assert cli.main(["greet", "a"]) == 7
        assert "'broken' are left out" in capsys.readouterr().err

    def test_own_commands_do_not_load_them(self, capsys, service, make_audit):
        service.answers(make_audit())
        assert cli.main(["audits", "show", "a1"]) == 0
        assert capsys.readouterr().err == ""


def _missing():
    raise ImportError("No module named 'nowhere'")
