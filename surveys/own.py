"""Questions that the owner of an application asks beside the battery.

They are asked after the whole battery but quality and background, one on a page, so that they cannot colour it. They
are drafts. Closed ones have a section of the report of their own, and stand in its tables by group; open ones stand in
the section on open answers, without quotes.
"""

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec
from msgspec import UNSET
from samenspraak.types.base import Localised
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Finding,
    Likert,
    Matrix,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Scale,
    Single,
    Slider,
    Statement,
)

from surveys import translations
from surveys.expressions import reads
from surveys.filling import Filler

BLOCK = "own"
PREFIX = "OWN_"
KINDS = (Single, Multi, Likert, Scale, Slider, Matrix, Ranking, Numeric, Statement, Open)
"""Kinds that have a figure in the report; the others belong to the battery."""
MOST_OPTIONS, MOST_ROWS = 20, 8
FURTHEST = 1_000_000
"""Numbers lie between minus this and this."""
TEXT, LABEL = 400, 200
"""Most characters of a question and of an option."""
SECONDS = (3, 120)
_PIPE = re.compile(r"\{([A-Z][A-Z0-9_]{1,39})\}")

Faults = Iterator[Fault]


def check(questions: Sequence[AnyQuestion], asked: Collection[str]) -> tuple[Fault, ...]:
    """Every fault at once, with pointers into the request.

    Args:
        asked: keys of the questions of the battery that are asked before these.
    """
    known = set(asked)
    found: list[Fault] = []
    keys: set[str] = set()
    for number, question in enumerate(questions):
        at = f"/own_questions/{number}"
        found += _named(question, at, keys)
        if isinstance(question, KINDS):
            found += [*_settled(question, at), *_written(question, at), *_answerable(question, at)]
            found += _after(question, at, known, keys)
        else:
            kinds = ", ".join(sorted(str(kind.__struct_config__.tag) for kind in KINDS))
            detail = f"A question of this kind cannot be asked here; choose from {kinds}."
            found.append(Fault(pointer=f"{at}/kind", code="not_offered", detail=detail))
        keys.add(question.key)
    return tuple(found)


def faults(q: Questionnaire, findings: Sequence[Finding]) -> tuple[Fault, ...]:
    """Errors of the lint about these questions, with pointers into the request."""
    own = {f"/pages/{number}/questions/0": page for number, page in enumerate(q.pages) if page.block == BLOCK}
    places = {pointer: f"/own_questions/{index}" for index, pointer in enumerate(own)}
    found = []
    for finding in findings:
        pointer = next((one for one in places if f"{finding.path}/".startswith(f"{one}/")), None)
        if finding.severity == "error" and pointer is not None:
            place = places[pointer] + finding.path[len(pointer) :]
            found.append(Fault(pointer=place, code=finding.code, detail=finding.message))
    return tuple(found)


def pages(questions: Sequence[AnyQuestion], fill: Filler) -> tuple[Page, ...]:
    """One page per question, headed by who asks."""
    title = fill("Vraag van {ORG}", "Question of {ORG}", translations.text(translations.translations().titles, BLOCK))
    return tuple(
        Page(
            key=f"own_{number}",
            block=BLOCK,
            title=title,
            questions=(msgspec.structs.replace(question, report="own", status="draft"),),
        )
        for number, question in enumerate(questions, 1)
    )


def _named(question: AnyQuestion, at: str, keys: Collection[str]) -> Faults:
    if not question.key.startswith(PREFIX):
        detail = f"Begin the key with {PREFIX}, so that it is never one of the battery's: `{PREFIX}{question.key}`."
        yield Fault(pointer=f"{at}/key", code="prefix", detail=detail[:300])
    if question.key in keys:
        yield Fault(pointer=f"{at}/key", code="duplicate", detail=f"`{question.key}` is used twice; give each its own.")


