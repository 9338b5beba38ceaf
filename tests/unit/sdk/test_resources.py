"""Every method asks for the right thing, in both clients."""

import inspect
import json
from datetime import date

import msgspec
import pytest
from samenspraak import AsyncSamenspraak, Samenspraak, UnexpectedAnswer, examples
from samenspraak.types.audit import AuditRequest, ClosingRule, Measure, OwnerResponseRequest, PlanRequest
from samenspraak.types.fieldwork import WaveProposal, WaveRequest
from samenspraak.types.microdata import AgreementRequest

AUDIT = {
    "id": "a1",
    "organisation_id": "o1",
    "application_id": "p1",
    "application_name": "C",
    "form": "short",
    "state": "draft",
    "target_completes": 600,
    "secret_ballot": True,
    "created_at": "2026-11-24T09:00:00Z",
}
READABLE = {"words": 9, "sentences": 1, "flesch_douma": 70, "brouwer": 70, "longest_sentence": 9, "passes": True}
APPLICATION = examples.load("chatbot-gemeente")
STORED = {
    "id": "p1",
    "organisation_id": "o1",
    "version": 1,
    "created_at": "2026-11-24T09:00:00Z",
    "application": msgspec.to_builtins(APPLICATION),
    "readability": READABLE,
}
RESPONSE = OwnerResponseRequest(
    summary="We change two things.", measures=[Measure(finding="Concern", decision="partly", why="Because")]
)
ANSWERED = {"audit_id": "a1", "response": msgspec.to_builtins(RESPONSE), "received_at": "2026-11-24T09:00:00Z"}
FIELDWORK = {"audit_id": "a1", "sample_kind": "simulated", "invited": 9, "dispositions": {}} | {
    "completes": 1,
    "target_completes": 600,
}
PREVIEWS = {
    "audit_id": "a1",
    "links": [{"language": "ar", "reviewed": False, "arm": "value_first", "easy": False, "url": "https://x.example/p"}],
}
CELL = {"key": "M_75+", "standing": "open", "need": 5, "have": 2, "pending": 4}
MONITOR = {
    "audit_id": "a1",
    "at": "2026-11-24T09:00:00Z",
    "waves": 1,
    "most_waves": 3,
    "cells": [{**CELL, "expected": 4.1, "lower": 2, "upper": 6, "miss": 0.7}],
    "expected": 4.1,
    "lower": 2,
    "upper": 6,
    "level": 0.95,
    "filled": 0.3,
    "not_drawn": {"resting": 9},
}
PROPOSED = {"action": "invite", "available": 9, "need": 5, "expected": 4.1, "expected_after": 5.9, "lacking": 0}
PROPOSAL = {
    "audit_id": "a1",
    "at": "2026-11-24T09:00:00Z",
    "number": 2,
    "decides": "staff",
    "possible": True,
    "invite": 4,
    "chance_before": 0.3,
    "chance": 0.8,
    "cells": [{"key": "M_75+", "invite": 4, **PROPOSED}, {"key": "rest", "invite": 0, **PROPOSED}],
    "not_drawn": {},
    "recruits": {},
}
WAVE = {
    "number": 2,
    "drawn_at": "2026-11-24T09:00:00Z",
    "decided_by": "staff",
    "method": "stratified",
    "invited": 4,
    "frame": 90,
    "frame_hash": "h",
    "not_drawn": {},
    "strata": [{"key": "M_75+", "frame": 9, "drawn": 4, "probability": 0.44}],
}
QUESTIONNAIRE = {"id": "q", "version": 1, "form": "short", "languages": ["nl"], "pages": [], "arms": []}
EVENT = {"number": 1, "at": "2026-11-24T09:00:00Z", "actor": "system", "event": "x", "previous_hash": "", "hash": "h"}
ORGANISATION = {"id": "o1", "name": "Voorbeeld", "created_at": "2026-11-24T09:00:00Z"}
ISSUED = {"id": "k1", "key": "smsp_live_x", "role": "developer", "scopes": []}
MARGINS = {"id": "m1", "name": "cbs", "base": "18+", "population": 9, "dimensions": [], "content_hash": "h"} | {
    "imported_at": "2026-11-24T09:00:00Z"
}
OPEN_ANSWER = {"ref": "r1", "question": "OP_Q", "text": "Wie kijkt er mee?", "language": "nl"}
JOB = {"id": "j1", "kind": "mail.wave", "state": "dead", "attempts": 8, "run_after": "2026-11-24T09:00:00Z"}
GATE = {"passes": True, "readability": READABLE, "balanced_arguments": True, "comprehension_keys": True, "lint": []}
PANEL = {"active": 1, "pending": 2, "paused": 0, "withdrawn": 0, "by_kind": {}}
OUTCOME = {"rows": 2, "imported": 1, "already_member": 0, "refused": 1, "dry_run": False}
PLAN = PlanRequest(margins_id="m1", sample_kind="simulated", closing=ClosingRule(completes=600))


