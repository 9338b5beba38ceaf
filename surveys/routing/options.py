"""What a question offers to one respondent: options, rows and arguments in order, and what is carried forward."""

from collections.abc import Sequence

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Info,
    Knowledge,
    Likert,
    Matrix,
    Multi,
    Open,
    Option,
    Questionnaire,
    Ranking,
    Row,
    Single,
    Statement,
    VoteItem,
)

from surveys.expressions import Given
from surveys.models import OptionsShown, Respondent
from surveys.routing.order import shuffle

WEIGHS = 3
"""A concern is carried forward to the ranking when answered this or higher ..."""
HIGHEST = 5
"""... up to this; codes above are don't know and the like."""


def options_shown(question: AnyQuestion, who: Respondent, answers: Given, questionnaire: Questionnaire) -> OptionsShown:
    """Options in this respondent's order; only those carried forward, where the question takes them from another.

    `top`: how many may be ranked or chosen at most. When options are shuffled, those that are pinned, exclusive or not
    an opinion (don't know) keep their place at the end. Of a matrix: its scale; of a best-worst question: all items; of
    a number: the answers beside it. A question without options gives none.
    """
    if isinstance(question, Open | Info | Statement):
        return OptionsShown(options=(), top=0)
    options = question.options
    if isinstance(question, Ranking):
        options = carried(question, questionnaire, answers)
        return OptionsShown(options=_mixed(options, who.seed, question.key), top=min(question.top, len(options)))
    if isinstance(question, Single | Multi):
        options = carried(question, questionnaire, answers)
    if isinstance(question, Single | Multi | Knowledge) and question.randomise:
        options = _mixed(options, who.seed, question.key)
    most = question.maximum if isinstance(question, Multi) else 1
    return OptionsShown(options=options, top=len(options) if most is None else most)


def rows_shown(question: Matrix, who: Respondent) -> tuple[Row, ...]:
    """Rows of a matrix in this respondent's order."""
    if not question.shuffle_rows:
        return question.rows
    return tuple(shuffle(question.rows, who.seed, f"rows/{question.key}", key=lambda row: row.key))


def write_ins(question: AnyQuestion, value: AnswerValue) -> tuple[Option, ...]:
    """The chosen options of a single or multiple choice beside which people may write what they mean."""
    if not isinstance(question, Single | Multi):
        return ()
    codes = value if isinstance(value, list) else [value]
    return tuple(option for option in question.options if option.write_in and option.code in codes)


def carried(question: Ranking | Single | Multi, q: Questionnaire, answers: Given) -> tuple[Option, ...]:
    """Options that earlier answers leave: chosen ones, or concerns that weigh; none when nothing is left to ask about.

    In a single or multiple choice those that are pinned, exclusive or not an opinion stay beside what is carried. An
    option of the ranking of concerns belongs to the concern item with the same text.
    """
    if question.options_from is None:
        return question.options
    if question.options_from == "concerns":
        weighing = _weighing(q, answers)
        return tuple(option for option in question.options if option.label in weighing)
    codes = _chosen(answers.get(question.options_from))
    if isinstance(question, Ranking):
        return tuple(option for option in question.options if option.code in codes)
    kept = tuple(option for option in question.options if option.code in codes or _fixed(option))
    return kept if any(not _fixed(option) for option in kept) else ()


def arguments_shown(question: VoteItem, who: Respondent) -> tuple[tuple[Localised, ...], tuple[Localised, ...], bool]:
    """Arguments for, arguments against, and whether those for come first; all in a seeded random order."""
    return arguments_mixed(question.arguments_for, question.arguments_against, seed=who.seed, purpose=question.key)


def arguments_mixed(
    in_favour: tuple[Localised, ...], against: tuple[Localised, ...], *, seed: int, purpose: str
) -> tuple[tuple[Localised, ...], tuple[Localised, ...], bool]:
    """The same for any pair of lists of arguments (the secret ballot shows them too, under its own `purpose`)."""
    first = shuffle(("for", "against"), seed, f"side/{purpose}", key=str)[0]
    return (
        tuple(shuffle(in_favour, seed, f"for/{purpose}", key=lambda text: text.nl)),
        tuple(shuffle(against, seed, f"against/{purpose}", key=lambda text: text.nl)),
        first == "for",
    )


def _chosen(value: AnswerValue) -> Sequence[AnswerValue]:
    """Codes of an answer to a choice or ranking; other kinds of answers carry nothing forward."""
    if isinstance(value, list):
        return value
    return (value,) if isinstance(value, int) else ()


def _weighing(q: Questionnaire, answers: Given) -> set[Localised]:
    found = set()
    for page in q.pages:
        for question in page.questions:
            if isinstance(question, Likert) and question.report == "concern":
                value = answers.get(question.key)
                if isinstance(value, int) and WEIGHS <= value <= HIGHEST:
                    found.add(question.text)
    return found


def _fixed(option: Option) -> bool:
    return option.pinned or option.exclusive or option.missing


def _mixed(options: tuple[Option, ...], seed: int, purpose: str) -> tuple[Option, ...]:
    """Options in random order, the fixed ones after them in the order of the questionnaire."""
    free = [option for option in options if not _fixed(option)]
    fixed = [option for option in options if _fixed(option)]
    return (*shuffle(free, seed, f"options/{purpose}", key=lambda option: str(option.code)), *fixed)
