"""What is wrong with a questionnaire before anybody sees it: findings with a code and a JSON pointer.

An error would break the route, lose an answer or mislead; a warning is for an editor to weigh.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Attention,
    Finding,
    Info,
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Open,
    Option,
    Question,
    Questionnaire,
    Ranking,
    Statement,
    VoteItem,
)

from surveys import readability, routing
from surveys.battery import minutes
from surveys.expressions import reads
from surveys.models import Respondent

MOST_CONCERNS = 8
MOST_LIKERTS = 4
MOST_MINUTES = 12.0
MINUTES_PER_ATTENTION_ITEM = 10.0
WHOLE_LEVEL = 70.0
"""Flesch-Douma wanted over all questions together."""
ITEM_LEVEL = 40.0
"""Under this a single question deserves a look; the formula says little about one sentence."""
LONGEST_SENTENCE = 20
LANGUAGES = ("nl", "en")


class Placed(NamedTuple):
    """A question and where it stands."""

    question: AnyQuestion
    page: str
    block: str
    pointer: str


Rule = Callable[[Questionnaire, Sequence[Placed]], Iterator[Finding]]


def lint(questionnaire: Questionnaire) -> tuple[Finding, ...]:
    """Every finding, errors first, otherwise in the order of the questionnaire."""
    placed = [
        Placed(question, page.key, page.block, f"/pages/{number}/questions/{index}")
        for number, page in enumerate(questionnaire.pages)
        for index, question in enumerate(page.questions)
    ]
    own = _in_variants(questionnaire, placed)
    findings = [finding for rule in RULES for finding in rule(questionnaire, placed)]
    findings += [finding for rule in VARIANT_RULES for finding in rule(questionnaire, own)]
    return tuple(sorted(findings, key=lambda finding: finding.severity != "error"))


def _in_variants(q: Questionnaire, placed: Sequence[Placed]) -> list[Placed]:
    """The questions of every variant, where the ones stand that they replace."""
    at = {one.question.key: one for one in placed}
    return [
        Placed(question, at[question.key].page, at[question.key].block, f"/variants/{number}/questions/{index}")
        for number, variant in enumerate(q.variants)
        for index, question in enumerate(variant.questions)
        if question.key in at
    ]


def _error(code: str, path: str, message: str) -> Finding:
    return Finding(severity="error", code=code, path=path, message=message)


def _warning(code: str, path: str, message: str) -> Finding:
    return Finding(severity="warning", code=code, path=path, message=message)


def _options(question: AnyQuestion) -> tuple[Option, ...]:
    return () if isinstance(question, Statement | Open | Info) else question.options


def _keys(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Keys of pages and questions, and codes of options, occur once; no page is empty."""
    pages: set[str] = set()
    for number, page in enumerate(q.pages):
        if page.key in pages:
            yield _error("duplicate_page", f"/pages/{number}/key", f"There is already a page {page.key}.")
        if not page.questions:
            yield _error("empty_page", f"/pages/{number}", f"Page {page.key} asks nothing.")
        pages.add(page.key)
    questions: set[str] = set()
    for one in placed:
        key = one.question.key
        if key in questions:
            yield _error("duplicate_key", f"{one.pointer}/key", f"There is already a question {key}.")
        questions.add(key)
        codes: set[int] = set()
        for index, option in enumerate(_options(one.question)):
            if option.code in codes:
                message = f"Code {option.code} is used twice in {key}."
                yield _error("duplicate_code", f"{one.pointer}/options/{index}/code", message)
            codes.add(option.code)