def page(item):
    return {"data": [item], "has_more": False, "next_cursor": None}


SIGNED = AgreementRequest(
    institution="University",
    researcher="A. Person",
    purpose="A study of trust.",
    reference="2026-014",
    ends_on=date(2027, 6, 30),
    audits=("a" * 32,),
)
AGREEMENT = {**msgspec.to_builtins(SIGNED), "id": "g1", "recorded_at": "2026-11-24T09:00:00Z", "valid": True}
ASKED = {"agreement_id": "g" * 32}
MICRODATA = {"id": "f1", "audit_id": "a1", "agreement_id": "g1", "state": "making", "asked_at": "2026-11-24T09:00:00Z"}
REASON = {"reason": "Not clear enough."}
TEXT = REASON["reason"]
CREATED = {"application_id": "p1", "form": "short", "target_completes": 600, "secret_ballot": False}
# method, arguments, answer, request line, JSON body
ROUTES = [
    ("applications.submit", (APPLICATION,), STORED, "POST /v1/applications", msgspec.to_builtins(APPLICATION)),
    ("applications.list", (), page(STORED), "GET /v1/applications?limit=50", None),
    ("applications.get", ("p1",), STORED, "GET /v1/applications/p1", None),
    ("audits.list", (), page(AUDIT), "GET /v1/audits?limit=50", None),
    ("audits.get", ("a1",), AUDIT, "GET /v1/audits/a1", None),
    ("audits.submit", ("a1",), AUDIT, "POST /v1/audits/a1/submit", None),
    ("audits.withdraw", ("a1", TEXT), AUDIT, "POST /v1/audits/a1/withdraw", REASON),
    ("audits.events", ("a1",), page(EVENT), "GET /v1/audits/a1/events?limit=50", None),
    ("audits.fieldwork", ("a1",), FIELDWORK, "GET /v1/audits/a1/fieldwork", None),
    ("audits.previews", ("a1",), PREVIEWS, "GET /v1/audits/a1/questionnaire/preview", None),
    ("audits.questionnaire", ("a1",), QUESTIONNAIRE, "GET /v1/audits/a1/questionnaire", None),
    ("audits.report_bytes", ("a1", "json"), b"{}", "GET /v1/audits/a1/report", None),
    ("audits.report_bytes", ("a1", "html"), b"<html>", "GET /v1/audits/a1/report.html", None),
    ("audits.report_bytes", ("a1", "pdf"), b"%PDF", "GET /v1/audits/a1/report.pdf", None),
    ("audits.report_bytes", ("a1", "csv"), b"a,b", "GET /v1/audits/a1/tables.csv", None),
    ("audits.respond", ("a1", RESPONSE), ANSWERED, "POST /v1/audits/a1/response", ANSWERED["response"]),
    ("audits.response", ("a1",), ANSWERED, "GET /v1/audits/a1/response", None),
    ("staff.organisations.create", ("Voorbeeld",), ORGANISATION, "POST /v1/staff/organisations", {"name": "Voorbeeld"}),
    ("staff.organisations.list", (), page(ORGANISATION), "GET /v1/staff/organisations?limit=50", None),
    (
        "staff.organisations.issue_key",
        ("o1",),
        ISSUED,
        "POST /v1/staff/organisations/o1/keys",
        {"role": "developer", "scopes": []},
    ),
    ("staff.organisations.revoke_key", ("k1",), b"", "DELETE /v1/staff/keys/k1", None),
    ("staff.issue_key", ("auditor",), ISSUED, "POST /v1/staff/keys", {"role": "auditor", "scopes": []}),
    ("staff.revoke_key", ("k1",), b"", "DELETE /v1/staff/keys/k1", None),
    ("staff.margins.list", (), page(MARGINS), "GET /v1/staff/margins?limit=50", None),
    ("staff.margins.get", ("m1",), MARGINS, "GET /v1/staff/margins/m1", None),
    ("staff.panel.state", (), PANEL, "GET /v1/staff/panel", None),
    ("staff.panel.import_outcome", ("i1",), OUTCOME, "GET /v1/staff/panel/imports/i1", None),
    ("staff.audits.list", (), page(AUDIT), "GET /v1/staff/audits?limit=50", None),
    ("staff.audits.review", ("a1",), AUDIT, "POST /v1/staff/audits/a1/review", None),
    ("staff.audits.gate", ("a1",), GATE, "GET /v1/staff/audits/a1/gate", None),
    ("staff.audits.approve", ("a1", PLAN), AUDIT, "POST /v1/staff/audits/a1/approve", msgspec.to_builtins(PLAN)),
    ("staff.audits.request_changes", ("a1", TEXT), AUDIT, "POST /v1/staff/audits/a1/request-changes", REASON),
    ("staff.audits.refuse", ("a1", TEXT), AUDIT, "POST /v1/staff/audits/a1/refuse", REASON),
    ("staff.audits.open", ("a1",), AUDIT, "POST /v1/staff/audits/a1/open", None),
    ("staff.audits.close", ("a1",), AUDIT, "POST /v1/staff/audits/a1/close", None),
    ("staff.audits.publish", ("a1",), AUDIT, "POST /v1/staff/audits/a1/publish", None),
    ("staff.audits.fieldwork", ("a1",), FIELDWORK, "GET /v1/staff/audits/a1/fieldwork", None),
    ("staff.audits.cells", ("a1",), MONITOR, "GET /v1/staff/audits/a1/fieldwork/cells", None),
    ("staff.audits.propose_wave", ("a1",), PROPOSAL, "GET /v1/staff/audits/a1/fieldwork/proposal", None),
    ("staff.audits.waves", ("a1",), page(WAVE), "GET /v1/staff/audits/a1/fieldwork/waves", None),
    (
        "staff.audits.draw_wave",
        ("a1", WaveRequest(number=2, invite={"rest": 3})),
        WAVE,
        "POST /v1/staff/audits/a1/fieldwork/waves",
        {"number": 2, "invite": {"rest": 3}},
    ),
    (
        "staff.audits.draw_wave",
        ("a1", msgspec.convert(PROPOSAL, WaveProposal)),
        WAVE,
        "POST /v1/staff/audits/a1/fieldwork/waves",
        {"number": 2, "invite": {"M_75+": 4}},
    ),
    ("staff.audits.stop_cell", ("a1", "M_75+"), CELL, "POST /v1/staff/audits/a1/fieldwork/cells/M_75%2B/stop", None),
    ("staff.audits.reopen_cell", ("a1", "rest"), CELL, "POST /v1/staff/audits/a1/fieldwork/cells/rest/reopen", None),
    (
        "staff.open_answers.list",
        ("a1", "OP_Q"),
        page(OPEN_ANSWER),
        "GET /v1/staff/audits/a1/open-answers?question=OP_Q&limit=50",
        None,
    ),
    (
        "staff.open_answers.recode",
        ("a1", "r1", ("privacy",)),
        OPEN_ANSWER,
        "PUT /v1/staff/audits/a1/open-answers/r1",
        {"codes": ["privacy"], "quote_approved": False},
    ),
    ("questionnaires.export_surveyjs", ("a1",), {"form": {}}, "GET /v1/audits/a1/questionnaire/surveyjs", None),
    (
        "questionnaires.import_surveyjs",
        ({"pages": []},),
        {"questions": [], "pages": []},
        "POST /v1/questionnaires/surveyjs",
        {"pages": []},
    ),
    (
        "staff.microdata.record_agreement",
        (SIGNED,),
        AGREEMENT,
        "POST /v1/staff/agreements",
        msgspec.to_builtins(SIGNED),
    ),
    ("staff.microdata.agreements", (), page(AGREEMENT), "GET /v1/staff/agreements?limit=50", None),
    ("staff.microdata.end_agreement", ("g1",), AGREEMENT, "POST /v1/staff/agreements/g1/end", None),
    ("staff.microdata.make", ("a1", "g" * 32), MICRODATA, "POST /v1/staff/audits/a1/microdata", ASKED),
    ("staff.microdata.list", ("a1",), page(MICRODATA), "GET /v1/staff/audits/a1/microdata?limit=50", None),
    ("staff.microdata.get", ("f1",), MICRODATA, "GET /v1/staff/microdata/f1", None),
    ("staff.microdata.fetch", ("f1", "sav"), b"$FL2", "GET /v1/staff/microdata/f1/sav", None),
    ("staff.trail.list", (), page(EVENT), "GET /v1/staff/trail?limit=100", None),
    ("staff.trail.verify", (), {"intact": True, "events": 9}, "GET /v1/staff/trail/verify", None),
    ("staff.jobs.list", (), page(JOB), "GET /v1/staff/jobs?limit=50", None),
    ("staff.jobs.retry", ("j1",), JOB, "POST /v1/staff/jobs/j1/retry", None),
    ("staff.purge", (), JOB, "POST /v1/staff/purge", None),
    ("staff.purges", (), page({"table": "t", "deleted": 1, "kept": 2}), "GET /v1/staff/purges?limit=50", None),
]
NAMES = [f"{name}-{route}" for name, _, _, route, _ in ROUTES]