def _settled(question: AnyQuestion, at: str) -> Faults:
    """What the service decides."""
    if question.report not in ("", "own"):
        detail = "Your own questions are reported apart; leave `report` out."
        yield Fault(pointer=f"{at}/report", code="not_yours", detail=detail)
    if question.status != "draft":
        detail = "How far a question was tested is for staff to judge; leave `status` out."
        yield Fault(pointer=f"{at}/status", code="not_yours", detail=detail)
    if not SECONDS[0] <= question.seconds <= SECONDS[1]:
        detail = f"Give the seconds that answering takes: {SECONDS[0]} to {SECONDS[1]}."
        yield Fault(pointer=f"{at}/seconds", code="out_of_range", detail=detail)
    if isinstance(question, Open):
        if question.format:
            detail = "Where people live is known from the panel and is not asked; leave `format` out."
            yield Fault(pointer=f"{at}/format", code="not_offered", detail=detail)
        if question.quotable:
            detail = "Answers to your own questions leave as a count only; leave `quotable` out."
            yield Fault(pointer=f"{at}/quotable", code="not_offered", detail=detail)
    for place, option in enumerate(options(question)):
        if option.write_in:
            detail = "Answers in own words are not reported per option; ask an open question instead."
            yield Fault(pointer=f"{at}/options/{place}/write_in", code="not_offered", detail=detail)
        if option.ends:
            detail = "Your own questions cannot end the questionnaire; leave `ends` out."
            yield Fault(pointer=f"{at}/options/{place}/ends", code="not_offered", detail=detail)


def _written(question: AnyQuestion, at: str) -> Faults:
    """Every text is there in Dutch and English, and short enough to read."""
    for pointer, text, most in _texts(question):
        for language in Localised.__struct_fields__:
            words = getattr(text, language)
            if words is UNSET:
                continue
            if not words.strip():
                detail = "The text is empty; fill it in."
                yield Fault(pointer=f"{at}{pointer}/{language}", code="blank", detail=detail)
            elif len(words) > most:
                detail = f"The text has {len(words)} characters; at most {most} are allowed."
                yield Fault(pointer=f"{at}{pointer}/{language}", code="too_long", detail=detail)


def _texts(question: AnyQuestion) -> Iterator[tuple[str, Localised, int]]:
    for field in ("text", "stem", "hint"):
        if getattr(question, field) is not None:
            yield f"/{field}", getattr(question, field), TEXT
    for field in ("low", "high", "unit"):
        if getattr(question, field, None) is not None:
            yield f"/{field}", getattr(question, field), LABEL
    for place, option in enumerate(options(question)):
        yield f"/options/{place}/label", option.label, LABEL
    if isinstance(question, Matrix):
        for place, row in enumerate(question.rows):
            yield f"/rows/{place}/text", row.text, LABEL


def options(question: AnyQuestion) -> tuple[Option, ...]:
    """The options of a question; none where its kind has none."""
    found: tuple[Option, ...] = getattr(question, "options", ())
    return found


def _answerable(question: AnyQuestion, at: str) -> Faults:
    """Enough to choose from, no code or row twice, and numbers that some answer fits."""
    given = options(question)
    if isinstance(question, (Single, Multi, Likert, Scale, Matrix, Ranking)):
        substantive = sum(not option.missing for option in given)
        if substantive < 2:
            detail = "Offer at least two answers beside those without an opinion."
            yield Fault(pointer=f"{at}/options", code="too_short", detail=detail)
    if len(given) > MOST_OPTIONS:
        detail = f"There are {len(given)} answers to choose from; at most {MOST_OPTIONS} are allowed."
        yield Fault(pointer=f"{at}/options", code="too_long", detail=detail)
    codes = [option.code for option in given]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            detail = f"Code {code} is used twice; give every answer its own."
            yield Fault(pointer=f"{at}/options/{place}/code", code="duplicate_code", detail=detail)
        if not 0 <= code <= 9999:
            detail = f"Code {code} lies outside 0 to 9999."
            yield Fault(pointer=f"{at}/options/{place}/code", code="out_of_range", detail=detail)
    if isinstance(question, Multi):
        yield from _how_many(question, at)
    if isinstance(question, Ranking) and not 1 <= question.top <= len(given):
        detail = f"`top` is {question.top}; it lies between 1 and the number of answers."
        yield Fault(pointer=f"{at}/top", code="out_of_range", detail=detail)
    if isinstance(question, Matrix):
        yield from _rows(question, at)
    if isinstance(question, (Slider, Numeric)):
        yield from _range(question, at)
    if isinstance(question, Open) and not 1 <= question.max_chars <= 2000:
        detail = "Allow between 1 and 2000 characters."
        yield Fault(pointer=f"{at}/max_chars", code="out_of_range", detail=detail)


