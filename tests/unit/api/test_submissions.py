"""A faulty application is told everything at once: what has the wrong shape, and what contradicts itself."""

from typing import Any

import msgspec
import pytest
from samenspraak import examples
from samenspraak.types.application import Application

from service.api.submissions import of_meaning
from service.faults import faults


@pytest.fixture
def spoiled() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(examples.load("scanauto-parkeren"))
    return found


def _pointers(value: dict[str, Any]) -> tuple[set[str], set[str]]:
    shape = faults(value, Application)
    return {f.pointer for f in shape}, {f.pointer for f in of_meaning(msgspec.json.encode(value), shape)}


class TestFaultsOfShapeAndMeaningTogether:
    def test_a_wrong_key_is_found_beside_an_unknown_field_and_a_missing_text(self, spoiled: dict[str, Any]) -> None:
        spoiled["comprehension"]["goal"]["correct"] = 77
        spoiled["colour"] = "green"
        del spoiled["short_name"]["en"]
        shape, meaning = _pointers(spoiled)
        assert shape == {"/colour", "/short_name/en"}
        assert meaning == {"/comprehension/goal/correct"}

    def test_nothing_is_said_about_a_place_that_was_filled(self, spoiled: dict[str, Any]) -> None:
        spoiled["arguments"] = 7
        spoiled["comprehension"]["goal"] = {"correct": "one"}
        _, meaning = _pointers(spoiled)
        assert meaning == set()

    @pytest.mark.parametrize("value", [[], 3, "text", None, {}])
    def test_a_body_that_is_something_else_is_only_told_its_shape(self, value: Any) -> None:
        shape = faults(value, Application)
        assert shape
        assert of_meaning(msgspec.json.encode(value), shape) == ()