def find(client, name):
    for part in name.split("."):
        client = getattr(client, part)
    return client


def check(request, route, body):
    assert f"{request.method} {request.url.raw_path.decode()}" == route
    assert request.headers["authorization"] == "Bearer smsp_live_test"
    assert (json.loads(request.content) if request.content else None) == json.loads(msgspec.json.encode(body))
    assert ("idempotency-key" in request.headers) == (request.method == "POST")


@pytest.mark.parametrize(("name", "args", "answer", "route", "body"), ROUTES, ids=NAMES)
def test_blocking_client_asks_for(client: Samenspraak, service, name, args, answer, route, body):
    service.answers(answer)
    result = find(client, name)(*args)
    if hasattr(result, "collect"):
        result = result.collect()[0]
    check(service.last, route, body)
    if answer == b"":
        assert result is None
    elif isinstance(answer, bytes):
        assert result == answer
    else:
        assert isinstance(result, msgspec.Struct)


@pytest.mark.parametrize(("name", "args", "answer", "route", "body"), ROUTES, ids=NAMES)
async def test_asyncio_client_asks_for(async_client: AsyncSamenspraak, service, name, args, answer, route, body):
    service.answers(answer)
    result = find(async_client, name)(*args)
    await (result if inspect.isawaitable(result) else result.collect())
    check(service.last, route, body)


