"""Every failure of the house has its row, its slug and its words."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import panels
import service
import surveys
from panels.errors import PanelError
from service.api.catalogue import entries
from service.errors import ServiceError
from service.problems import HTTP_ROWS, ROWS, describe, row_of
from surveys.errors import SurveyError

BASES = (PanelError, SurveyError, ServiceError)


def load_everything() -> None:
    """Import every module, so that every error class exists; programs that run at import are left out."""
    for package in (panels, surveys, service):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith("__main__") and ".demo" not in found.name:
                importlib.import_module(found.name)


def descendants(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


load_everything()
CLASSES = sorted({child for base in BASES for child in descendants(base)}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_row_of_its_own(kind: type[Exception]) -> None:
    assert kind in ROWS
    assert re.fullmatch(r"[a-z][a-z0-9_]+", str(getattr(kind, "code", "")))


def test_no_two_classes_share_a_code() -> None:
    codes = [str(getattr(kind, "code", "")) for kind in ROWS]
    assert sorted(codes) == sorted(set(codes))


def test_no_row_is_left_of_a_class_that_is_gone() -> None:
    assert set(ROWS) == {*CLASSES, *BASES}


def test_only_a_base_a_damaged_box_or_a_refused_panel_is_our_own_fault() -> None:
    ours = {kind.__name__ for kind, row in ROWS.items() if row.status == 500}
    assert ours == {"PanelError", "SurveyError", "ServiceError", "BoxDamaged", "PanelRefused"}


def test_a_subclass_without_a_row_takes_that_of_its_parent_and_stays_silent() -> None:
    class Surprise(PanelError):
        code = "surprise"

    row = row_of(Surprise)
    assert row is not None
    assert row.status == 500
    problem, _ = describe(Surprise("the address of somebody"))
    assert "somebody" not in problem.detail


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_can_be_told(kind: type[Exception]) -> None:
    try:
        error = kind()
    except TypeError:
        pytest.skip("made with arguments of its own")
    problem, headers = describe(error)
    assert problem.detail
    assert problem.type == f"/problems/{problem.code}"
    assert problem.status == ROWS[kind].status
    assert set(headers) <= {"Retry-After", "WWW-Authenticate"}


def test_the_catalogue_names_every_code() -> None:
    named = set(entries())
    assert {str(getattr(kind, "code", "")) for kind in ROWS} <= named
    assert {code for code, _ in HTTP_ROWS.values()} <= named
    assert all(entry.title and entry.explanation for entry in entries().values())
