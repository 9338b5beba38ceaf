"""Questions with a list of answers: one, several, a scale, agree or disagree, and the vote with its arguments."""

from collections.abc import Collection

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    Attention,
    Consent,
    Knowledge,
    Likert,
    Multi,
    Option,
    Scale,
    Single,
    Statement,
    VoteItem,
)

from service.pages.marked import joined
from service.pages.questions.seen import Seen
from service.pages.texts import Texts
from service.pages.views import ArgumentsView, Choice, QuestionView, WriteIn
from surveys import routing

Points = tuple[Localised, ...]
Chosen = Single | Likert | Scale | Multi | Knowledge | Consent | Attention | VoteItem
_OPINIONS = ((1, "statement.agree"), (-1, "statement.disagree"), (0, "statement.pass"))


def view(question: Chosen, seen: Seen) -> QuestionView:
    """Radios or checkboxes; an option that may be written in has its text field beside it."""
    options = seen.options(question)
    stored = seen.answers.get(question.key)
    if isinstance(question, Knowledge) and stored is not None:
        return QuestionView(
            key=question.key, kind="settled", text=seen.of(question.text), value=words(question, stored, seen)
        )
    writes = isinstance(question, Single | Multi)
    written = {_written(question.key, option.code) for option in options if writes and option.write_in}
    return QuestionView(
        key=question.key,
        kind="checks" if isinstance(question, Multi) else "scale" if isinstance(question, Scale) else "radios",
        text=seen.of(question.text),
        hint=seen.hint(question, *_told(question, seen.texts)),
        error=seen.error(question.key, written),
        choices=choices(
            question.key,
            question.key,
            options,
            codes(stored),
            seen,
            apart=isinstance(question, Likert | Scale | Multi),
            writes=writes,
        ),
        arguments=_arguments(question, seen) if isinstance(question, VoteItem) else (),
    )


def words(question: Chosen, value: AnswerValue, seen: Seen) -> str:
    """The labels that were chosen, each with what was written in."""
    return joined(
        "; ", [_word(question.key, option, seen) for option in seen.options(question) if option.code in ints(value)]
    )


def statement(question: Statement, seen: Seen) -> QuestionView:
    """A short opinion with three answers."""
    ticked = seen.ticked(question.key, codes(seen.answers.get(question.key)))
    return QuestionView(
        key=question.key,
        kind="statement",
        text=seen.of(question.text),
        hint=seen.hint(question),
        error=seen.error(question.key),
        choices=tuple(
            Choice(
                id=f"{question.key}-{code}",
                name=question.key,
                value=str(code),
                label=seen.texts(message),
                checked=str(code) in ticked,
            )
            for code, message in _OPINIONS
        ),
    )


def opinion(_question: Statement, value: AnswerValue, seen: Seen) -> str:
    """Agree, disagree or pass, in words."""
    return next((seen.texts(message) for code, message in _OPINIONS if code == value), "")


def choices(
    id: str,
    name: str,
    options: tuple[Option, ...],
    stored: Collection[str],
    seen: Seen,
    *,
    apart: bool = False,
    writes: bool = False,
) -> tuple[Choice, ...]:
    """The options as controls of one name.

    Args:
        id: beginning of every id.
        apart: whether don't know and the like, which come last, stand apart from the list.
        writes: whether options that ask for it have a text field beside them.
    """
    ticked = seen.ticked(name, stored)
    first_apart = len(options)
    while first_apart > 0 and (options[first_apart - 1].missing or options[first_apart - 1].exclusive):
        first_apart -= 1
    return tuple(
        Choice(
            id=f"{id}-{option.code}",
            name=name,
            value=str(option.code),
            label=seen.of(option.label),
            checked=str(option.code) in ticked,
            apart=apart and number == first_apart and number > 0,
            write=_write(name, option, seen) if writes and option.write_in else None,
        )
        for number, option in enumerate(options)
    )


def codes(value: AnswerValue) -> set[str]:
    """A stored choice as the values of its controls."""
    return {str(code) for code in ints(value)}


def ints(value: AnswerValue) -> list[int]:
    """A stored choice as codes."""
    given = value if isinstance(value, list) else [value]
    return [code for code in given if isinstance(code, int)]


def both_sides(mixed: tuple[Points, Points, bool], texts: Texts) -> tuple[ArgumentsView, ...]:
    """The balanced pair as the routing mixed it for this reader: both sides, and whether `for` comes first."""
    points_for, points_against, for_first = mixed
    pair = (
        ArgumentsView(heading=texts("arguments.for"), points=tuple(map(texts.of, points_for))),
        ArgumentsView(heading=texts("arguments.against"), points=tuple(map(texts.of, points_against))),
    )
    return pair if for_first else pair[::-1]


def _arguments(question: VoteItem, seen: Seen) -> tuple[ArgumentsView, ...]:
    return both_sides(routing.arguments_shown(question, seen.who), seen.texts)


def _told(question: Chosen, t: Texts) -> list[str]:
    """What the kind says to everybody who answers it."""
    if isinstance(question, VoteItem):
        return [t("vote_item.consultative")]
    if not isinstance(question, Multi):
        return []
    told = [t("page.multi") if question.maximum is None else t("page.multi_max", maximum=question.maximum)]
    return told if question.minimum < 2 else [*told, t("page.multi_min", minimum=question.minimum)]


def _written(key: str, code: int) -> str:
    """Key under which is stored what somebody wrote in."""
    return f"{key}.{code}"


def _write(key: str, option: Option, seen: Seen) -> WriteIn:
    stored = _written(key, option.code)
    text = seen.answers.get(stored)
    return WriteIn(
        id=f"{key}-{option.code}-text",
        name=f"{stored}.text",
        label=seen.texts("write.label", label=seen.of(option.label)),
        value=seen.field(f"{stored}.text", text if isinstance(text, str) else ""),
        error=seen.errors.get(stored, ""),
    )


def _word(key: str, option: Option, seen: Seen) -> str:
    written = seen.answers.get(_written(key, option.code)) if option.write_in else None
    label = seen.of(option.label)
    return joined(": ", (label, str(written))) if written else label
