"""Every text is there in every language that it is offered in."""

from collections.abc import Iterator
from typing import get_args

from samenspraak.types.base import Language, Localised
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Finding,
    Info,
    Knowledge,
    Matrix,
    MaxDiff,
    Numeric,
    Slider,
    VoteItem,
)

from surveys.lint.view import View, error, options, warning

LANGUAGES: tuple[str, ...] = get_args(Language)
ARABIC = range(0x0600, 0x0700)


def languages(v: View) -> Iterator[Finding]:
    """Languages are known and named once, as reviewed or as not."""
    for place in ("languages", "unreviewed"):
        named = getattr(v.q, place)
        for index, language in enumerate(named):
            where = f"/{place}/{index}"
            if language not in LANGUAGES:
                yield error("unknown_language", where, f"There are no texts in {language}.")
            elif language in named[:index]:
                yield error("language_twice", where, f"{language} is named twice.")
            elif place == "unreviewed" and language in v.q.languages:
                yield error("language_twice", where, f"{language} cannot be both reviewed and not reviewed.")


def complete(v: View) -> Iterator[Finding]:
    """A text that misses in a language that is fielded is an error; in one under way, one warning for all of them."""
    reviewed = [language for language in dict.fromkeys(("nl", *v.q.languages)) if language in LANGUAGES]
    under_way: dict[str, list[str]] = {
        language: [] for language in v.q.unreviewed if language in LANGUAGES and language not in reviewed
    }
    arabic = "ar" in reviewed or "ar" in under_way
    for name, where, text in every_text(v):
        for language in reviewed:
            words = getattr(text, language)
            if not isinstance(words, str) or not words.strip():
                yield error("missing_language", f"{where}/{language}", f"{name} has no text in {language} here.")
        for lacking, places in under_way.items():
            words = getattr(text, lacking)
            if not isinstance(words, str) or not words.strip():
                places.append(f"{where}/{lacking}")
        if arabic and isinstance(text.ar, str) and _other_script(text.ar, text.nl):
            yield warning("not_arabic", f"{where}/ar", f"The Arabic text of {name} has no Arabic letters.")
    for lacking, places in under_way.items():
        if places:
            message = f"{len(places)} texts are not yet translated into {lacking}; the first is here."
            yield warning("missing_language", places[0], message)


def _other_script(arabic: str, dutch: str) -> bool:
    """Names and numbers may stay as they are."""
    has_letters = any(letter.isalpha() for letter in arabic)
    return has_letters and arabic != dutch and not any(ord(letter) in ARABIC for letter in arabic)


def every_text(v: View) -> Iterator[tuple[str, str, Localised]]:
    """What it belongs to, JSON pointer, and the text."""
    for one in (*v.placed, *v.replacing):
        for where, text in localised(one.question):
            yield one.question.key, one.pointer + where, text
    for number, page in enumerate(v.q.pages):
        if page.title is not None:
            yield f"page {page.key}", f"/pages/{number}/title", page.title
    for number, variant in enumerate(v.q.variants):
        yield f"variant {variant.key}", f"/variants/{number}/label", variant.label
    for number, quota in enumerate(v.q.quotas):
        yield f"quota {quota.key}", f"/quotas/{number}/label", quota.label


def localised(question: AnyQuestion) -> Iterator[tuple[str, Localised]]:
    """Every text of a question with its pointer from there."""
    yield "/text", question.text
    if question.stem is not None:
        yield "/stem", question.stem
    if question.hint is not None:
        yield "/hint", question.hint
    for index, option in enumerate(options(question)):
        yield f"/options/{index}/label", option.label
    match question:
        case Knowledge():
            yield "/explain", question.explain
        case VoteItem():
            for index, argument in enumerate(question.arguments_for):
                yield f"/arguments_for/{index}", argument
            for index, argument in enumerate(question.arguments_against):
                yield f"/arguments_against/{index}", argument
        case Info():
            for index, section in enumerate(question.sections):
                yield f"/sections/{index}/heading", section.heading
                yield f"/sections/{index}/text", section.text
        case Matrix():
            for index, row in enumerate(question.rows):
                yield f"/rows/{index}/text", row.text
        case Slider():
            yield "/low", question.low
            yield "/high", question.high
        case MaxDiff():
            yield "/best", question.best
            yield "/worst", question.worst
        case _:
            pass
    if isinstance(question, Slider | Numeric) and question.unit is not None:
        yield "/unit", question.unit


RULES = (languages, complete)
