"""Every fault of a body is found, at its place, and nothing that passes fails later."""

import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta
from samenspraak.types.application import Application
from samenspraak.types.audit import AuditRequest, OwnerResponseRequest, Plan, PlanRequest
from samenspraak.types.base import Request
from samenspraak.types.expressions import AllOf
from samenspraak.types.questionnaire import Jump, Questionnaire

from service.faults import faults, pointer
from service.validation import BodyInvalid, BodyUndecodable, decode, parse, text_body


def text(nl: str = "Een zin.", en: str = "A sentence.") -> dict[str, str]:
    return {"nl": nl, "en": en}


def key() -> dict[str, Any]:
    options = [{"code": n, "nl": f"Optie {n}", "en": f"Option {n}"} for n in (1, 2, 98)]
    return {"options": options, "correct": 1, "randomise": True}


def valid_application() -> dict[str, Any]:
    sections = [{"heading": "Wat doet het?", "text": "Het leest de foto en kijkt of er een auto staat."}]
    return {
        "id": "scanauto",
        "name": text("Scanauto", "Scan car"),
        "short_name": text("de scanauto", "the scan car"),
        "owner": {"nl": "gemeente Voorbeeld", "en": "the municipality of Example", "type": "municipality"},
        "citizen_role": "subject",
        "lifecycle_stage": "in_use",
        "purpose": text(),
        "how_it_works": text(),
        "data_used": {"nl": ["foto's"], "en": ["photos"]},
        "affected": text(),
        "human_oversight": text(),
        "arguments": {"for": [text()], "against": [text()]},
        "description": {"nl": sections, "en": copy.deepcopy(sections)},
        "comprehension": {"goal": key(), "human": key(), "data": key(), "topic": None},
        "eu_ai_act": {"class": "not_high_risk", "basis": "", "status": ""},
        "known_concerns": ["privacy"],
        "theme": ["traffic"],
        "publication_category": None,
        "register_id": "78451490",
        "source_url": "https://example.org/register",
    }


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document, containers before what they hold, without the whole itself."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def with_value(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def pointers(document: Any, kind: type[Any] = Application) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in faults(document, kind)}


PLACES = list(places(valid_application()))


