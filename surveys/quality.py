"""Quality flags with evidence. Nothing is removed: a report is made with and without flagged cases.

Rules, fixed before fielding:
* speeding: answering took less than 40 % of the median time of all completed responses; the easy mode, which asks less,
  has a median of its own. Time away from the screen is cut off at ten minutes a page, so that a break never hides a
  rush;
* straight_lining: within a block of Likert items on one scale, or within a matrix, the same opinion on every item
  although one is worded the other way round (three or more items), or no variation at all over six or more items.
  Don't know is no opinion;
* attention: an instructed item answered otherwise;
* duplicate: on twenty or more closed questions exactly the answers of somebody else; two people can agree, and one can
  answer twice;
* item_nonresponse: more than half of the closed questions seen were left open or answered with don't know or no answer;
  a matrix counts as such when no row has an opinion.

A case is flagged with at least two of speeding, straight_lining and attention; the others alone say nothing against
anyone.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Attention,
    Consent,
    Info,
    Likert,
    Matrix,
    Open,
    Option,
    Questionnaire,
    Row,
    Statement,
)

from surveys.models import Assessment, CompletedResponse

SPEED = 0.4
LONGEST_PAGE = 600.0
REVERSED_ITEMS = 3
SAME_ITEMS = 6
NONRESPONSE = 0.5
SAME_ANSWERS = 20
"""Closed questions on which two people must agree entirely before it is remarkable."""
COUNTED = frozenset({"speeding", "straight_lining", "attention"})


def assess(q: Questionnaire, completed: Sequence[CompletedResponse]) -> dict[UUID, Assessment]:
    """Flags, verdict and evidence for every response; empty without responses."""
    times: defaultdict[bool, list[float]] = defaultdict(list)
    for one in completed:
        times[one.easy].append(active_seconds(one))
    medians = {easy: statistics.median(taken) for easy, taken in times.items()}
    twins = _twins(q, completed)
    return {one.respondent_id: _assess(q, one, medians[one.easy], twins) for one in completed}


def _twins(q: Questionnaire, completed: Sequence[CompletedResponse]) -> dict[UUID, str]:
    """Evidence for everybody who gave exactly the answers of somebody else."""
    closed = [question.key for page in q.pages for question in page.questions if _is_closed(question)]
    alike: defaultdict[tuple[tuple[str, str], ...], list[UUID]] = defaultdict(list)
    for one in completed:
        given = [(key, _written(one.answers[key])) for key in closed if one.answers.get(key) is not None]
        if len(given) >= SAME_ANSWERS:
            alike[tuple(given)].append(one.respondent_id)
    return {
        respondent: f"the same answers to {len(given)} questions as {len(people) - 1} other(s)"
        for given, people in alike.items()
        if len(people) > 1
        for respondent in people
    }


def _written(value: AnswerValue) -> str:
    """The same for the same answer, whatever the order in which the rows of a matrix were stored."""
    return str(sorted(value.items())) if isinstance(value, dict) else str(value)


def flags(q: Questionnaire, completed: Sequence[CompletedResponse]) -> dict[UUID, tuple[str, ...]]:
    """Only the flags of `assess`."""
    return {respondent: found.flags for respondent, found in assess(q, completed).items()}


def is_flagged(flags: Sequence[str]) -> bool:
    """At least two of speeding, straight_lining and attention."""
    return len(COUNTED.intersection(flags)) >= 2


def active_seconds(response: CompletedResponse) -> float:
    """Seconds spent answering: page times added up, each page counted for at most ten minutes."""
    return sum(min(seconds, LONGEST_PAGE) for seconds in response.page_seconds.values())


def _assess(q: Questionnaire, response: CompletedResponse, median: float, twins: Mapping[UUID, str]) -> Assessment:
    evidence: dict[str, str] = {}
    seconds = active_seconds(response)
    if seconds < SPEED * median:
        evidence["speeding"] = f"{seconds:.0f} s; the median is {median:.0f} s"
    if grid := next(_straight(q, response.answers), None):
        evidence["straight_lining"] = grid
    if item := next(_inattentive(q, response.answers), None):
        evidence["attention"] = item
    if response.respondent_id in twins:
        evidence["duplicate"] = twins[response.respondent_id]
    if share := _nonresponse(q, response):
        evidence["item_nonresponse"] = share
    found = tuple(evidence)
    return Assessment(flags=found, flagged=is_flagged(found), evidence=evidence)


class _Item(NamedTuple):
    """A Likert item, or a row of a matrix, with what was answered."""

    name: str
    reversed: bool
    options: tuple[Option, ...]
    value: AnswerValue


def _straight(q: Questionnaire, answers: Mapping[str, AnswerValue]) -> Iterator[str]:
    """Grids that were answered in a straight line."""
    for items in _grids(q, answers):
        opinions = [item for item in items if _substantive(item.options, item.value)]
        if len({str(item.value) for item in opinions}) != 1:
            continue
        contradicts = len({item.reversed for item in opinions}) > 1 and not _middle(opinions[0])
        if len(opinions) >= SAME_ITEMS or (contradicts and len(opinions) >= REVERSED_ITEMS):
            yield f"{opinions[0].value} on all {len(opinions)} of {', '.join(item.name for item in opinions)}"


def _grids(q: Questionnaire, answers: Mapping[str, AnswerValue]) -> list[list[_Item]]:
    """Likert items of one block that share their answer options, and the rows of each matrix."""
    grids: defaultdict[tuple[str, tuple[Option, ...]], list[_Item]] = defaultdict(list)
    matrices: list[list[_Item]] = []
    for page in q.pages:
        for question in page.questions:
            value = answers.get(question.key)
            if isinstance(question, Likert):
                item = _Item(question.key, question.reversed, question.options, value)
                grids[page.block, question.options].append(item)
            if isinstance(question, Matrix) and isinstance(value, dict):
                matrices.append([_of_row(question, row, value) for row in question.rows])
    return [*grids.values(), *matrices]


def _of_row(question: Matrix, row: Row, value: Mapping[str, int]) -> _Item:
    return _Item(f"{question.key}.{row.key}", row.reversed, question.options, value.get(row.key))


def _substantive(options: tuple[Option, ...], value: AnswerValue) -> bool:
    return any(option.code == value and not option.missing for option in options)


def _middle(item: _Item) -> bool:
    """Whether this is the neutral point, which a reversed item does not turn round."""
    codes = [option.code for option in item.options if not option.missing]
    return len(codes) % 2 == 1 and codes[len(codes) // 2] == item.value


def _inattentive(q: Questionnaire, answers: Mapping[str, AnswerValue]) -> Iterator[str]:
    for page in q.pages:
        for question in page.questions:
            value = answers.get(question.key)
            if isinstance(question, Attention) and value is not None and value != question.expected:
                yield f"{question.key}: {value} where {question.expected} was asked for"


def _nonresponse(q: Questionnaire, response: CompletedResponse) -> str:
    """How much was left open, in words, when more than half; else empty. What was seen has a value, if only None."""
    closed = [
        question
        for page in q.pages
        for question in page.questions
        if _is_closed(question) and question.key in response.answers
    ]
    empty = [question for question in closed if _empty(question, response.answers[question.key])]
    if not closed or len(empty) <= NONRESPONSE * len(closed):
        return ""
    return f"{len(empty)} of {len(closed)} closed questions without a substantive answer"


def _is_closed(question: AnyQuestion) -> bool:
    return not isinstance(question, Info | Open | Consent | Attention)


def _empty(question: AnyQuestion, value: AnswerValue) -> bool:
    given = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    options = () if isinstance(question, Info | Open | Statement) else question.options
    nothing = {None, *(option.code for option in options if option.missing)}
    return nothing.issuperset(given)
