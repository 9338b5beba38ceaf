"""Several groups of radios under one question: the rows of a matrix, the sets of best and worst."""

from samenspraak.types.questionnaire import AnswerValue, Matrix, MaxDiff, Option

from service.pages.marked import joined
from service.pages.questions.choices import choices, codes
from service.pages.questions.seen import Seen
from service.pages.views import Part, QuestionView
from surveys import routing


def matrix(question: Matrix, seen: Seen) -> QuestionView:
    """One group of radios for each row; never a table, which would be too wide for a telephone."""
    options = seen.options(question)
    parts = tuple(
        _part(question.key, row.key, seen.of(row.text), options, seen) for row in routing.rows_shown(question, seen.who)
    )
    return _whole(question, parts, seen)


def matrix_words(question: Matrix, value: AnswerValue, seen: Seen) -> tuple[str, ...]:
    """A line for each row that was answered."""
    given = value if isinstance(value, dict) else {}
    labels = {option.code: seen.of(option.label) for option in question.options}
    rows = routing.rows_shown(question, seen.who)
    return tuple(joined(" – ", (seen.of(row.text), labels.get(given[row.key], ""))) for row in rows if row.key in given)


def maxdiff(question: MaxDiff, seen: Seen) -> QuestionView:
    """For each set two groups of radios: what matters most, and what matters least."""
    sets = routing.sets_shown(question, seen.who)
    parts: list[Part] = []
    for number, items in enumerate(sets, 1):
        heading = seen.texts("maxdiff.set", n=number, total=len(sets))
        parts.append(_part(question.key, f"{number}.best", seen.of(question.best), items, seen, heading))
        parts.append(_part(question.key, f"{number}.worst", seen.of(question.worst), items, seen))
    return _whole(question, tuple(parts), seen, seen.texts("maxdiff.hint"))


def maxdiff_words(question: MaxDiff, value: AnswerValue, seen: Seen) -> tuple[str, ...]:
    """A line for each choice, set by set."""
    given = value if isinstance(value, dict) else {}
    labels = {option.code: seen.of(option.label) for option in question.options}
    sides = (("best", seen.of(question.best)), ("worst", seen.of(question.worst)))
    return tuple(
        joined("", (f"{number}. ", asked, " – ", labels.get(given[f"{number}.{side}"], "")))
        for number in range(1, question.sets + 1)
        for side, asked in sides
        if f"{number}.{side}" in given
    )


def _whole(question: Matrix | MaxDiff, parts: tuple[Part, ...], seen: Seen, *told: str) -> QuestionView:
    return QuestionView(
        key=question.key,
        kind="rows" if isinstance(question, Matrix) else "sets",
        text=seen.of(question.text),
        hint=seen.hint(question, *told),
        error=seen.error(question.key),
        parts=parts,
    )


def _part(key: str, part: str, text: str, options: tuple[Option, ...], seen: Seen, heading: str = "") -> Part:
    name, stored = f"{key}.{part}", seen.answers.get(key)
    chosen = stored.get(part) if isinstance(stored, dict) else None
    id = name.replace(".", "-")
    offered = choices(id, name, options, codes(chosen), seen, apart=True)
    return Part(
        id=id,
        name=name,
        heading=heading,
        text=text,
        choices=offered,
        open=bool(seen.error(key)) and not any(choice.checked for choice in offered),
    )