class TestEveryFaultIsFound:
    def test_a_good_application_passes_and_decodes(self) -> None:
        body = json.dumps(valid_application()).encode()
        assert decode(body, Application).arguments.in_favour[0].nl == "Een zin."

    @pytest.mark.parametrize("path", PLACES, ids=pointer)
    def test_a_wrong_type_is_reported_at_its_own_place(self, path: tuple[str | int, ...]) -> None:
        right = at(valid_application(), path)
        wrong = 7.5 if isinstance(right, dict | None) else {"an": "object"}
        assert pointer(path) in pointers(with_value(valid_application(), path, wrong))

    @pytest.mark.parametrize("path", [p for p in PLACES if isinstance(at(valid_application(), p), str)], ids=pointer)
    def test_nul_in_any_text_is_reported_at_its_place(self, path: tuple[str | int, ...]) -> None:
        damaged = with_value(valid_application(), path, at(valid_application(), path) + "\0")
        found = {(f.pointer, f.code) for f in faults(damaged, Application)}
        literal = path[-1] in ("citizen_role", "lifecycle_stage")
        assert (pointer(path), "not_one_of" if literal else "nul") in found

    def test_all_faults_come_at_once(self) -> None:
        document = valid_application()
        del document["purpose"]
        document["colour"] = "blue"
        document["citizen_role"] = "bystander"
        document["id"] = "Not A Slug"
        document["data_used"]["nl"] = []
        document["comprehension"]["goal"]["options"][1]["code"] = 1000
        document["description"]["nl"][0]["heading"] = "x" * 101
        document["arguments"]["for"][0]["nl"] = 7
        assert pointers(document) == {
            "/purpose": "missing",
            "/colour": "unknown_field",
            "/citizen_role": "not_one_of",
            "/id": "pattern",
            "/data_used/nl": "too_short",
            "/comprehension/goal/options/1/code": "out_of_range",
            "/description/nl/0/heading": "too_long",
            "/arguments/for/0/nl": "wrong_type",
        }

    @pytest.mark.parametrize(
        "kind", [Application, AuditRequest, PlanRequest, Plan, OwnerResponseRequest, Questionnaire]
    )
    @pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
    def test_a_body_that_is_no_object_is_one_fault(self, kind: type[Any], body: bytes) -> None:
        with pytest.raises(BodyInvalid) as caught:
            decode(body, kind)
        assert [(f.pointer, f.code) for f in caught.value.faults] == [("", "wrong_type")]

    def test_true_is_not_a_number_and_one_is_not_true(self) -> None:
        assert pointers({"application_id": "x", "target_completes": True}, AuditRequest) == {
            "/target_completes": "wrong_type"
        }
        assert pointers({"application_id": "x", "secret_ballot": 1}, AuditRequest) == {"/secret_ballot": "wrong_type"}

    def test_pointer_steps_are_escaped(self) -> None:
        assert pointers({**valid_application(), "a/b~c": 1}) == {"/a~1b~0c": "unknown_field"}

    def test_a_key_with_nul_is_reported_without_repeating_it(self) -> None:
        (fault,) = faults({**valid_application(), "a\0b": 1}, Application)
        assert fault.code == "unknown_field"
        assert "\0" not in fault.pointer + fault.detail

    def test_a_time_without_zone_is_a_fault(self) -> None:
        plan = {"margins_id": "m", "closing": {"at": "2026-12-01T10:00:00"}}
        assert pointers(plan, PlanRequest) == {"/closing/at": "wrong_type"}
        plan["closing"] = {"at": "2026-12-01T10:00:00+01:00"}
        assert pointers(plan, PlanRequest) == {}

    def test_a_question_of_unknown_kind_names_the_kinds(self) -> None:
        page = {"key": "p", "block": "b", "questions": [{"kind": "dance", "key": "Q1", "text": text()}]}
        document = {"id": "q", "version": 1, "form": "short", "languages": ["nl"], "pages": [page], "arms": []}
        (fault,) = faults(document, Questionnaire)
        assert (fault.pointer, fault.code) == ("/pages/0/questions/0/kind", "not_one_of")
        assert "likert" in fault.detail

    def test_a_list_of_thousands_of_faults_stops_early(self) -> None:
        assert len(faults({**valid_application(), "theme": [1] * 5000}, Application)) == 200


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        "body", [b"", b"  ", b"{", b'{"a": }', b"\xff\xfe{}", b"{'a': 1}", b'{"a": 1} x', b"\xef\xbb\xbf{}", b'"\x01"']
    )
    def test_broken_json_is_undecodable(self, body: bytes) -> None:
        with pytest.raises(BodyUndecodable):
            parse(body)

    def test_latin_1_is_undecodable_and_says_where(self) -> None:
        with pytest.raises(BodyUndecodable, match="byte 1"):
            parse('"é"'.encode("latin-1"))

    @pytest.mark.parametrize("depth", [65, 3000, 200_000])
    def test_deep_nesting_is_refused_without_a_crash(self, depth: int) -> None:
        with pytest.raises(BodyInvalid) as caught:
            parse(b"[" * depth + b"]" * depth)
        assert caught.value.faults[0].code == "too_deep"
        assert caught.value.faults[0].detail == "The body nests deeper than 64 levels."

    def test_thousands_of_conditions_in_each_other_are_refused_before_they_are_decoded(self) -> None:
        condition = b'{"is": "not", "of": ' * 5000 + b'{"is": "arm", "key": "a"}' + b"}" * 5000
        with pytest.raises(BodyInvalid) as caught:
            decode(b'{"to": "end", "when": ' + condition + b"}", Jump)
        assert [fault.code for fault in caught.value.faults] == ["too_deep"]

    def test_conditions_as_deep_as_a_questionnaire_needs_are_read(self) -> None:
        condition = b'{"is": "all", "of": [' * 30 + b'{"is": "arm", "key": "a"}' + b"]}" * 30
        assert isinstance(decode(b'{"to": "end", "when": ' + condition + b"}", Jump).when, AllOf)

    @pytest.mark.parametrize("body", [b'"' + b'\\"' * 300_000, b'{"a": "' + b"[" * 300_000])
    def test_a_text_that_never_ends_is_no_json_however_long_it_is(self, body: bytes) -> None:
        with pytest.raises(BodyUndecodable):
            parse(body)

    def test_brackets_inside_text_do_not_count_as_depth(self) -> None:
        assert parse(json.dumps({"a": "[" * 500 + '\\"{'}).encode())["a"].startswith("[[")

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000])
    def test_numbers_beyond_every_machine_number_are_faults_at_their_place(self, number: str) -> None:
        body = f'{{"application_id": "x", "target_completes": {number}}}'.encode()
        with pytest.raises(BodyInvalid) as caught:
            decode(body, AuditRequest)
        assert [f.pointer for f in caught.value.faults] == ["/target_completes"]

    def test_an_integer_beyond_64_bits_is_out_of_range(self) -> None:
        document = with_value(valid_application(), ("comprehension", "goal", "correct"), 2**63)
        assert pointers(document) == {"/comprehension/goal/correct": "out_of_range"}

    def test_a_lone_surrogate_is_a_fault_at_its_place(self) -> None:
        body = json.dumps(valid_application()).replace("gemeente Voorbeeld", "\\ud800").encode()
        with pytest.raises(BodyInvalid) as caught:
            decode(body, Application)
        assert ("/owner/nl", "surrogate") in {(f.pointer, f.code) for f in caught.value.faults}

    def test_a_field_given_twice_is_a_fault_at_its_place(self) -> None:
        with pytest.raises(BodyInvalid) as caught:
            decode(b'{"reason": "first", "reason": "second"}', Reason)
        assert [(f.pointer, f.code) for f in caught.value.faults] == [("/reason", "duplicate_field")]

    def test_a_csv_with_nul_or_in_latin_1_is_refused(self) -> None:
        with pytest.raises(BodyInvalid):
            text_body(b"a,b\0c")
        with pytest.raises(BodyUndecodable):
            text_body(b"caf\xe9")
        assert text_body(b"\xef\xbb\xbfa,b") == "a,b"


