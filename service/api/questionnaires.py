"""A questionnaire on the bench: lint, simulated respondents and the difference of two versions. Nothing is stored."""

import asyncio
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Questionnaire
from samenspraak.types.simulation import Simulation
from samenspraak.types.versions import Comparison, QuestionnaireCheck, QuestionnaireDiff

from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, sent
from service.audits import approval, cases
from service.audits.errors import AuditUnknown
from service.context import InContext
from service.validation import BodyInvalid
from surveys import bench, simulation, versions
from surveys.errors import QuestionnaireUnknown

TAGS = ["questionnaires"]
BODY = 512 * 1024
"""Bytes of one questionnaire; the longest form in six languages has less than half."""
MOST_QUESTIONS = 500
MOST_ARMS = 50

People = Annotated[
    int, QueryParameter(name="n", ge=1, le=simulation.MOST, description="How many simulated respondents.")
]
Seed = Annotated[
    int,
    QueryParameter(name="seed", ge=0, le=2**31 - 1, description="The same seed gives the same simulation."),
]


@post(
    "/questionnaires/check",
    operation_id="check_questionnaire",
    summary="What is wrong with a questionnaire, place by place",
    tags=TAGS,
    dto=Body,
    status_code=200,
    request_max_body_size=BODY,
    responses=sent(),
)
async def check_questionnaire(data: JSONBody[Questionnaire]) -> QuestionnaireCheck:
    """Errors would break the route, lose an answer or mislead; warnings are for an editor to weigh."""
    _within_limits((data, ""))
    return await asyncio.to_thread(bench.check, data)


@post(
    "/questionnaires/compare",
    operation_id="compare_questionnaires",
    summary="What changed between two versions: words only, or what is asked",
    tags=TAGS,
    dto=Body,
    status_code=200,
    request_max_body_size=2 * BODY,
    responses=sent(),
)
async def compare_questionnaires(data: JSONBody[Comparison]) -> QuestionnaireDiff:
    _within_limits((data.before, "/before"), (data.after, "/after"))
    return await asyncio.to_thread(versions.diff, data.before, data.after)


@get(
    "/audits/{audit_id:uuid}/questionnaire/simulation",
    operation_id="simulate_questionnaire",
    summary="What simulated respondents meet: coverage, minutes and quotas",
    tags=TAGS,
    responses=errors(AuditUnknown, QuestionnaireUnknown, BodyInvalid),
)
async def simulate_questionnaire(
    context: InContext, caller: CalledBy, audit_id: FromPath[UUID], n: People = 200, seed: Seed = 1
) -> Simulation:
    """Random answers over every arm. They say nothing about opinion, and no row of them is given."""
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        questionnaire = await approval.questionnaire(conn, case)
    found = await asyncio.to_thread(simulation.simulate, questionnaire, n, seed)
    return msgspec.structs.replace(found, rows=())


def _within_limits(*given: tuple[Questionnaire, str]) -> None:
    """Larger ones are no questionnaires, and would keep a core busy.

    Raises:
        BodyInvalid: with every fault.
    """
    found = tuple(fault for questionnaire, at in given for fault in _too_many(questionnaire, at))
    if found:
        raise BodyInvalid(faults=found)


def _too_many(questionnaire: Questionnaire, at: str) -> Iterator[Fault]:
    questions = sum(len(page.questions) for page in questionnaire.pages)
    for pointer, what, number, most in (
        ("/pages", "pages", len(questionnaire.pages), MOST_QUESTIONS),
        ("/pages", "questions", questions, MOST_QUESTIONS),
        ("/arms", "arms", len(questionnaire.arms), MOST_ARMS),
        ("/variants", "variants", len(questionnaire.variants), MOST_ARMS),
    ):
        if number > most:
            yield Fault(
                pointer=at + pointer, code="too_long", detail=f"There are {number} {what}; at most {most} are read."
            )


HANDLERS = (check_questionnaire, compare_questionnaires, simulate_questionnaire)
