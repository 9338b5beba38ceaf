"""Ranking: a select for every place, since dragging shuts people out."""

from samenspraak.types.questionnaire import AnswerValue, Ranking

from service.pages.marked import joined
from service.pages.questions.seen import Seen
from service.pages.views import Choice, Place, QuestionView
from surveys import routing


def view(question: Ranking, seen: Seen) -> QuestionView:
    """As many places as may be ranked, from most important."""
    shown = routing.options_shown(question, seen.who, seen.answers, seen.questionnaire)
    value = seen.answers.get(question.key)
    stored = [str(code) for code in value] if isinstance(value, list) else []
    places: list[Place] = []
    for number in range(1, shown.top + 1):
        name, id = f"{question.key}.{number}", f"{question.key}-{number}"
        chosen = seen.field(name, stored[number - 1] if number <= len(stored) else "")
        choices = tuple(
            Choice(
                id=f"{id}-{option.code}",
                name=name,
                value=str(option.code),
                label=seen.of(option.label),
                checked=str(option.code) == chosen,
            )
            for option in shown.options
        )
        places.append(Place(id=id, name=name, label=seen.texts("ranking.place", n=number), choices=choices))
    return QuestionView(
        key=question.key,
        kind="ranks",
        text=seen.of(question.text),
        hint=seen.hint(question),
        error=seen.error(question.key),
        places=tuple(places),
    )


def words(question: Ranking, value: AnswerValue, seen: Seen) -> tuple[str, ...]:
    """A line for each place."""
    labels = {option.code: seen.of(option.label) for option in question.options}
    ranked = value if isinstance(value, list) else []
    return tuple(joined("", (f"{place}. ", labels.get(code, ""))) for place, code in enumerate(ranked, 1))
