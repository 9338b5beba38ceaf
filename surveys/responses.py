"""Responses: begin, save page by page, go on later, send, decline, erase.

What was committed last survives everything; nothing is written when a page is only looked at, so mail scanners and
reloads change nothing. The time of a page is the time between two commits.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec
from samenspraak.canonical import content_hash
from samenspraak.types.base import Language, Mode
from samenspraak.types.questionnaire import AnswerValue, Questionnaire

from analytics.comparisons import blocks
from surveys import quotas, routing, saving
from surveys.errors import (
    Incomplete,
    QuestionnaireFrozen,
    QuestionnaireUnknown,
    ResponseFinished,
)
from surveys.models import CompletedResponse, Response, Saved, Standing, Stored, Submitted
from surveys.store import Connection, paper, questionnaires
from surveys.store import responses as store

PER_ARM = 2
"""How often each arm occurs in a block: with two arms, blocks of four."""


async def add_questionnaire(conn: Connection, audit_id: UUID, questionnaire: Questionnaire) -> str:
    """Keep the questionnaire of an audit as its first version; gives the content hash.

    Raises:
        QuestionnaireFrozen: people answer another one.
    """
    hash = content_hash(questionnaire)
    if not await questionnaires.put(conn, audit_id=audit_id, hash=hash, questionnaire=questionnaire):
        raise QuestionnaireFrozen
    await quotas.define(conn, audit_id=audit_id, questionnaire=questionnaire)
    return hash


async def questionnaire(conn: Connection, audit_id: UUID) -> Questionnaire:
    """The newest version of the questionnaire of an audit; read once per process and content hash.

    Raises:
        QuestionnaireUnknown: the audit has none.
    """
    hash = await questionnaires.content_hash(conn, audit_id=audit_id)
    if hash is None:
        raise QuestionnaireUnknown
    return await questionnaire_of(conn, audit_id, hash)


async def questionnaire_of(conn: Connection, audit_id: UUID, hash: str) -> Questionnaire:
    """One version of the questionnaire of an audit, by its content hash; read once per process."""
    kept = _kept(hash)
    if not kept:
        kept.append(await questionnaires.definition(conn, audit_id=audit_id, hash=hash))
    return kept[0]


@lru_cache(maxsize=64)
def _kept(hash: str) -> list[Questionnaire]:
    """One place per content hash, filled by whoever needs the questionnaire first."""
    return []


async def begin(
    conn: Connection,
    *,
    audit_id: UUID,
    respondent_id: UUID,
    language: Language,
    seed: int,
    now: datetime,
    new_id: Callable[[], UUID],
    easy: bool = False,
    profile: Mapping[str, str] = {},
    mode: Mode = "web",
    stratum: str = "",
) -> Response:
    """Begin a response to the newest version, or find the one that was begun, on its own version.

    The arm is drawn by permuted blocks inside the stratum and recorded before anything is shown.

    Args:
        seed: a random number of at most 63 bits, drawn for this respondent by the caller. Counts at the first call
        only, as everything below does.
        stratum: stratum of the draw or cell of the sample that this person belongs to; empty where there is none.

    Raises:
        QuestionnaireUnknown: the audit has no questionnaire.
        QuotaFilled: a quota that counts this person from the start is full; undo this transaction and let them go.
    """
    asked = await questionnaire(conn, audit_id)
    place = await questionnaires.begin(
        conn,
        audit_id=audit_id,
        id=new_id(),
        respondent_id=respondent_id,
        language=language,
        seed=seed,
        now=now,
        easy=easy,
        profile=profile,
        mode=mode,
        stratum=stratum,
        block_size=_block_size(asked),
    )
    if place is not None:
        arm = arm_at(tuple(arm.key for arm in asked.arms), number=place.number, block_seed=place.block_seed)
        await questionnaires.set_arm(conn, audit_id=audit_id, respondent_id=respondent_id, arm=arm)
    begun = await store.load(conn, audit_id=audit_id, respondent_id=respondent_id)
    if begun is None:
        raise QuestionnaireUnknown
    if begun.printed and mode != "paper":
        # Somebody who has a form on paper answers in another way after all, in the same order.
        await paper.take_over(conn, audit_id=audit_id, response_id=begun.id, mode=mode, now=now)
        begun = msgspec.structs.replace(begun, mode=mode, started_at=now, saved_at=now)
    if place is not None:
        await quotas.settle(conn, response=begun, questionnaire=asked, answers={}, now=now)
    return begun


def arm_at(arms: Sequence[str], *, number: int, block_seed: int) -> str:
    """Arm of the person at this place (from 0): every block holds each arm twice, in an order drawn from `block_seed`.

    Without arms: the empty string.
    """
    if not arms:
        return ""
    return blocks.place(arms, seed=str(block_seed), stratum="", number=number % (PER_ARM * len(arms)), copies=PER_ARM)


def _block_size(questionnaire: Questionnaire) -> int:
    return max(1, PER_ARM * len(questionnaire.arms))


async def load(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Response | None:
    """The response of this respondent, or None when it was never begun (or erased)."""
    return await store.load(conn, audit_id=audit_id, respondent_id=respondent_id)


async def standing(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Standing | None:
    """The response of this respondent with its answers and questionnaire, all of one moment; None as `load`."""
    found = await store.standing(conn, audit_id=audit_id, respondent_id=respondent_id)
    if found is None:
        return None
    response, stored, hash = found
    asked = await questionnaire_of(conn, audit_id, hash)
    return Standing(response=response, questionnaire=asked, stored=stored)


async def answers(conn: Connection, response: Response) -> dict[str, AnswerValue]:
    """All stored answers, those on an abandoned route included: going back to that route finds them again."""
    return (await store.answers(conn, audit_id=response.audit_id, response_id=response.id)).values


async def set_language(conn: Connection, *, response: Response, language: Language, now: datetime) -> Response:
    """Go on in another language; the revision stays, so that an open page can still be sent.

    Raises:
        ResponseFinished: it was sent or stopped.
    """
    held = await _held(conn, response)
    await store.set_language(conn, audit_id=held.audit_id, response_id=held.id, language=language)
    return msgspec.structs.replace(held, language=language)


async def save_page(
    conn: Connection,
    *,
    response: Response,
    questionnaire: Questionnaire,
    page_key: str,
    form: Mapping[str, Sequence[str]],
    revision: int,
    now: datetime,
    draft: bool = False,
    back: bool = False,
    stored: Stored | None = None,
) -> Saved:
    """Save the answers of one page and say which page follows.

    All or nothing: with a fault nothing is stored. With `draft` (going back, stopping for now) what is right is stored
    and missing answers are no fault. Sending the same page twice does no harm. The first answer to a comprehension
    question stands, since the right one is shown afterwards.

    Args:
        form: field names and values as the browser sent them (`surveys.answers`).
        revision: the revision the page was shown with.
        back: the person goes to the page before; counted only.
        stored: the answers as `standing` gave them together with `response`; None: response and answers are read here.
            Nobody needs to hold the response: what went on elsewhere meanwhile is seen while saving, and looked at
            again.

    Raises:
        StaleRevision: the respondent went on in another tab or on another device.
        ResponseFinished: it was sent or stopped.
        PageUnknown: the page is not on this respondent's route.
        QuotaFilled: by these answers the person counts for a quota that is full; undo this transaction and let them go.
    """
    held, before = (response, stored) if stored else await _standing_now(conn, response)
    judged = saving.judge(
        held,
        before,
        questionnaire,
        page_key=page_key,
        form=form,
        revision=revision,
        now=now,
        draft=draft,
        back=back,
    )
    if isinstance(judged, Saved):
        return judged
    if judged.refuses and await _end(conn, held, now):
        return judged.ended()
    if not judged.refuses and await store.save(conn, writes=(judged,)):
        await quotas.settle(conn, response=held, questionnaire=questionnaire, answers=judged.after, now=now)
        return judged.saved()
    # Somebody saved meanwhile, so this revision is old: the second look ends in one of the other answers.
    return await save_page(
        conn,
        response=response,
        questionnaire=questionnaire,
        page_key=page_key,
        form=form,
        revision=revision,
        now=now,
        draft=draft,
        back=back,
    )


async def _standing_now(conn: Connection, response: Response) -> tuple[Response, Stored]:
    found = await store.standing(conn, audit_id=response.audit_id, respondent_id=response.respondent_id)
    if found is None:
        raise ResponseFinished(details={"state": "erased"})
    return found[0], found[1]


async def _held(conn: Connection, response: Response) -> Response:
    """The response as it is now, held for this transaction."""
    held = await store.hold(conn, audit_id=response.audit_id, respondent_id=response.respondent_id)
    if held is None or held.state != "in_progress":
        raise ResponseFinished(details={"state": held.state if held else "erased"})
    return held


async def _end(conn: Connection, held: Response, now: datetime) -> bool:
    """Consent is refused: nothing the person said is kept. False when somebody saved meanwhile."""
    if (await _held(conn, held)).revision != held.revision:
        return False
    await store.clear(conn, audit_id=held.audit_id, response_id=held.id)
    await store.set_state(conn, audit_id=held.audit_id, response_id=held.id, state="declined", now=now)
    await quotas.release(conn, audit_id=held.audit_id, response_id=held.id)
    return True


async def submit(conn: Connection, *, response: Response, questionnaire: Questionnaire, now: datetime) -> Submitted:
    """Send the response. Sending it again changes nothing and says so.

    Raises:
        Incomplete: a required question on the route has no answer; `details.page` is where to go.
        ResponseFinished: it was stopped or erased.
        QuotaFilled: the place of this person was given back meanwhile and is taken; undo this transaction.
    """
    held = await store.hold(conn, audit_id=response.audit_id, respondent_id=response.respondent_id)
    if held is not None and held.state == "completed":
        return Submitted(response=held, completes=await count_completed(conn, held.audit_id), first=False)
    if held is None or held.state != "in_progress":
        raise ResponseFinished(details={"state": held.state if held else "erased"})
    given = await answers(conn, held)
    missing = routing.unanswered(questionnaire, held.respondent, given)
    if missing is not None:
        raise Incomplete(details={"page": missing})
    await quotas.settle(conn, response=held, questionnaire=questionnaire, answers=given, now=now, sent=True)
    await store.set_state(conn, audit_id=held.audit_id, response_id=held.id, state="completed", now=now)
    sent = msgspec.structs.replace(held, state="completed", revision=held.revision + 1, saved_at=now, completed_at=now)
    return Submitted(response=sent, completes=await count_completed(conn, held.audit_id), first=True)


async def decline(conn: Connection, *, audit_id: UUID, respondent_id: UUID, now: datetime) -> bool:
    """Stop and delete every answer, also of a response that was sent; False when nothing was begun, it was declined or
    the person was let go.
    """
    held = await store.hold(conn, audit_id=audit_id, respondent_id=respondent_id)
    if held is None or held.state in ("declined", "quota_full"):
        return False
    await store.clear(conn, audit_id=audit_id, response_id=held.id)
    await store.set_state(conn, audit_id=audit_id, response_id=held.id, state="declined", now=now)
    await quotas.release(conn, audit_id=audit_id, response_id=held.id)
    return True


async def let_go(conn: Connection, *, audit_id: UUID, respondent_id: UUID, quota: str, now: datetime) -> None:
    """Let somebody go because this quota is full, begun or not: nothing they answered is kept, and it is counted."""
    held = await store.hold(conn, audit_id=audit_id, respondent_id=respondent_id)
    if held is not None:
        await store.clear(conn, audit_id=audit_id, response_id=held.id)
        await store.set_state(conn, audit_id=audit_id, response_id=held.id, state="quota_full", now=now)
    await quotas.turn_away(conn, audit_id=audit_id, response_id=held.id if held else None, key=quota)


async def erase(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> bool:
    """Remove the response with every answer, whatever its state; False when there was none."""
    # The response goes first: a page that is being saved now is waited for, and a later one finds nothing to save to.
    response_id = await store.delete(conn, audit_id=audit_id, respondent_id=respondent_id)
    if response_id is None:
        return False
    await store.clear(conn, audit_id=audit_id, response_id=response_id)
    await quotas.release(conn, audit_id=audit_id, response_id=response_id)
    return True


async def count_completed(conn: Connection, audit_id: UUID) -> int:
    """Completed responses of this audit."""
    return await store.count_completed(conn, audit_id=audit_id)


async def completed(conn: Connection, audit_id: UUID) -> list[CompletedResponse]:
    """Every completed response, ordered by its random respondent id; answers on an abandoned route are left out."""
    return await store.completed(conn, audit_id=audit_id)
