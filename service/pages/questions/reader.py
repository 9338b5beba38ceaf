"""A page as one respondent reads it: questions under their introductions, faults, answers in words, and progress."""

from collections.abc import Sequence

from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import AnyQuestion, Info, Knowledge, Page, Questionnaire, VoteItem

from service.pages.marked import joined
from service.pages.questions import families
from service.pages.questions.seen import Given, Seen, Sent
from service.pages.texts import Texts
from service.pages.views import Answered, FieldError, Group, QuestionView
from surveys.models import Respondent


class Reader:
    """One respondent looking at the questionnaire."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        *,
        texts: Texts,
        who: Respondent,
        answers: Given,
        sent: Sent | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        self.texts = texts
        self.seen = Seen(
            questionnaire=questionnaire,
            texts=texts,
            who=who,
            answers=answers,
            sent=sent,
            errors={fault.pointer.strip("/"): fault.detail for fault in reversed(faults)},
        )

    def groups(self, page: Page) -> tuple[Group, ...]:
        """The questions of a page; neighbours with the same introduction share it."""
        groups: list[Group] = []
        for question in page.questions:
            stem = self.seen.of(question.stem) if question.stem else ""
            view = self.view(question)
            if groups and groups[-1].stem == stem:
                last = groups[-1]
                groups[-1] = Group(id=last.id, stem=stem, questions=(*last.questions, view))
            else:
                groups.append(Group(id=f"stem-{question.key}", stem=stem, questions=(view,)))
        return tuple(groups)

    def summary(self, groups: Sequence[Group]) -> tuple[FieldError, ...]:
        """Every fault of the page, in page order, each leading to its field."""
        return tuple(error for group in groups for question in group.questions for error in question.errors)

    def asked(self, page: Page) -> tuple[str, ...]:
        """Questions that were asked for once, now that the page came back, and may be left open."""
        if not self.seen.errors:
            return ()
        return tuple(question.key for question in page.questions if question.required == "soft")

    def view(self, question: AnyQuestion) -> QuestionView:
        """One question in the form its kind asks for."""
        return families.view(question, self.seen)

    def right_answers(self, page: Page, wrong: Sequence[str]) -> tuple[QuestionView, ...]:
        """For the feedback page: what was answered (`hint`), what is right (`value`), and the sentence that says so."""
        return tuple(
            QuestionView(
                key=question.key,
                kind="settled",
                text=self.seen.of(question.text),
                hint=joined("; ", families.lines(question, self.seen)),
                value=next(self.seen.of(o.label) for o in question.options if o.code == question.correct),
                explanation=self.seen.of(question.explain),
            )
            for question in page.questions
            if isinstance(question, Knowledge) and question.key in wrong
        )

    def reviewed(self, page: Page, change: str) -> tuple[Answered, ...]:
        """The answers of one page, in words; comprehension answers can be read but not changed."""
        return tuple(
            Answered(
                question=self.seen.of(question.text),
                answer=families.lines(question, self.seen) or (self.texts("review.none"),),
                change="" if isinstance(question, Knowledge) else change,
            )
            for question in page.questions
            if not isinstance(question, Info)
        )


def heading(page: Page, texts: Texts) -> str:
    """What the page is about: its own title, else the block in words a reader knows."""
    if page.title is not None:
        return texts.of(page.title)
    if any(isinstance(question, VoteItem) for question in page.questions):
        return texts("block.vote")
    name = f"block.{'background' if page.block == 'demographics' else page.block}"
    return texts(name) if texts.has(name) else texts("block.other")


def progress(route: Sequence[Page], at: str, texts: Texts) -> str:
    """Where the reader is, in words: `Vraag 3 van ongeveer 14`. Pages to read have no number."""
    asked = [sum(1 for q in page.questions if not isinstance(q, Info)) for page in route]
    here = next((n for n, page in enumerate(route) if page.key == at), len(route) - 1)
    first, total = sum(asked[:here]) + 1, sum(asked)
    if not asked[here]:
        return texts("progress.reading")
    if asked[here] == 1:
        return texts("progress.one", n=first, total=total)
    return texts("progress.many", n=first, last=first + asked[here] - 1, total=total)
