"""A begun response on its questionnaire: where its pages are and what they show."""

from collections.abc import Sequence

from litestar.response import Response as Answer
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Consent, Knowledge, Page, Questionnaire

from service.pages import questions
from service.pages.questions import Sent
from service.pages.rendering import page
from service.pages.texts import Texts
from service.pages.views import Answered, Choice, FeedbackView, PageView, QuestionView, ReviewView
from service.pages.visits import Visit
from service.store import Connection
from surveys import responses, routing
from surveys.errors import ResponseFinished
from surveys.models import Response, Stored

READ_ALOUD = "read_aloud"


class Walk:
    """One person on the way through the questionnaire; everything but `load` is pure."""

    def __init__(self, visit: Visit, response: Response, questionnaire: Questionnaire, stored: Stored) -> None:
        self.visit = visit
        self.response = response
        self.questionnaire = questionnaire
        self.stored = stored
        self.answers = stored.values
        self.route = routing.route(questionnaire, response.respondent, stored.values)

    @classmethod
    async def load(cls, conn: Connection, visit: Visit) -> "Walk":
        """The walk of this visitor as it is stored.

        Raises:
            ResponseFinished: nothing to walk: not begun, sent, stopped, or the audit or the group takes no answers.
        """
        if visit.standing is not None:
            return cls.of(visit)
        response = visit.response
        if response is None or not visit.under_way:
            raise ResponseFinished
        standing = await responses.standing(conn, audit_id=response.audit_id, respondent_id=response.respondent_id)
        if standing is None:
            raise ResponseFinished
        return cls(visit, standing.response, standing.questionnaire, standing.stored)

    @classmethod
    def of(cls, visit: Visit) -> "Walk":
        """The walk of a visit that was read with its answers.

        Raises:
            ResponseFinished: as `load`.
        """
        standing = visit.standing
        if standing is None or not visit.under_way:
            raise ResponseFinished
        return cls(visit, standing.response, standing.questionnaire, standing.stored)

    def page(self, key: str) -> Page | None:
        """The page with this key, if it is on this person's route."""
        return next((page for page in self.route if page.key == key), None)

    def knows(self, key: str) -> bool:
        """Whether the questionnaire has this page for this person, on the route or not."""
        return any(page.key == key for page in routing.ordered(self.questionnaire, self.response.respondent))

    def shut(self, key: str) -> bool:
        """Whether this page lies behind, in a questionnaire in which nobody goes back."""
        order, last = [page.key for page in self.route], self.response.last_page
        if self.questionnaire.policy.back or key not in order or last not in order:
            return False
        return order.index(key) <= order.index(last) and key != self._gap()

    def _gap(self) -> str | None:
        return routing.unanswered(self.questionnaire, self.response.respondent, self.answers)

    def after(self, key: str | None) -> str:
        """Address of what follows a page: the next page, or the review. None: the first page."""
        following = routing.next_page(self.questionnaire, self.response.respondent, self.answers, after=key)
        return self.visit.to(f"p/{following.key}" if following else "review")

    def resume(self) -> str:
        """Address where a new visit goes on: after the page saved last, or on an earlier one that lacks an answer.

        Leaving with `continue later` saves a page that may be half filled in; then that page comes first.
        """
        gap = self._gap()
        order = [page.key for page in self.route]
        last = self.response.last_page
        if gap in order and last in order and order.index(gap) <= order.index(last):
            return self.visit.to(f"p/{gap}")
        return self.after(last)

    def before(self, key: str | None) -> str:
        """Address of what came before a page; before the first page lies the start, before the review the last page."""
        earlier = routing.previous_page(self.questionnaire, self.response.respondent, self.answers, before=key)
        return self.visit.to(f"p/{earlier.key}" if earlier else "")

    def settled(self, page: Page) -> dict[str, list[str]]:
        """Comprehension answers given before: they stand, whatever a form says now."""
        return {
            question.key: [str(self.answers[question.key])]
            for question in page.questions
            if isinstance(question, Knowledge) and self.answers.get(question.key) is not None
        }

    def wrong(self, page: Page) -> tuple[str, ...]:
        """Comprehension questions of a page whose stored answer is not the right one."""
        return tuple(
            question.key
            for question in page.questions
            if isinstance(question, Knowledge) and self.answers.get(question.key) not in (None, question.correct)
        )

    def unread(self, shown: Page, fields: Sent) -> bool:
        """Whether somebody who fills in for another did not confirm that the text of the consent was read aloud."""
        return self.visit.helped and _asks_consent(shown) and READ_ALOUD not in fields

    def show(
        self,
        shown: Page,
        *,
        fields: Sent | None = None,
        faults: Sequence[Fault] = (),
        message: str = "",
        status: int = 200,
        unread: bool = False,
    ) -> Answer[str]:
        """One page; `fields` and `faults` when it came back, `message` when the reader must know something first."""
        texts, reader = self.visit.texts, self._reader(fields, faults)
        groups = reader.groups(shown)
        heading = questions.heading(shown, texts)
        progress = questions.progress(self.route, shown.key, texts)
        reading = all(question.kind == "reading" for group in groups for question in group.questions)
        helped = self.visit.helped and _asks_consent(shown)
        read_aloud = _read_aloud(texts, missing=unread) if helped else None
        view = PageView(
            action=self.visit.to(f"p/{shown.key}"),
            heading=heading,
            progress=progress,
            revision=self.response.revision,
            groups=groups,
            errors=(*reader.summary(groups), *(read_aloud.errors if read_aloud else ())),
            asked=reader.asked(shown),
            message=message,
            read_aloud=read_aloud,
            back=self.questionnaire.policy.back,
            next_label=texts("page.read" if reading else "action.next"),
        )
        frame = self.visit.frame(f"{heading} – {progress}", failed=bool(view.errors))
        return page("page.html", frame=frame, view=view, status=status)

    def show_feedback(self, shown: Page) -> Answer[str]:
        """What was right after all, with the sentence that says so."""
        texts = self.visit.texts
        progress = questions.progress(self.route, shown.key, texts)
        view = FeedbackView(
            action=self.visit.to(f"p/{shown.key}/feedback"),
            progress=progress,
            back=self.questionnaire.policy.back,
            items=self._reader().right_answers(shown, self.wrong(shown)),
        )
        return page("feedback.html", frame=self.visit.frame(f"{texts('feedback.title')} – {progress}"), view=view)

    def show_review(self) -> Answer[str]:
        """Every answer in words, to look through before sending; without them where the questionnaire shows none."""
        policy = self.questionnaire.policy
        if not policy.review:
            ready = ReviewView(action=self.visit.to("review"), blocks=(), back=policy.back)
            return page("review.html", frame=self.visit.frame(self.visit.texts("review.ready")), view=ready)
        texts, reader = self.visit.texts, self._reader()
        blocks: list[tuple[str, tuple[Answered, ...]]] = []
        for shown in self.route:
            lines = reader.reviewed(shown, self.visit.to(f"p/{shown.key}") if policy.back else "")
            heading = questions.heading(shown, texts)
            if lines and blocks and blocks[-1][0] == heading:
                blocks[-1] = (heading, (*blocks[-1][1], *lines))
            elif lines:
                blocks.append((heading, lines))
        view = ReviewView(action=self.visit.to("review"), blocks=tuple(blocks), back=policy.back)
        return page("review.html", frame=self.visit.frame(texts("review.title")), view=view)

    def _reader(self, fields: Sent | None = None, faults: Sequence[Fault] = ()) -> questions.Reader:
        return questions.Reader(
            self.questionnaire,
            texts=self.visit.texts,
            who=self.response.respondent,
            answers=self.answers,
            sent=fields,
            faults=faults,
        )


def _asks_consent(shown: Page) -> bool:
    return any(isinstance(question, Consent) for question in shown.questions)


def _read_aloud(t: Texts, *, missing: bool) -> QuestionView:
    """What somebody who fills in by telephone confirms beside the consent of the person who speaks."""
    return QuestionView(
        key=READ_ALOUD,
        kind="checks",
        text=t("session.read_title"),
        error=t("session.read_missing") if missing else "",
        choices=(Choice(id=f"{READ_ALOUD}-yes", name=READ_ALOUD, value="yes", label=t("session.read")),),
    )
