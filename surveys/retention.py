"""How long survey and ballot data are kept, and the purge that proves it."""

from datetime import datetime, timedelta

from surveys.models import Purged, Retention
from surveys.store import Connection, paper
from surveys.store import retention as store

COMPLETED_DAYS = 365
UNFINISHED_DAYS = 90
REGISTER_DAYS = 30

RULES: tuple[Retention, ...] = (
    Retention(
        table="fieldwork.response",
        what="responses that were sent, without name or address",
        days=COMPLETED_DAYS,
        why="A result can be checked for a year after the answers; after that the published figures are enough.",
    ),
    Retention(
        table="fieldwork.response",
        what="responses that were not sent or were stopped",
        days=UNFINISHED_DAYS,
        why="People can go on while the survey runs; who stopped left no answers; that they did is soon of no use.",
    ),
    Retention(
        table="fieldwork.answer",
        what="the answers of those responses",
        days=COMPLETED_DAYS,
        why="They go with their response, after 365 days when it was sent and after 90 when not.",
    ),
    Retention(
        table="fieldwork.page_time",
        what="seconds per page of those responses",
        days=COMPLETED_DAYS,
        why="They go with their response; they only serve to judge how carefully people answered.",
    ),
    Retention(
        table="fieldwork.recoding",
        what="what staff made of open answers",
        days=COMPLETED_DAYS,
        why="It goes with the answer it is about; a quote in a published report stays, as the report does.",
    ),
    Retention(
        table="fieldwork.incident",
        what="answers that seemed to tell of harm, and what was done with them",
        days=COMPLETED_DAYS,
        why="It goes with the response it is about; until then it can be shown that somebody looked at it.",
    ),
    Retention(
        table="fieldwork.paper_entry",
        what="forms on paper as two people keyed them",
        days=COMPLETED_DAYS,
        why="They go with their response; until then it can be shown what stood on the form.",
    ),
    Retention(
        table="fieldwork.paper_outcome",
        what="where two entries of a form differ, and what went wrong on paper",
        days=COMPLETED_DAYS,
        why="It goes with the response it is about; the published share of errors stays.",
    ),
    Retention(
        table="ballots.register",
        what="who voted on which day",
        days=REGISTER_DAYS,
        why="Needed to weight and check the count; 30 days after it the list has no use any more.",
    ),
    Retention(
        table="ballots.box",
        what="sealed ballots",
        days=0,
        why="The count takes them out in the transaction that stores the result; the key is then destroyed.",
    ),
    Retention(
        table="ballots.ballot",
        what="the ballot paper and the published count",
        days=None,
        why="Part of the public record; holds nothing about a person.",
    ),
    Retention(
        table="fieldwork.application",
        what="descriptions of AI applications",
        days=None,
        why="Part of the public record; an organisation's text.",
    ),
    Retention(
        table="fieldwork.application_series",
        what="latest version number of each application",
        days=None,
        why="A counter.",
    ),
    Retention(
        table="fieldwork.questionnaire",
        what="questions of each audit",
        days=None,
        why="Part of the public record; holds no answers.",
    ),
    Retention(
        table="fieldwork.arm_block",
        what="how many people each order of questions was given to",
        days=None,
        why="A counter per audit and stratum.",
    ),
    Retention(
        table="fieldwork.quota",
        what="how many people each quota of a questionnaire counts",
        days=None,
        why="A counter per quota.",
    ),
    Retention(
        table="fieldwork.quota_place",
        what="which response counts for which quota",
        days=COMPLETED_DAYS,
        why="It goes with the response it is about; the counters stay.",
    ),
)


async def purge(conn: Connection, *, now: datetime) -> list[Purged]:
    """Delete what is past its date (worker role); safe to repeat.

    Returns:
        Per table what was deleted, what stays and how old the oldest of that is, all in the caller's transaction.
    """
    gone = await store.delete_responses(conn, before=now - timedelta(days=COMPLETED_DAYS), completed=True)
    gone += await store.delete_responses(conn, before=now - timedelta(days=UNFINISHED_DAYS), completed=False)
    answers = await store.delete_answers(conn)
    times = await store.delete_page_times(conn)
    recodings = await store.delete_recodings(conn)
    incidents = await store.delete_incidents(conn)
    places = await store.delete_places(conn)
    entries = await paper.delete_entries(conn)
    outcomes = await paper.delete_outcomes(conn)
    registers = await store.delete_registers(conn, before=(now - timedelta(days=REGISTER_DAYS)).date())
    left = {
        "fieldwork.response": (gone, await store.left_responses(conn)),
        "fieldwork.answer": (answers, await store.left_answers(conn)),
        "fieldwork.page_time": (times, await store.left_page_times(conn)),
        "fieldwork.recoding": (recodings, await store.left_recodings(conn)),
        "fieldwork.incident": (incidents, await store.left_incidents(conn)),
        "fieldwork.quota_place": (places, await store.left_places(conn)),
        "fieldwork.paper_entry": (entries, await paper.left_entries(conn)),
        "fieldwork.paper_outcome": (outcomes, await paper.left_outcomes(conn)),
        "ballots.register": (registers, await store.left_registers(conn)),
    }
    return [
        Purged(table=table, deleted=deleted, kept=stays.kept, oldest=stays.oldest)
        for table, (deleted, stays) in left.items()
    ]
