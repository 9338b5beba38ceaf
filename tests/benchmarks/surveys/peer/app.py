"""The peer: the same page of answers taken in as one writes it with FastAPI and the ORM of SQLAlchemy on asyncpg.

It does less than the service: no routing by answers, no orders by arm, no quotas, one fixed list of pages. What it
shares with the service is what must be safe: the audit cannot close meanwhile, two tabs wait for each other, a stale
form is refused, and every page is one durable commit. Questionnaires are kept in memory, as the service does.
"""

import hashlib
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSONB, Any: JSONB}


class Audit(Base):
    __tablename__ = "peer_audit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    target: Mapped[int]


class Cell(Base):
    __tablename__ = "peer_cell"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    need: Mapped[int]
    have: Mapped[int]
    pending: Mapped[int]


class Job(Base):
    __tablename__ = "peer_job"
    key: Mapped[str] = mapped_column(primary_key=True)


class Questionnaire(Base):
    __tablename__ = "peer_questionnaire"
    audit_id: Mapped[UUID] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, Any]]


class Invitation(Base):
    __tablename__ = "peer_invitation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    audit_id: Mapped[UUID]
    respondent_id: Mapped[UUID]
    disposition: Mapped[str]
    cell_id: Mapped[UUID]


class Saved(Base):
    __tablename__ = "peer_response"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    audit_id: Mapped[UUID]
    respondent_id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[str]
    revision: Mapped[int]
    last_page: Mapped[str | None]
    saved_at: Mapped[datetime] = mapped_column(type_=None)
    completed_at: Mapped[datetime | None]
    answers: Mapped[list["Answer"]] = relationship()
    times: Mapped[list["PageTime"]] = relationship()


class Answer(Base):
    __tablename__ = "peer_answer"
    response_id: Mapped[UUID] = mapped_column(ForeignKey(Saved.id), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any]
    revision: Mapped[int]


class PageTime(Base):
    __tablename__ = "peer_page_time"
    response_id: Mapped[UUID] = mapped_column(ForeignKey(Saved.id), primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    seconds: Mapped[float]
    commits: Mapped[int]


engine = create_async_engine(os.environ["PEER_DATABASE"], pool_size=16, max_overflow=0)
session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
_kept: dict[UUID, dict[str, Any]] = {}


@app.post("/s/{token}/p/{key}")
async def answer(request: Request, token: str, key: str) -> Response:
    form = await request.form()
    async with session() as db, db.begin():
        token_hash = hashlib.sha256(token.encode()).digest()
        invitation = await db.scalar(select(Invitation).where(Invitation.token_hash == token_hash))
        if invitation is None:
            return Response("unknown link", 404)
        audit = await db.scalar(select(Audit).where(Audit.id == invitation.audit_id).with_for_update(read=True))
        if audit is None or audit.state != "fielding":
            return Response("closed", 409)
        questionnaire = _kept.get(audit.id)
        if questionnaire is None:
            found = await db.get_one(Questionnaire, audit.id)
            questionnaire = _kept[audit.id] = found.definition
        held = await db.scalar(
            select(Saved)
            .where(Saved.audit_id == audit.id, Saved.respondent_id == invitation.respondent_id)
            .options(selectinload(Saved.answers), selectinload(Saved.times))
            .with_for_update()
        )
        if held is None or held.state != "in_progress" or str(held.revision) != form.get("revision"):
            return Response("stale", 409)
        page = next(page for page in questionnaire["pages"] if page["key"] == key)
        given = values(page, form)
        if given is None:
            return Response("not an answer", 422)
        now = datetime.now(UTC).replace(tzinfo=None)
        held.revision += 1
        stored = {one.question: one for one in held.answers}
        for question, value in given.items():
            if question in stored:
                stored[question].value, stored[question].revision = value, held.revision
            else:
                held.answers.append(Answer(question=question, value=value, revision=held.revision))
        timed = next((one for one in held.times if one.page == key), None)
        seconds = (now - held.saved_at).total_seconds()
        if timed is None:
            held.times.append(PageTime(page=key, seconds=seconds, commits=1))
        else:
            timed.seconds, timed.commits = timed.seconds + seconds, timed.commits + 1
        held.last_page, held.saved_at = key, now
    keys = [page["key"] for page in questionnaire["pages"]]
    following = keys.index(key) + 1
    place = f"p/{keys[following]}" if following < len(keys) else "review"
    return RedirectResponse(f"/s/{token}/{place}", 303)


@app.post("/s/{token}/review")
async def send(request: Request, token: str) -> Response:
    await request.form()
    async with session() as db, db.begin():
        token_hash = hashlib.sha256(token.encode()).digest()
        invitation = await db.scalar(select(Invitation).where(Invitation.token_hash == token_hash).with_for_update())
        if invitation is None:
            return Response("unknown link", 404)
        audit = await db.scalar(select(Audit).where(Audit.id == invitation.audit_id).with_for_update(read=True))
        if audit is None or audit.state != "fielding":
            return Response("closed", 409)
        held = await db.scalar(
            select(Saved)
            .where(Saved.audit_id == audit.id, Saved.respondent_id == invitation.respondent_id)
            .options(selectinload(Saved.answers))
            .with_for_update()
        )
        if held is None or held.state == "completed":
            return RedirectResponse(f"/s/{token}/done", 303)
        questionnaire = _kept.get(audit.id)
        if questionnaire is None:
            found = await db.get_one(Questionnaire, audit.id)
            questionnaire = _kept[audit.id] = found.definition
        gap = missing(questionnaire, {one.question for one in held.answers})
        if gap is not None:
            return RedirectResponse(f"/s/{token}/p/{gap}", 303)
        cell = await db.scalar(select(Cell).where(Cell.id == invitation.cell_id).with_for_update())
        if cell is not None:
            cell.have, cell.pending = cell.have + 1, cell.pending - 1
        now = datetime.now(UTC).replace(tzinfo=None)
        held.state, held.completed_at, held.saved_at = "completed", now, now
        held.revision += 1
        invitation.disposition = "completed"
        await db.flush()
        done = await db.scalar(
            select(func.count()).select_from(Saved).where(Saved.audit_id == audit.id, Saved.state == "completed")
        )
        if done is not None and done >= audit.target and await db.get(Job, f"close:{audit.id}") is None:
            db.add(Job(key=f"close:{audit.id}"))
    return RedirectResponse(f"/s/{token}/done", 303)


def missing(questionnaire: dict[str, Any], given: set[str]) -> str | None:
    """Key of the first page with a required question that has no answer; conditions are not looked at."""
    for page in questionnaire["pages"]:
        for question in page["questions"]:
            asked = question["kind"] != "info" and question.get("required", True) is True
            always = not any((question.get("show_if"), page.get("show_if"), question.get("options_from")))
            if asked and always and question["key"] not in given:
                return str(page["key"])
    return None


def values(page: dict[str, Any], form: Any) -> dict[str, Any] | None:
    """The answers of a page, or None when one of them is not offered."""
    given: dict[str, Any] = {}
    for question in page["questions"]:
        offered = {str(option["code"]) for option in question.get("options", ())}
        fields = [text for name, text in form.multi_items() if name.partition(".")[0] == question["key"] and text]
        if question["kind"] == "info" or not fields:
            continue
        if offered and not offered.issuperset(fields):
            return None
        numbers = [int(field) if offered else field for field in fields]
        given[question["key"]] = numbers if len(numbers) > 1 else numbers[0]
    return given