def test_audit_is_asked_for_with_everything_the_owner_may_settle(client, service):
    service.answers(AUDIT)
    request = AuditRequest(
        application_id="p1", form="short", target_completes=600, secret_ballot=False, wants_to_learn="Why?"
    )
    client.audits.create(request)
    check(service.last, "POST /v1/audits", {**CREATED, "wants_to_learn": "Why?", "own_questions": [], "quotas": []})


def test_margins_travel_as_csv(client, service):
    service.answers(MARGINS)
    assert client.staff.margins.add("dimension,code\nsex,M\n", name="CBS 2026").id == "m1"
    assert str(service.last.url).endswith("/v1/staff/margins?name=CBS+2026")
    assert service.last.headers["content-type"] == "text/csv"
    assert service.last.content == b"dimension,code\nsex,M\n"


def test_members_travel_as_csv_with_kind_and_dry_run(client, service):
    service.answers({"id": "i1", "state": "queued"}, 202)
    ticket = client.staff.panel.start_import("e-mail\nzoë@voorbeeld.test\n".encode(), kind="simulated", dry_run=True)
    assert ticket.id == "i1"
    assert str(service.last.url).endswith("/v1/staff/panel/imports?kind=simulated&dry_run=true")
    assert service.last.content.decode() == "e-mail\nzoë@voorbeeld.test\n"