def _references(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Conditions and carried-forward answers point at questions asked before, in every arm, and at codes that exist."""
    by_key = {one.question.key: one for one in placed}
    orders = [_places(q, arm.key) for arm in q.arms] or [_places(q, "")]
    for one in placed:
        for source, where in _sources(one):
            target = by_key.get(source)
            if target is None:
                yield _error("unknown_question", where, f"{one.question.key} refers to {source}, which is not asked.")
            else:
                yield from _order(one, target, where, orders, q.shuffled_blocks)
        for source, codes in reads(one.question.show_if) if one.question.show_if is not None else ():
            if source in by_key:
                known = {option.code for option in _options(by_key[source].question)}
                for index, code in enumerate(codes):
                    if code not in known:
                        message = f"{source} has no answer with code {code}."
                        yield _error("unknown_code", f"{one.pointer}/show_if/values/{index}", message)


def _sources(one: Placed) -> Iterator[tuple[str, str]]:
    if one.question.show_if is not None:
        for source, _ in reads(one.question.show_if):
            yield source, f"{one.pointer}/show_if"
    if isinstance(one.question, Ranking) and one.question.options_from not in {None, "concerns"}:
        yield str(one.question.options_from), f"{one.pointer}/options_from"


def _places(q: Questionnaire, arm: str) -> dict[str, int]:
    """Page key -> place in this arm. Shuffled blocks keep their places as a whole."""
    return {page.key: place for place, page in enumerate(routing.ordered(q, Respondent(arm=arm)))}


def _order(
    one: Placed, target: Placed, where: str, orders: Sequence[dict[str, int]], shuffled: Sequence[str]
) -> Iterator[Finding]:
    key, source = one.question.key, target.question.key
    if one.page == target.page:
        message = (
            f"{key} depends on {source} on the same page, which cannot work without a script; give it its own page."
        )
        yield _error("same_page_condition", where, message)
        return
    if one.block == target.block and one.block in shuffled:
        message = f"{key} depends on {source}, but the pages of block {one.block} come in random order."
        yield _error("backward_condition", where, message)
        return
    late = [order for order in orders if order[one.page] < order[target.page]]
    if len(late) == len(orders):
        yield _error("forward_reference", where, f"{key} depends on {source}, which is asked later.")
    elif late:
        yield _error("backward_condition", where, f"{key} depends on {source}, which one of the arms asks later.")


def _reachable(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Every page can be reached: some question on it is shown after some answers."""
    shown: set[str] = set()
    for one in placed:
        condition = one.question.show_if
        if condition is None:
            shown.add(one.question.key)
            continue
        for key, codes in reads(condition):
            source = next((other.question for other in placed if other.question.key == key), None)
            known = {option.code for option in _options(source) if not option.ends} if source else set()
            if source is not None and source.key in shown and known.intersection(codes):
                shown.add(one.question.key)
    for number, page in enumerate(q.pages):
        if page.questions and not any(question.key in shown for question in page.questions):
            yield _error("unreachable_page", f"/pages/{number}", f"No answer leads to page {page.key}.")


def _texts(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Every text is there in every language."""
    for offered in q.languages:
        if offered not in LANGUAGES:
            yield _error("unknown_language", "/languages", f"There are no texts in {offered}.")
    for one in placed:
        for where, text in _localised(one.question):
            for language in LANGUAGES:
                if not getattr(text, language).strip():
                    message = f"{one.question.key} has no text in {language} here."
                    yield _error("missing_language", f"{one.pointer}{where}/{language}", message)


def _localised(question: AnyQuestion) -> Iterator[tuple[str, Localised]]:
    yield "/text", question.text
    if question.stem is not None:
        yield "/stem", question.stem
    if question.hint is not None:
        yield "/hint", question.hint
    for index, option in enumerate(_options(question)):
        yield f"/options/{index}/label", option.label
    if isinstance(question, Knowledge):
        yield "/explain", question.explain
    if isinstance(question, VoteItem):
        for side in ("arguments_for", "arguments_against"):
            for index, argument in enumerate(getattr(question, side)):
                yield f"/{side}/{index}", argument
    if isinstance(question, Info):
        for index, section in enumerate(question.sections):
            yield f"/sections/{index}/heading", section.heading
            yield f"/sections/{index}/text", section.text


def _kinds(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """What each kind of question needs of itself."""
    concerns = {
        one.question.text for one in placed if isinstance(one.question, Likert) and one.question.report == "concern"
    }
    for one in placed:
        question, codes = one.question, {option.code for option in _options(one.question)}
        if isinstance(question, Knowledge):
            if question.correct not in codes:
                yield _error("unknown_code", f"{one.pointer}/correct", "The right answer is not one of the options.")
            if not any(option.missing for option in question.options):
                message = f"{question.key} has no “don't know”, so people have to guess."
                yield _error("no_dont_know", f"{one.pointer}/options", message)
        if isinstance(question, Attention) and question.expected not in codes:
            yield _error("unknown_code", f"{one.pointer}/expected", "The expected answer is not one of the options.")
        if isinstance(question, VoteItem) and len(question.arguments_for) != len(question.arguments_against):
            yield _error("unbalanced", one.pointer, "There are not as many arguments for as against.")
        if isinstance(question, Multi) and question.maximum is not None and question.maximum < max(1, question.minimum):
            yield _error("impossible", f"{one.pointer}/maximum", "Nobody can choose that few.")
        if isinstance(question, Numeric) and question.minimum > question.maximum:
            yield _error("impossible", f"{one.pointer}/minimum", "No number fits.")
        if isinstance(question, Ranking) and question.options_from == "concerns":
            for index, option in enumerate(question.options):
                if option.label not in concerns:
                    message = "No concern item has this text, so this option can never be carried forward."
                    yield _error("unknown_question", f"{one.pointer}/options/{index}", message)


def _arms(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Arms and shuffled blocks name blocks that exist, and every arm asks the same."""
    blocks = {page.block for page in q.pages}
    for number, arm in enumerate(q.arms):
        for index, block in enumerate(arm.block_order):
            if arm.block_order.index(block) != index:
                yield _error("duplicate_block", f"/arms/{number}/block_order/{index}", f"Block {block} is named twice.")
        if set(arm.block_order) != set(q.arms[0].block_order):
            yield _error("arms_differ", f"/arms/{number}/block_order", "The arms do not order the same blocks.")
    for index, block in enumerate(q.shuffled_blocks):
        if block not in blocks:
            yield _warning("unknown_block", f"/shuffled_blocks/{index}", f"There is no block {block}.")


def _burden(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Not too much on one page, not too long in all."""
    for number, page in enumerate(q.pages):
        likerts = [question for question in page.questions if isinstance(question, Likert)]
        concerns = [question for question in likerts if question.report == "concern"]
        if len(concerns) > MOST_CONCERNS:
            message = f"Page {page.key} asks {len(concerns)} concerns; at most {MOST_CONCERNS} fit on one page."
            yield _error("too_many_concerns", f"/pages/{number}", message)
        elif len(likerts) > MOST_LIKERTS:
            message = f"Page {page.key} has {len(likerts)} scales in a row; people may tick down the column."
            yield _warning("long_grid", f"/pages/{number}", message)
    expected = minutes(q.pages)
    if abs(expected - q.estimated_minutes) > 0.1:
        message = f"The questions add up to {expected} minutes, not {q.estimated_minutes}."
        yield _warning("estimated_minutes", "/estimated_minutes", message)
    if expected > MOST_MINUTES:
        message = f"Answering takes about {expected} minutes; above {MOST_MINUTES:.0f} more people break off."
        yield _warning("too_long", "/estimated_minutes", message)
    attention = sum(isinstance(one.question, Attention) for one in placed)
    if attention > 1 and attention > expected / MINUTES_PER_ATTENTION_ITEM:
        yield _warning(
            "many_attention_items", "/pages", f"{attention} attention items in {expected} minutes annoy people."
        )


def _level(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Reading level of the Dutch questions: together, and one by one where a question stands out."""
    asked = [one for one in placed if not isinstance(one.question, Info)]
    together = readability.flesch_douma("\n".join(one.question.text.nl for one in asked))
    if asked and together < WHOLE_LEVEL:
        message = f"All questions together score {together:.0f} on Flesch-Douma; {WHOLE_LEVEL:.0f} is wanted."
        yield _warning("reading_level", "/pages", message)
    for one in asked:
        score = readability.flesch_douma(one.question.text.nl)
        if score < ITEM_LEVEL:
            yield _warning("item_reading_level", f"{one.pointer}/text/nl", f"{one.question.key} scores {score:.0f}.")
        for sentence in readability.sentences(one.question.text.nl):
            if len(sentence.split()) > LONGEST_SENTENCE:
                yield _warning("long_sentence", f"{one.pointer}/text/nl", f"{one.question.key} has a long sentence.")


def _status(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Draft items on real people need a named decision at approval."""
    draft = sum(_is_draft(one.question) for one in placed)
    if draft:
        message = f"{draft} questions are drafts: not cognitively tested, piloted or validated."
        yield _warning("draft_items", "/pages", message)


def _is_draft(question: Question) -> bool:
    return question.status == "draft" and not isinstance(question, Info)


def _variants(q: Questionnaire, placed: Sequence[Placed]) -> Iterator[Finding]:
    """Variants differ in name, are drawn as often as each other, and only replace what is asked anyhow."""
    asked = {question.key: question for page in q.pages for question in page.questions}
    keys = [variant.key for variant in q.variants]
    for number, variant in enumerate(q.variants):
        if keys.index(variant.key) != number:
            yield _error("duplicate_key", f"/variants/{number}/key", f"There is already a variant {variant.key}.")
        if not any(arm.variant == variant.key for arm in q.arms):
            yield _error("variant_without_arm", f"/variants/{number}", f"Nobody would get variant {variant.key}.")
        for index, question in enumerate(variant.questions):
            where, other = f"/variants/{number}/questions/{index}", asked.get(question.key)
            if other is None:
                yield _error("unknown_question", f"{where}/key", f"There is no question {question.key} to replace.")
            elif type(other) is not type(question):
                yield _error("kind_differs", where, f"{question.key} is of another kind than the one it replaces.")
    for number, arm in enumerate(q.arms):
        if arm.variant not in (keys or [""]):
            yield _error("unknown_variant", f"/arms/{number}/variant", f"There is no variant {arm.variant!r}.")


RULES: tuple[Rule, ...] = (_keys, _references, _reachable, _texts, _kinds, _arms, _variants, _burden, _level, _status)
VARIANT_RULES: tuple[Rule, ...] = (_texts, _kinds)
"""What is asked of the questions of a variant by themselves."""