class Reason(Request, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(max_length=100)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


class TestWhatPassesConverts:
    @settings(max_examples=400, deadline=None)
    @given(path=st.sampled_from(PLACES), value=JSON)
    def test_an_application_that_passes_converts_and_one_that_converts_not_is_caught(
        self, path: tuple[str | int, ...], value: Any
    ) -> None:
        self.agree(with_value(valid_application(), path, value), Application)

    @settings(max_examples=300, deadline=None)
    @given(data=st.data())
    def test_a_plan_that_passes_converts(self, data: st.DataObject) -> None:
        plan: dict[str, Any] = {
            "margins_id": "m",
            "sample_kind": "simulated",
            "closing": {"completes": 600, "at": "2026-12-01T10:00:00Z", "grace_seconds": 60},
            "schedule": {"day_seconds": 20, "reminder_days": [1, 2.5]},
            "weighting": {"level": 0.95, "dimensions": ["province"]},
        }
        path = data.draw(st.sampled_from(list(places(plan))))
        near: st.SearchStrategy[Any] = st.sampled_from(
            [0, -1, 1, 1.0, 0.5, 10**30, "2026-02-30T00:00:00Z", "", [], {}, None, True]
        )
        self.agree(with_value(plan, path, data.draw(JSON | near)), PlanRequest)

    @settings(max_examples=200, deadline=None)
    @given(document=JSON)
    def test_arbitrary_json_never_raises_anything_else(self, document: Any) -> None:
        body = json.dumps(document).encode()
        with contextlib.suppress(BodyInvalid, BodyUndecodable):
            decode(body, Questionnaire)

    @staticmethod
    def agree(document: Any, kind: type[Any]) -> None:
        found = faults(document, kind)
        if not found:
            msgspec.convert(document, kind)
        try:
            msgspec.convert(document, kind)
        except (msgspec.ValidationError, UnicodeEncodeError):
            assert found


class TestKnownDocuments:
    def test_every_shipped_example_passes(self) -> None:
        import samenspraak

        examples = sorted((Path(samenspraak.__file__).parent / "examples").glob("*.json"))
        for example in examples:
            if example.stem != "index":
                assert faults(parse(example.read_bytes()), Application) == ()

    def test_a_plan_survives_the_wire(self) -> None:
        plan = PlanRequest(margins_id="m", closing={"completes": 100})  # type: ignore[arg-type]
        assert decode(msgspec.json.encode(plan), PlanRequest).closing.completes == 100