def test_key_may_be_limited_in_time_and_scope(client, service):
    service.answers(ISSUED)
    client.staff.organisations.issue_key("o1", scopes=("audits:read",), expires_in_days=90)
    assert json.loads(service.last.content) == {"role": "developer", "scopes": ["audits:read"], "expires_in_days": 90}


def test_files_are_asked_for_by_their_media_type(client, service):
    service.answers(b"%PDF")
    client.audits.report_bytes("a1", "pdf")
    assert service.last.headers["accept"].startswith("application/pdf")


def test_unknown_file_format_is_refused_before_asking(client, service):
    with pytest.raises(Exception, match="docx"):
        client.audits.report_bytes("a1", "docx")
    assert service.requests == []


def test_an_import_is_followed_to_its_outcome(client, service):
    service.answers({"id": "i1", "state": "queued"}, 202).answers({"id": "i1", "state": "running"}, 202)
    service.answers(OUTCOME)
    assert client.staff.panel.import_csv("email\n").refused == 1
    assert [request.method for request in service.requests] == ["POST", "GET", "GET"]


def test_a_faulty_application_can_be_sent_as_it_is_to_hear_all_faults(client, service):
    service.answers(STORED)
    client.applications.submit({"id": "x", "colour": "green"})
    assert json.loads(service.last.content) == {"id": "x", "colour": "green"}


def test_signed_report_comes_with_its_signature(client, service):
    service.answers(b"{}", x_samenspraak_signature="c2ln")
    signed = client.audits.signed_report("a1")
    assert (signed.content, signed.signature) == (b"{}", "c2ln")


def test_a_missing_signature_is_not_passed_over(client, service):
    service.answers(b"{}")
    with pytest.raises(UnexpectedAnswer, match="without a signature"):
        client.audits.signed_report("a1")


class TestImportOutcome:
    def test_is_awaited_while_the_import_runs(self, client, service):
        service.answers({"id": "i1", "state": "running"}, 202).answers(OUTCOME)
        assert client.staff.panel.import_outcome("i1").imported == 1
        assert service.slept == [0.5]

    def test_can_be_looked_at_once(self, client, service):
        service.answers({"id": "i1", "state": "queued"}, 202)
        with pytest.raises(Exception, match="i1 has not run yet"):
            client.staff.panel.import_outcome("i1", wait=False)
        assert service.slept == []

    def test_is_given_up_in_time(self, client, service):
        service.answers({"id": "i1", "state": "queued"}, 202)
        with pytest.raises(Exception, match="i1 has not run yet"):
            client.staff.panel.import_outcome("i1", timeout=10)
        assert sum(service.slept) == 10
