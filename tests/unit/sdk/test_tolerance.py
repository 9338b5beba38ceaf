"""A client keeps working when the service learns new things."""

import msgspec
import pytest
from samenspraak import UnexpectedAnswer, examples
from samenspraak.tolerant import convert
from samenspraak.types.application import Application
from samenspraak.types.audit import Audit
from samenspraak.types.questionnaire import AnswerValue, Info, Questionnaire


def test_new_field_is_ignored(client, service, make_audit):
    service.answers(make_audit(novelty={"deep": [1]}))
    assert client.audits.get("a1").state == "draft"


def test_new_state_is_called_unknown(client, service, make_audit):
    service.answers(make_audit(state="archived"))
    audit = client.audits.get("a1")
    assert (audit.state, audit.id, audit.target_completes) == ("unknown", "a1", 600)


def test_new_state_in_a_list_does_not_hide_the_others(client, service, make_audit, listed):
    service.answers(listed(make_audit(id="a1"), make_audit(id="a2", state="archived")))
    assert [(audit.id, audit.state) for audit in client.audits.list()] == [("a1", "draft"), ("a2", "unknown")]


def test_new_field_deep_in_what_is_also_sent_is_ignored(client, service):
    application = msgspec.to_builtins(examples.load("scanauto-parkeren"))
    application["novelty"] = 1
    application["owner"]["novelty"] = 1
    readability = {"words": 1, "sentences": 1, "flesch_douma": 70, "brouwer": 1, "longest_sentence": 9, "passes": True}
    stored = {"id": "p1", "organisation_id": "o1", "version": 1, "created_at": "2026-11-24T09:00:00Z"}
    service.answers({**stored, "application": application, "readability": readability})
    assert client.applications.get("p1").application == examples.load("scanauto-parkeren")


def test_new_kind_of_question_stays_readable(client, service):
    text = {"nl": "Vraag", "en": "Question"}
    pages = [
        {
            "key": "p1",
            "block": "general",
            "questions": [
                {"kind": "drawing", "key": "Q1", "text": text},
                {"kind": "info", "key": "Q2", "text": text, "sections": []},
            ],
        }
    ]
    service.answers({"id": "q", "version": 1, "form": "giant", "languages": ["nl"], "pages": pages, "arms": []})
    questionnaire = client.audits.questionnaire("a1")
    new, known = questionnaire.pages[0].questions
    assert isinstance(known, Info)
    assert new == {"kind": "drawing", "key": "Q1", "text": text}
    assert questionnaire.form == "unknown"


def test_missing_field_is_named(client, service, make_audit):
    body = make_audit()
    del body["target_completes"]
    service.answers(body, x_request_id="req-3")
    with pytest.raises(UnexpectedAnswer, match="target_completes") as caught:
        client.audits.get("a1")
    assert caught.value.request_id == "req-3"
    assert caught.value.status == 200


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"text"', b'{"id": 5}'])
def test_nonsense_is_an_unexpected_answer(client, service, body):
    service.answers(body)
    with pytest.raises(UnexpectedAnswer) as caught:
        client.audits.get("a1")
    assert caught.value.body == body


def test_wrong_type_is_not_guessed(make_audit):
    with pytest.raises(msgspec.ValidationError, match="target_completes"):
        convert(make_audit(target_completes="many", state="archived"), Audit)


@pytest.mark.parametrize("name", examples.names())
def test_reads_known_values_as_strict_decoding_does(name):
    document = msgspec.json.encode(examples.load(name))
    assert convert(msgspec.json.decode(document), Application) == examples.load(name)


@pytest.mark.parametrize("value", [3, "text", [1, 2], None])
def test_reads_every_stored_answer(value):
    assert convert({"a": value}, dict[str, AnswerValue]) == {"a": value}


def test_limits_of_requests_are_not_checked_on_answers():
    page = {"key": "UPPER", "block": "b", "questions": []}
    body = {"id": "q", "version": 1, "form": "short", "languages": [], "pages": [page], "arms": []}
    assert convert(body, Questionnaire).pages[0].key == "UPPER"
