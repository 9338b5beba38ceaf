"""Looking for faults before sending."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samenspraak import examples
from samenspraak.checking import application_faults
from samenspraak.types.application import Application


@pytest.fixture
def draft() -> dict[str, Any]:
    """A faultless application, to be spoilt."""
    return json.loads(msgspec.json.encode(examples.load("scanauto-parkeren")))


def faults(document: object) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in application_faults(json.dumps(document).encode())}


def test_all_faults_come_at_once_with_their_pointers(draft):
    del draft["purpose"]
    draft["name"]["nl"] = 5
    draft["naam"] = "x"
    draft["id"] = "Not An Id"
    draft["citizen_role"] = "viewer"
    draft["owner"]["en"] = "x"
    draft["data_used"]["nl"] = []
    draft["affected"]["en"] = "a\0b"
    draft["comprehension"]["goal"]["options"][1]["code"] = -1
    draft["comprehension"]["goal"]["options"][2]["code"] = 1000
    draft["comprehension"]["goal"]["randomise"] = "yes"
    draft["arguments"]["for"] = "because"
    assert faults(draft) == {
        "/purpose": "missing",
        "/name/nl": "wrong_type",
        "/naam": "unknown_field",
        "/id": "pattern",
        "/citizen_role": "not_one_of",
        "/owner/en": "too_short",
        "/data_used/nl": "too_short",
        "/affected/en": "nul",
        "/comprehension/goal/options/1/code": "out_of_range",
        "/comprehension/goal/options/2/code": "out_of_range",
        "/comprehension/goal/randomise": "wrong_type",
        "/arguments/for": "wrong_type",
    }


def test_a_slash_in_a_field_name_is_escaped_in_the_pointer(draft):
    draft["a/b~c"] = 1
    assert faults(draft) == {"/a~1b~0c": "unknown_field"}


def test_optional_fields_may_be_null(draft):
    assert faults({**draft, "eu_ai_act": None, "register_id": None}) == {}


@pytest.mark.parametrize("document", [b"", b"{", b"\xff", b"{'a': 1}"])
def test_what_is_not_json_is_one_fault(document):
    assert [fault.code for fault in application_faults(document)] == ["undecodable_body"]


@pytest.mark.parametrize("value", [None, [], 3, "text", True])
def test_what_is_not_an_object_is_one_fault(value):
    assert faults(value) == {"": "wrong_type"}


def test_one_sided_arguments_are_a_fault(draft):
    draft["arguments"]["against"].pop()
    assert faults(draft) == {"/arguments": "unbalanced"}


def test_a_long_argument_is_a_fault(draft):
    draft["arguments"]["for"][1]["nl"] = " ".join(["woord"] * 26)
    assert faults(draft) == {"/arguments/for/1/nl": "too_long"}


def test_a_long_description_is_a_fault(draft):
    draft["description"]["en"] = [{"heading": "What is it?", "text": " ".join(["word"] * 249)}]
    assert faults(draft) == {"/description/en": "too_long"}


def test_the_right_answer_must_be_an_option(draft):
    draft["comprehension"]["data"]["correct"] = 7
    assert faults(draft) == {"/comprehension/data/correct": "unknown_code"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(field=st.sampled_from(Application.__struct_encode_fields__), value=values)
def test_finds_a_fault_wherever_decoding_would_refuse(field, value):
    draft = json.loads(msgspec.json.encode(examples.load("scanauto-parkeren")))
    draft[field] = value
    document = msgspec.json.encode(draft)
    try:
        msgspec.json.decode(document, type=Application)
    except msgspec.ValidationError:
        assert application_faults(document)
