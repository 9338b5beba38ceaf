"""Reads everything that one report is made of. The only part of the report that touches the database."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from samenspraak.types.ballot import BallotResult
from samenspraak.types.questionnaire import Questionnaire

from panels import fieldwork
from panels.external import sources
from panels.margins import sets as margin_sets
from panels.models import FrameRow
from service.audits.models import Case
from service.reports import reported
from service.reports.inputs import Invited, ReportInputs, Respondent
from service.store import Connection
from surveys import applications, ballots, corrections, open_answers, quality, responses
from surveys.models import CompletedResponse
from surveys.paper import keying


async def gather(conn: Connection, *, case: Case, now: datetime) -> ReportInputs:
    """Inputs of the report on an audit that is closed. `ballot` is what was counted before, or None.

    A response whose invitation is gone has no selection probability and cannot be weighted; it is left out.
    """
    assert case.plan is not None, "a closed audit has a plan"
    assert case.plan_hash is not None, "a plan has a hash"
    assert case.seed is not None, "a plan has a seed"
    assert case.opened_at is not None, "a closed audit was open"
    assert case.closed_at is not None, "a closed audit has a closing time"
    questionnaire = await responses.questionnaire(conn, case.id)
    completed = await responses.completed(conn, case.id)
    flags = quality.flags(questionnaire, completed)
    invited = {row.respondent_id: row for row in await fieldwork.frame(conn, case.id)}
    stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    state = await fieldwork.state(conn, case.id)
    return ReportInputs(
        audit_id=str(case.id),
        plan=case.plan,
        plan_hash=case.plan_hash,
        questionnaire=reported.reported(questionnaire),
        questionnaire_hash=case.plan.questionnaire_hash,
        margins=await margin_sets.get(conn, case.plan.margins_id),
        application=stored.application,
        invited=state.invited,
        dispositions={key: count for key, count in state.dispositions.items() if count},
        respondents=tuple(
            _respondent(one, questionnaire, invited[one.respondent_id], flags.get(one.respondent_id, ()))
            for one in completed
            if one.respondent_id in invited
        ),
        ballot=await _counted(conn, case),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        generated_at=now,
        seed=case.seed,
        wants_to_learn=case.wants_to_learn,
        codings=tuple(await open_answers.recodings(conn, case.id)),
        sources=sources.reported(await sources.listed(conn, audit_id=case.id)),
        versions=await corrections.listed(conn, audit_id=case.id),
        keying=await keying.errors(conn, case.id),
        frame=_frame(invited, {one.respondent_id for one in completed}),
    )


def _frame(invited: Mapping[UUID, FrameRow], responded: Collection[UUID]) -> tuple[Invited, ...]:
    """Everybody invited by profile; sorted by it, so that nobody's place says who they are."""
    people = [
        Invited(probability=row.probability, profile=row.coded, responded=id in responded, stratum=row.stratum)
        for id, row in invited.items()
    ]
    return tuple(sorted(people, key=lambda one: (sorted((k, v or "") for k, v in one.profile.items()), one.responded)))


async def register_weights(conn: Connection, *, audit_id: UUID, weights: dict[str, float]) -> dict[str, float]:
    """Sum of the final weights of the voters of each cell of the secret ballot.

    Somebody who voted and then had the answers removed has no weight any more and counts for the mean, 1.
    """
    cells: dict[str, float] = {}
    for voter in await ballots.voters(conn, audit_id):
        cells[voter.cell] = cells.get(voter.cell, 0.0) + weights.get(str(voter.respondent_id), 1.0)
    return cells


async def _counted(conn: Connection, case: Case) -> BallotResult | None:
    if case.plan is None or case.plan.ballot is None:
        return None
    return await ballots.result(conn, case.id)


def _respondent(
    one: CompletedResponse, questionnaire: Questionnaire, row: FrameRow, flags: tuple[str, ...]
) -> Respondent:
    return Respondent(
        respondent_id=str(one.respondent_id),
        probability=row.probability,
        stratum=row.stratum,
        recruited=row.recruited,
        profile=row.coded,
        arm=one.arm,
        language=one.language,
        mode=one.mode,
        answers=reported.answers(questionnaire, one.answers),
        flags=flags,
        seconds=quality.active_seconds(one) if one.page_seconds else None,
    )