def _rows(question: Matrix, at: str) -> Faults:
    if not 1 <= len(question.rows) <= MOST_ROWS:
        detail = f"There are {len(question.rows)} rows; give between 1 and {MOST_ROWS}."
        yield Fault(pointer=f"{at}/rows", code="out_of_range", detail=detail)
    keys = [row.key for row in question.rows]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            detail = f"Row `{key}` stands there twice; give each its own key."
            yield Fault(pointer=f"{at}/rows/{place}/key", code="duplicate", detail=detail)


def _range(question: Slider | Numeric, at: str) -> Faults:
    low, high = question.minimum, question.maximum
    if not -FURTHEST <= low < high <= FURTHEST:
        detail = f"No number fits from {low} to {high}; let `minimum` be the smaller, both at most {FURTHEST:,} from 0."
        yield Fault(pointer=f"{at}/minimum", code="out_of_range", detail=detail)
    if isinstance(question, Slider) and low < high and (high - low) % question.step:
        detail = f"Steps of {question.step} from {low} never reach {high}; choose a step that divides the line."
        yield Fault(pointer=f"{at}/step", code="out_of_range", detail=detail)
    for place, option in enumerate(options(question)):
        if not option.missing:
            detail = "Answers beside a number are for who has none; mark it `missing`."
            yield Fault(pointer=f"{at}/options/{place}/missing", code="not_missing", detail=detail)
        if low <= option.code <= high:
            detail = f"Code {option.code} is also a number that may be filled in; choose one outside {low} to {high}."
            yield Fault(pointer=f"{at}/options/{place}/code", code="out_of_range", detail=detail)


def _how_many(question: Multi, at: str) -> Faults:
    if not 0 <= question.minimum <= len(question.options):
        detail = f"`minimum` is {question.minimum}; it lies between 0 and the number of answers."
        yield Fault(pointer=f"{at}/minimum", code="out_of_range", detail=detail)
    if question.maximum is not None and question.maximum < max(1, question.minimum):
        detail = f"`maximum` is {question.maximum}; nobody can choose that few."
        yield Fault(pointer=f"{at}/maximum", code="out_of_range", detail=detail)


def _after(question: AnyQuestion, at: str, known: Collection[str], earlier: Collection[str]) -> Faults:
    """Only what is asked before may be referred to."""
    before = {*known, *earlier}
    sources = sorted({source for source, _ in reads(question.show_if)}) if question.show_if is not None else []
    for source in sources:
        if source not in before:
            detail = f"`{source}` is not asked before this question; refer to an earlier one."
            yield Fault(pointer=f"{at}/show_if", code="unknown_question", detail=detail)
    carried = getattr(question, "options_from", None)
    if carried is not None and carried not in before:
        detail = f"`{carried}` is not asked before this question; carry forward from an earlier one."
        yield Fault(pointer=f"{at}/options_from", code="unknown_question", detail=detail[:300])
    for pointer, text, _ in _texts(question):
        for language in Localised.__struct_fields__:
            words = getattr(text, language)
            for name in _PIPE.findall(words) if isinstance(words, str) else ():
                if name not in before:
                    detail = f"`{{{name}}}` repeats the answer to a question that is not asked before this one."
                    yield Fault(pointer=f"{at}{pointer}/{language}", code="unknown_question", detail=detail)
