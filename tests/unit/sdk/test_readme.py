"""The lines in the README run as they stand, over real HTTP."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from samenspraak import examples

SDK = Path(__file__).parents[3] / "sdk"


class Memory(BaseHTTPRequestHandler):
    """Just enough of the service: an audit that is reported at the second look."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, list[object]]
    seen: list[str]

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = f"{self.command} {self.path}"
        self.seen.append(asked)
        waiting = self.answers[asked]
        value = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        body = value if isinstance(value, bytes) else msgspec.json.encode(value)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served(make_audit, make_report) -> Iterator[tuple[str, list[str]]]:
    application = examples.load("chatbot-gemeente")
    readability = {"words": 9, "sentences": 1, "flesch_douma": 70, "brouwer": 7, "longest_sentence": 9, "passes": True}
    stored = {"id": "p1", "organisation_id": "o1", "version": 1, "created_at": "2026-11-24T09:00:00Z"}
    answer = {"summary": "We thank the panel.", "measures": [{"finding": "abc", "decision": "adopt", "why": "abc"}]}

    class Handler(Memory):
        seen: list[str] = []
        answers = {
            "POST /v1/applications": [{**stored, "application": application, "readability": readability}],
            "POST /v1/audits": [make_audit()],
            "POST /v1/audits/a1/submit": [make_audit(state="submitted")],
            "GET /v1/audits/a1": [make_audit(state="fielding", completes=3), make_audit(state="reported")],
            "GET /v1/audits/a1/report": [make_report()],
            "GET /v1/audits/a1/report.pdf": [b"%PDF-1.7"],
            "POST /v1/audits/a1/response": [
                {"audit_id": "a1", "response": answer, "received_at": "2026-11-24T09:00:00Z"}
            ],
        }

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Handler.seen
        server.shutdown()
        thread.join()


def test_thirty_lines_run(served, monkeypatch, tmp_path, capsys):
    url, seen = served
    block = re.search(r"```python\n(.*?)```", (SDK / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    monkeypatch.setenv("SAMENSPRAAK_BASE_URL", url)
    monkeypatch.setenv("SAMENSPRAAK_API_KEY", "smsp_live_readme")
    monkeypatch.chdir(tmp_path)
    exec(compile(block[1], "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "fielding 3" in said
    assert "- Most participants find it useful." in said
    assert "Mistakes: 48% (44% to 52%)" in said
    assert "Power" not in said
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF-1.7"
    assert seen[-1] == "POST /v1/audits/a1/response"


def test_thirty_lines_are_about_thirty():
    block = re.search(r"```python\n(.*?)```", (SDK / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    assert len([line for line in block[1].splitlines() if line.strip()]) <= 32
