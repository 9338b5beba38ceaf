"""From a page of the questionnaire to what the reader sees of it. Pure: same page, answers and seed, same view."""

from collections.abc import Mapping, Sequence

from samenspraak.types.base import Localised
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Info,
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Scale,
    VoteItem,
)

from service.pages.texts import Texts
from service.pages.views import (
    Answered,
    ArgumentsView,
    Choice,
    FieldError,
    Group,
    Place,
    QuestionView,
    Section,
)
from surveys import routing
from surveys.models import Respondent

Given = Mapping[str, AnswerValue]
Points = tuple[Localised, ...]
Sent = Mapping[str, Sequence[str]]
"""A form as it was sent, shown again when it has faults."""


class Reader:
    """One respondent looking at the questionnaire: language, seed, stored answers, and a form that came back."""

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
        self.questionnaire = questionnaire
        self.texts = texts
        self.who = who
        self.answers = answers
        self.sent = sent
        self.errors = {_field(fault.pointer): fault.detail for fault in reversed(faults)}

    def groups(self, page: Page) -> tuple[Group, ...]:
        """The questions of a page; neighbours with the same introduction share it."""
        groups: list[Group] = []
        for question in page.questions:
            stem = self.texts.of(question.stem) if question.stem else ""
            view = self.view(question)
            if groups and groups[-1].stem == stem:
                last = groups[-1]
                groups[-1] = Group(id=last.id, stem=stem, questions=(*last.questions, view))
            else:
                groups.append(Group(id=f"stem-{question.key}", stem=stem, questions=(view,)))
        return tuple(groups)

    def summary(self, groups: Sequence[Group]) -> tuple[FieldError, ...]:
        """Every fault of the page, in page order, each leading to its field."""
        return tuple(
            FieldError(field=question.first_field, text=question.error)
            for group in groups
            for question in group.questions
            if question.error
        )

    def view(self, question: AnyQuestion) -> QuestionView:
        """One question in the form its kind asks for."""
        of = self.texts.of
        hint, error = self._hint(question), self.errors.get(question.key, "")
        text = of(question.text)
        if isinstance(question, Info):
            sections = tuple(Section(heading=of(s.heading), text=of(s.text)) for s in question.sections)
            return QuestionView(key=question.key, kind="reading", text=text, sections=sections)
        if isinstance(question, Knowledge) and self.answers.get(question.key) is not None:
            label = self.answer_text(question)
            return QuestionView(key=question.key, kind="settled", text=text, value=label)
        if isinstance(question, Numeric):
            return QuestionView(
                key=question.key, kind="number", text=text, hint=hint, error=error, value=self._typed(question.key)
            )
        if isinstance(question, Open):
            return QuestionView(
                key=question.key,
                kind="text",
                text=text,
                hint=hint,
                error=error,
                value=self._typed(question.key),
                maximum=question.max_chars,
            )
        if isinstance(question, Ranking):
            return QuestionView(
                key=question.key, kind="ranks", text=text, hint=hint, error=error, places=self._places(question)
            )
        return QuestionView(
            key=question.key,
            kind="checks" if isinstance(question, Multi) else "scale" if isinstance(question, Scale) else "radios",
            text=text,
            hint=hint,
            error=error,
            choices=self._choices(question),
            arguments=self._arguments(question) if isinstance(question, VoteItem) else (),
        )

    def answer_text(self, question: AnyQuestion) -> str:
        """A stored answer in words; empty when there is none."""
        value = self.answers.get(question.key)
        if value is None or value == "" or value == []:
            return ""
        if isinstance(question, Numeric | Open):
            return str(value)
        labels = {option.code: self.texts.of(option.label) for option in self._options(question)}
        codes = value if isinstance(value, list) else [value]
        words = [labels.get(code, "") for code in codes if isinstance(code, int)]
        if isinstance(question, Ranking):
            return " – ".join(f"{place}. {word}" for place, word in enumerate(words, 1))
        return "; ".join(words)

    def right_answers(self, page: Page, wrong: Sequence[str]) -> tuple[QuestionView, ...]:
        """For the feedback page: what was answered (`hint`), what is right (`value`), and the sentence that says so."""
        return tuple(
            QuestionView(
                key=question.key,
                kind="settled",
                text=self.texts.of(question.text),
                hint=self.answer_text(question),
                value=next(self.texts.of(o.label) for o in question.options if o.code == question.correct),
                explanation=self.texts.of(question.explain),
            )
            for question in page.questions
            if isinstance(question, Knowledge) and question.key in wrong
        )

    def reviewed(self, page: Page, change: str) -> tuple[Answered, ...]:
        """The answers of one page, in words; comprehension answers can be read but not changed."""
        return tuple(
            Answered(
                question=self.texts.of(question.text),
                answer=self.answer_text(question) or self.texts("review.none"),
                change="" if isinstance(question, Knowledge) else change,
            )
            for question in page.questions
            if not isinstance(question, Info)
        )

    def _hint(self, question: AnyQuestion) -> str:
        t, parts = self.texts, []
        if question.hint:
            parts.append(t.of(question.hint))
        if isinstance(question, VoteItem):
            parts.append(t("vote_item.consultative"))
        if isinstance(question, Multi):
            parts.append(t("page.multi") if question.maximum is None else t("page.multi_max", maximum=question.maximum))
        if isinstance(question, Numeric):
            parts.append(t("page.number", minimum=question.minimum, maximum=question.maximum))
        if isinstance(question, Open):
            parts.append(t("page.open", maximum=question.max_chars))
        if not question.required and not isinstance(question, Info):
            parts.append(t("page.optional"))
        return " ".join(parts)

    def _options(self, question: AnyQuestion) -> tuple[Option, ...]:
        return routing.options_shown(question, self.who, self.answers, self.questionnaire).options

    def _typed(self, key: str) -> str:
        if self.sent is not None:
            return next(iter(self.sent.get(key, ())), "")
        value = self.answers.get(key)
        return "" if value is None else str(value)

    def _chosen(self, key: str) -> set[str]:
        if self.sent is not None:
            return set(self.sent.get(key, ()))
        value = self.answers.get(key)
        codes = value if isinstance(value, list) else [] if value is None else [value]
        return {str(code) for code in codes}

    def _choices(self, question: AnyQuestion) -> tuple[Choice, ...]:
        chosen, options = self._chosen(question.key), self._options(question)
        apart_from = len(options)
        while apart_from > 0 and (options[apart_from - 1].missing or options[apart_from - 1].exclusive):
            apart_from -= 1
        scaled = isinstance(question, Likert | Scale | Multi)
        return tuple(
            Choice(
                id=f"{question.key}-{option.code}",
                name=question.key,
                value=str(option.code),
                label=self.texts.of(option.label),
                checked=str(option.code) in chosen,
                apart=scaled and number == apart_from and number > 0,
            )
            for number, option in enumerate(options)
        )

    def _places(self, question: Ranking) -> tuple[Place, ...]:
        shown = routing.options_shown(question, self.who, self.answers, self.questionnaire)
        value = self.answers.get(question.key)
        stored = [str(code) for code in value] if isinstance(value, list) else []
        places: list[Place] = []
        for number in range(1, shown.top + 1):
            name = f"{question.key}.{number}"
            if self.sent is not None:
                chosen = next(iter(self.sent.get(name, ())), "")
            else:
                chosen = stored[number - 1] if number <= len(stored) else ""
            choices = tuple(
                Choice(
                    id=f"{question.key}-{number}-{option.code}",
                    name=name,
                    value=str(option.code),
                    label=self.texts.of(option.label),
                    checked=str(option.code) == chosen,
                )
                for option in shown.options
            )
            places.append(
                Place(
                    id=f"{question.key}-{number}",
                    name=name,
                    label=self.texts("ranking.place", n=number),
                    choices=choices,
                )
            )
        return tuple(places)

    def _arguments(self, question: VoteItem) -> tuple[ArgumentsView, ...]:
        return both_sides(routing.arguments_shown(question, self.who), self.texts)


def both_sides(mixed: tuple[Points, Points, bool], texts: Texts) -> tuple[ArgumentsView, ...]:
    """The balanced pair as the routing mixed it for this reader: both sides, and whether `for` comes first."""
    points_for, points_against, for_first = mixed
    pair = (
        ArgumentsView(heading=texts("arguments.for"), points=tuple(map(texts.of, points_for))),
        ArgumentsView(heading=texts("arguments.against"), points=tuple(map(texts.of, points_against))),
    )
    return pair if for_first else pair[::-1]


def heading(page: Page, texts: Texts) -> str:
    """What the page is about, in words a reader knows."""
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


def _field(pointer: str) -> str:
    """The question a fault belongs to: `/CN_TOP.2` and `CN_TOP` both name CN_TOP."""
    return pointer.strip("/").split("/")[0].split(".")[0]
