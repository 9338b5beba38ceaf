"""Quality flags with evidence. Nothing is removed: a report is made with and without flagged cases.

Rules, fixed before fielding:
* speeding: answering took less than 40 % of the median time of all completed responses. Time away from the screen is
cut off at
  ten minutes a page, so that a break never hides a rush;
* straight_lining: within a block of Likert items on one scale, the same opinion on every item although one is worded
the other way
  round (three or more items), or no variation at all over six or more items. Don't know is no opinion;
* attention: an instructed item answered otherwise;
* duplicate: on twenty or more closed questions exactly the answers of somebody else; two people can agree, and one can
  answer twice;
* item_nonresponse: more than half of the closed questions seen were left open or answered with don't know or no answer.

A case is flagged with at least two of speeding, straight_lining and attention; the others alone say nothing against
anyone.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Attention,
    Consent,
    Info,
    Likert,
    Open,
    Option,
    Questionnaire,
)

from surveys import routing
from surveys.models import Assessment, CompletedResponse, Respondent

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
    times = {one.respondent_id: active_seconds(one) for one in completed}
    median = statistics.median(times.values()) if times else 0.0
    twins = _twins(q, completed)
    return {one.respondent_id: _assess(q, one, times[one.respondent_id], median, twins) for one in completed}


def _twins(q: Questionnaire, completed: Sequence[CompletedResponse]) -> dict[UUID, str]:
    """Evidence for everybody who gave exactly the answers of somebody else."""
    closed = [x.key for page in q.pages for x in page.questions if not isinstance(x, Open | Info | Consent | Attention)]
    alike: defaultdict[tuple[tuple[str, str], ...], list[UUID]] = defaultdict(list)
    for one in completed:
        given = [(key, str(one.answers[key])) for key in closed if one.answers.get(key) is not None]
        if len(given) >= SAME_ANSWERS:
            alike[tuple(given)].append(one.respondent_id)
    return {
        respondent: f"the same answers to {len(given)} questions as {len(people) - 1} other(s)"
        for given, people in alike.items()
        if len(people) > 1
        for respondent in people
    }


def flags(q: Questionnaire, completed: Sequence[CompletedResponse]) -> dict[UUID, tuple[str, ...]]:
    """Only the flags of `assess`."""
    return {respondent: found.flags for respondent, found in assess(q, completed).items()}


def is_flagged(flags: Sequence[str]) -> bool:
    """At least two of speeding, straight_lining and attention."""
    return len(COUNTED.intersection(flags)) >= 2


def active_seconds(response: CompletedResponse) -> float:
    """Seconds spent answering: page times added up, each page counted for at most ten minutes."""
    return sum(min(seconds, LONGEST_PAGE) for seconds in response.page_seconds.values())


def _assess(
    q: Questionnaire, response: CompletedResponse, seconds: float, median: float, twins: Mapping[UUID, str]
) -> Assessment:
    evidence: dict[str, str] = {}
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


def _straight(q: Questionnaire, answers: Mapping[str, AnswerValue]) -> Iterator[str]:
    """Blocks of Likert items on one scale that were answered in a straight line."""
    for items in _grids(q):
        given = [(item, answers.get(item.key)) for item in items]
        opinions = [(item, value) for item, value in given if _substantive(item.options, value)]
        if len({str(value) for _, value in opinions}) != 1:
            continue
        contradicts = len({item.reversed for item, _ in opinions}) > 1 and not _middle(*opinions[0])
        if len(opinions) >= SAME_ITEMS or (contradicts and len(opinions) >= REVERSED_ITEMS):
            yield f"{opinions[0][1]} on all {len(opinions)} of {', '.join(item.key for item, _ in opinions)}"


def _grids(q: Questionnaire) -> list[list[Likert]]:
    """Likert items of one block that share their answer options."""
    grids: defaultdict[tuple[str, tuple[Option, ...]], list[Likert]] = defaultdict(list)
    for page in q.pages:
        for question in page.questions:
            if isinstance(question, Likert):
                grids[page.block, question.options].append(question)
    return list(grids.values())


def _substantive(options: tuple[Option, ...], value: AnswerValue) -> bool:
    return any(option.code == value and not option.missing for option in options)


def _middle(item: Likert, value: AnswerValue) -> bool:
    """Whether this is the neutral point, which a reversed item does not turn round."""
    codes = [option.code for option in item.options if not option.missing]
    return len(codes) % 2 == 1 and codes[len(codes) // 2] == value


def _inattentive(q: Questionnaire, answers: Mapping[str, AnswerValue]) -> Iterator[str]:
    for page in q.pages:
        for question in page.questions:
            value = answers.get(question.key)
            if isinstance(question, Attention) and value is not None and value != question.expected:
                yield f"{question.key}: {value} where {question.expected} was asked for"


def _nonresponse(q: Questionnaire, response: CompletedResponse) -> str:
    """How much was left open, in words, when more than half; else empty. The seed does not change what is shown."""
    route = routing.route(q, Respondent(arm=response.arm), response.answers)
    closed = [question for page in route for question in page.questions if _is_closed(question)]
    empty = [question for question in closed if _empty(question, response.answers.get(question.key))]
    if not closed or len(empty) <= NONRESPONSE * len(closed):
        return ""
    return f"{len(empty)} of {len(closed)} closed questions without a substantive answer"


def _is_closed(question: AnyQuestion) -> bool:
    return not isinstance(question, Info | Open | Consent | Attention)


def _empty(question: AnyQuestion, value: AnswerValue) -> bool:
    if value is None or value == []:
        return True
    options: tuple[Option, ...] = getattr(question, "options", ())
    return any(option.missing and option.code == value for option in options)
