"""One form keyed by two people: first entry, second entry, and a third look where they differ.

Nobody sees another's entry before both are in. An entry may be keyed again by the same person as long as the other is
not in; from then on it stands, and differences are settled. Everything is kept as it was keyed.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from samenspraak.types.paper import KeyingErrors, PaperDifference, PaperStanding, PaperState, PaperTurn
from samenspraak.types.problem import Fault

from surveys import quotas, responses, routing
from surveys.errors import PaperInvalid, PaperKeyed, PaperNotKeyed, SameOperator
from surveys.models import Standing, Submitted
from surveys.paper import comparing
from surveys.paper.entry import Keyed, checked
from surveys.paper.fields import Field, fields
from surveys.paper.judging import Judged, judge
from surveys.paper.sheet import Sheet, sheet
from surveys.store import Connection
from surveys.store import paper as store
from surveys.store import responses as response_store
from surveys.store.paper import Entry, Outcome


class Desk(Struct, frozen=True, kw_only=True):
    """One form with everything that was keyed of it."""

    standing: Standing
    sheet: Sheet
    form: Mapping[str, Field]
    entries: Mapping[str, Entry]
    outcome: Outcome | None

    @property
    def agreed(self) -> Keyed | None:
        """The entry that counts, where two agree or a third look has settled it; None before."""
        if "third" in self.entries:
            return self.entries["third"].fields
        both = "first" in self.entries and "second" in self.entries
        return self.entries["first"].fields if both and self.outcome and not self.outcome.differing else None

    @property
    def state(self) -> PaperStanding:
        if self.outcome is not None:
            return self.outcome.state
        return "keyed_once" if self.entries else "printed"


async def hold(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> None:
    """Two people who key one form at once wait for each other, until the transaction ends."""
    await response_store.hold(conn, audit_id=audit_id, respondent_id=respondent_id)


async def desk(conn: Connection, standing: Standing) -> Desk:
    """What was keyed of one form so far."""
    ids = {"audit_id": standing.response.audit_id, "response_id": standing.response.id}
    paper = sheet(standing.questionnaire, standing.response.respondent)
    return Desk(
        standing=standing,
        sheet=paper,
        form=fields(paper),
        entries={entry.turn: entry for entry in await store.entries(conn, **ids)},
        outcome=await store.outcome(conn, **ids),
    )


async def key(
    conn: Connection, at: Desk, *, turn: PaperTurn, by: UUID, answers: Mapping[str, str], now: datetime
) -> Desk:
    """Keep one entry, and compare when both are in. The same entry again changes nothing.

    Raises:
        PaperInvalid: with every field that cannot stand on this form.
        SameOperator: this person keyed the other entry.
        PaperKeyed: somebody else keyed this entry, or both are in.
        PaperNotKeyed: the second before the first.
    """
    keyed = checked(answers, at.form)
    own, other = at.entries.get(turn), at.entries.get("second" if turn == "first" else "first")
    if at.state == "without_consent" or (own is not None and own.keyed_by == by and own.fields == keyed):
        return at
    if other is not None and other.keyed_by == by:
        raise SameOperator
    if at.outcome is not None or (own is not None and own.keyed_by != by):
        raise PaperKeyed(details={"state": at.state})
    if turn == "second" and other is None:
        raise PaperNotKeyed(details={"state": at.state})
    at = await _kept(conn, at, Entry(turn=turn, keyed_by=by, fields=keyed), now)
    if "second" not in at.entries:
        return at
    compared = comparing.compare(at.entries["first"].fields, at.entries["second"].fields, at.form)
    return await conclude(
        conn,
        at,
        Outcome(
            state="differing",
            fields=compared.fields,
            differing=compared.differing,
            text_fields=compared.text_fields,
            text_differing=compared.text_differing,
        ),
        now=now,
    )


async def settle(
    conn: Connection, at: Desk, *, by: UUID, answers: Mapping[str, str], reason: str, now: datetime
) -> Desk:
    """Take the right value of every field on which the entries differ. The same settlement again changes nothing.

    Raises:
        PaperInvalid: a field is missing, is none of those that differ, or cannot hold this.
        PaperKeyed: it was settled otherwise before.
        PaperNotKeyed: there is nothing to settle.
    """
    if at.outcome is None or not at.outcome.differing:
        raise PaperNotKeyed(details={"state": at.state})
    differing = {name: at.form[name] for name in at.outcome.differing}
    settled = checked(answers, differing)
    missing = [name for name in differing if name not in answers]
    if missing:
        raise PaperInvalid(faults=tuple(_unsettled(name) for name in missing))
    whole = {**at.entries["first"].fields, **settled}
    whole = {name: whole[name] for name in at.form if name in whole and (name not in differing or name in settled)}
    third = at.entries.get("third")
    if third is not None and third.fields == whole:
        return at
    if at.outcome.state != "differing":
        raise PaperKeyed(details={"state": at.state})
    at = await _kept(conn, at, Entry(turn="third", keyed_by=by, fields=whole), now)
    assert at.outcome is not None, "looked at above"
    return await conclude(conn, at, replace(at.outcome, reason=reason), now=now)


async def conclude(conn: Connection, at: Desk, outcome: Outcome, *, now: datetime) -> Desk:
    """Write down what became of a form."""
    response = at.standing.response
    await store.put_outcome(conn, audit_id=response.audit_id, response_id=response.id, outcome=outcome, now=now)
    return replace(at, outcome=outcome)


def _unsettled(name: str) -> Fault:
    detail = f"Say what stands at `{name}`, or an empty text where nothing does."
    return Fault(pointer=f"/answers/{name}", code="missing", detail=detail)


async def _kept(conn: Connection, at: Desk, entry: Entry, now: datetime) -> Desk:
    response = at.standing.response
    await store.put_entry(conn, audit_id=response.audit_id, response_id=response.id, entry=entry, now=now)
    return replace(at, entries={**at.entries, entry.turn: entry})


def judged(at: Desk, keyed: Keyed) -> Judged:
    """The agreed entry by the rules of the pages."""
    return judge(at.sheet, keyed, at.form)


async def complete(conn: Connection, at: Desk, found: Judged, *, now: datetime) -> Submitted:
    """The agreed entry becomes the response: on paper, sent.

    Raises:
        QuotaFilled: a quota of the questionnaire is full; undo this and let the person go.
    """
    response, q = at.standing.response, at.standing.questionnaire
    ids = {"audit_id": response.audit_id, "response_id": response.id}
    route = routing.route(q, response.respondent, found.values)
    await store.write_answers(
        conn,
        **ids,
        revision=response.revision + 1,
        last_page=route[-1].key if route else None,
        values=found.values,
        off_route=sorted(found.off_route),
    )
    await quotas.settle(conn, response=response, questionnaire=q, answers=found.values, now=now, sent=True)
    await response_store.set_state(conn, **ids, state="completed", now=now)
    sent = replace(
        response, state="completed", mode="paper", revision=response.revision + 1, saved_at=now, completed_at=now
    )
    return Submitted(response=sent, completes=await responses.count_completed(conn, response.audit_id), first=True)


def shown(at: Desk) -> PaperState:
    """How far a form is, without what was keyed until both entries are in."""
    outcome, response = at.outcome, at.standing.response
    open_ones = outcome.differing if outcome is not None and outcome.state == "differing" else ()
    return PaperState(
        audit_id=str(response.audit_id),
        state=at.state,
        language=response.language,
        easy=response.easy,
        fields=outcome.fields if outcome else 0,
        differences=tuple(
            PaperDifference(
                field=name,
                question=at.form[name].question,
                first=at.entries["first"].fields.get(name, ""),
                second=at.entries["second"].fields.get(name, ""),
            )
            for name in open_ones
        ),
        faults=outcome.faults if outcome else (),
        settled=outcome.reason if outcome else None,
    )


async def errors(conn: Connection, audit_id: UUID) -> KeyingErrors:
    """The share of fields on which two typists differ, for the account of the method.

    Differences are a lower bound of what goes wrong at one keyboard: two people who read the same wrong thing agree.
    Free text is counted apart, since a comma is no error of measurement.
    """
    found = await store.count(conn, audit_id=audit_id)
    fields_, differing = found.fields - found.text_fields, found.differing - found.text_differing
    return KeyingErrors(
        forms=found.forms,
        fields=fields_,
        differing=differing,
        share=differing / fields_ if fields_ else None,
        text_fields=found.text_fields,
        text_differing=found.text_differing,
        waiting=found.waiting,
        unsettled=found.unsettled,
    )
