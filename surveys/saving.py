"""Saving one page: what was sent is judged first, without the database, and written afterwards.

So one judgement serves a page that is saved alone and pages of many people that are saved in one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import AnswerValue, Consent, Knowledge, Page, Questionnaire

from surveys import routing
from surveys.answers import check_page
from surveys.errors import PageUnknown, ResponseFinished, StaleRevision
from surveys.models import Response, Saved, Stored


class Write(Struct, frozen=True, kw_only=True):
    """What one page changes in a response; nothing when that has moved on from the revision of `held` meanwhile."""

    held: Response
    page: str
    now: datetime
    values: dict[str, AnswerValue]
    """What is stored, by question."""
    after: dict[str, AnswerValue]
    """Every answer as it is then."""
    on_route: tuple[str, ...] | None
    """The keys of all answers that lie on the route then; None: those that lay there before."""
    changes: int
    """Answers that were given before and are others now."""
    back: bool
    faults: tuple[Fault, ...]
    """What was not stored, in a draft."""
    next: str | None
    wrong: tuple[str, ...]
    refuses: bool
    """Consent is refused: then nothing is kept at all."""

    @property
    def seconds(self) -> float:
        """Time since the commit before."""
        return max(0.0, (self.now - self.held.saved_at).total_seconds())

    def saved(self) -> Saved:
        """What saving it did."""
        after = msgspec.structs.replace(
            self.held, revision=self.held.revision + 1, last_page=self.page, saved_at=self.now
        )
        return Saved(response=after, values=self.values, faults=self.faults, next=self.next, wrong=self.wrong)

    def ended(self) -> Saved:
        """What the refusal did."""
        after = msgspec.structs.replace(self.held, state="declined", revision=self.held.revision + 1, saved_at=self.now)
        return Saved(response=after, values=self.values, faults=(), next=None, ended=True)


def judge(
    held: Response,
    stored: Stored,
    questionnaire: Questionnaire,
    *,
    page_key: str,
    form: Mapping[str, Sequence[str]],
    revision: int,
    now: datetime,
    draft: bool = False,
    back: bool = False,
    route: Sequence[Page] | None = None,
) -> Saved | Write:
    """What must be written for this page, or the answer when nothing is: it has faults, or was saved before.

    Args:
        held, stored: the response and its answers, of one moment.
        back: the person goes to the page before; counted only.
        route: the pages of this person with these answers, where they are known already.

    Raises:
        StaleRevision, ResponseFinished, PageUnknown: as `responses.save_page`.
    """
    if held.state != "in_progress":
        raise ResponseFinished(details={"state": held.state})
    who, before = held.respondent, stored.values
    walked = routing.route(questionnaire, who, before) if route is None else route
    page = next((one for one in walked if one.key == page_key), None)
    if page is None:
        raise PageUnknown(details={"page": page_key})
    checked = check_page(questionnaire, page, who, form=form, answers=before, lang=held.language, draft=draft)
    values = {**checked.values, **_standing(page, before)}
    if revision != held.revision:
        if not checked.faults and _sent_twice(held, page_key, revision, values, before):
            return _as_saved(held, questionnaire, walked, page, before)
        raise StaleRevision(details={"revision": held.revision, "page": held.last_page})
    if checked.faults and not draft:
        return Saved(response=held, values=checked.values, faults=checked.faults, next=None)
    after = {**before, **values}
    walked = routing.route(questionnaire, who, after)
    on_route = routing.stored_on(walked, after)
    moved = (after.keys() - on_route) != (stored.off_route - values.keys())
    following = routing.following(questionnaire, who, walked, after=page_key)
    return Write(
        held=held,
        page=page_key,
        now=now,
        values=values,
        after=after,
        on_route=tuple(sorted(on_route)) if moved else None,
        changes=sum(before.get(key) is not None and before[key] != value for key, value in values.items()),
        back=back,
        faults=checked.faults,
        next=following.key if following else None,
        wrong=_wrong(page, before, after),
        refuses=not draft and _refuses(page, after),
    )


def _standing(page: Page, before: Mapping[str, AnswerValue]) -> dict[str, AnswerValue]:
    """Comprehension answers that were given before and stay."""
    keys = [question.key for question in page.questions if isinstance(question, Knowledge)]
    return {key: before[key] for key in keys if before.get(key) is not None}


def _sent_twice(
    held: Response,
    page: str,
    revision: int,
    values: Mapping[str, AnswerValue],
    before: Mapping[str, AnswerValue],
) -> bool:
    """Whether this is the page that was saved last, sent again with the same answers (a double click, a reload)."""
    same = all(key in before and before[key] == value for key, value in values.items())
    return held.last_page == page and held.revision == revision + 1 and same


def _as_saved(
    held: Response, questionnaire: Questionnaire, walked: Sequence[Page], page: Page, before: Mapping[str, AnswerValue]
) -> Saved:
    """The answer to a page that was saved before; what was wrong about it is told again."""
    following = routing.following(questionnaire, held.respondent, walked, after=page.key)
    values = {question.key: before[question.key] for question in page.questions if question.key in before}
    return Saved(
        response=held,
        values=values,
        faults=(),
        next=following.key if following else None,
        wrong=_wrong(page, {}, before),
    )


def _wrong(page: Page, before: Mapping[str, AnswerValue], after: Mapping[str, AnswerValue]) -> tuple[str, ...]:
    """Comprehension questions that are answered for the first time, and not rightly."""
    return tuple(
        question.key
        for question in page.questions
        if isinstance(question, Knowledge)
        and before.get(question.key) is None
        and after.get(question.key) not in (None, question.correct)
    )


def _refuses(page: Page, answers: Mapping[str, AnswerValue]) -> bool:
    return any(
        option.ends and answers.get(question.key) == option.code
        for question in page.questions
        if isinstance(question, Consent)
        for option in question.options
    )
