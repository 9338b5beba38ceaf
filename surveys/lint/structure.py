"""Keys, codes, arms, variants, easy form and quotas fit together; every kind of question has what it needs."""

from collections.abc import Iterator, Sequence

from samenspraak.types.questionnaire import (
    AnyQuestion,
    Attention,
    Consent,
    Finding,
    Info,
    Knowledge,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Single,
    Slider,
    Statement,
    VoteItem,
)

from surveys.lint.view import Placed, View, codes, error, is_number, options, warning


def keys(v: View) -> Iterator[Finding]:
    """Keys of pages and questions occur once; no page is empty."""
    pages: set[str] = set()
    for number, page in enumerate(v.q.pages):
        if page.key in pages:
            yield error("duplicate_page", f"/pages/{number}/key", f"There is already a page {page.key}.")
        if page.key == "end":
            yield error(
                "duplicate_page", f"/pages/{number}/key", "`end` is where jumps leave; name the page otherwise."
            )
        if not page.questions:
            yield error("empty_page", f"/pages/{number}", f"Page {page.key} asks nothing.")
        pages.add(page.key)
    questions: set[str] = set()
    for one in v.placed:
        if one.question.key in questions:
            yield error("duplicate_key", f"{one.pointer}/key", f"There is already a question {one.question.key}.")
        questions.add(one.question.key)


def choices(v: View) -> Iterator[Finding]:
    """Codes of options and keys of rows occur once; there is something to choose from."""
    for one in (*v.placed, *v.replacing):
        question = one.question
        yield from _twice([option.code for option in options(question)], one, "options", "code")
        if isinstance(question, Matrix):
            yield from _twice([row.key for row in question.rows], one, "rows", "key")
            if not question.rows:
                yield error("no_rows", f"{one.pointer}/rows", f"{question.key} has no rows.")
        yield from _ignored(one)
        if is_number(question) or isinstance(question, Open | Info | Statement):
            continue
        offered = len(options(question))
        if offered == 0:
            yield error("no_options", f"{one.pointer}/options", f"{question.key} has no options.")
        elif offered == 1:
            message = f"{question.key} has one option, so there is nothing to choose."
            yield error("one_option", f"{one.pointer}/options", message)


def _ignored(one: Placed) -> Iterator[Finding]:
    """What only some kinds of question act upon."""
    for index, option in enumerate(options(one.question)):
        where = f"{one.pointer}/options/{index}"
        if option.write_in and not isinstance(one.question, Single | Multi):
            message = "Only a single or multiple choice takes what people write beside an option."
            yield error("write_in_ignored", f"{where}/write_in", message)
        if option.ends and not isinstance(one.question, Consent | Single):
            message = "Only a consent question or a single choice can end the questionnaire."
            yield error("ends_ignored", f"{where}/ends", message)


def _twice(given: Sequence[int | str], one: Placed, place: str, what: str) -> Iterator[Finding]:
    seen: set[int | str] = set()
    for index, value in enumerate(given):
        if value in seen:
            message = f"{what.capitalize()} {value} is used twice in {one.question.key}."
            yield error(f"duplicate_{what}", f"{one.pointer}/{place}/{index}/{what}", message)
        seen.add(value)


def kinds(v: View) -> Iterator[Finding]:
    """What each kind of question needs of itself."""
    for one in (*v.placed, *v.replacing):
        yield from _keyed(one.question, one.pointer)
        yield from _possible(one.question, one.pointer)
        if isinstance(one.question, Numeric | Slider):
            yield from _line(one.question, one.pointer)
        if isinstance(one.question, MaxDiff):
            yield from _sets(one.question, one.pointer)


def _keyed(question: AnyQuestion, at: str) -> Iterator[Finding]:
    if isinstance(question, Knowledge):
        if question.correct not in codes(question):
            yield error("unknown_code", f"{at}/correct", "The right answer is not one of the options.")
        if not any(option.missing for option in question.options):
            message = f"{question.key} has no “don't know”, so people have to guess."
            yield error("no_dont_know", f"{at}/options", message)
    if isinstance(question, Attention) and question.expected not in codes(question):
        yield error("unknown_code", f"{at}/expected", "The expected answer is not one of the options.")


def _possible(question: AnyQuestion, at: str) -> Iterator[Finding]:
    if isinstance(question, VoteItem) and len(question.arguments_for) != len(question.arguments_against):
        yield error("unbalanced", at, "There are not as many arguments for as against.")
    if isinstance(question, Multi):
        if question.maximum is not None and question.maximum < max(1, question.minimum):
            yield error("impossible", f"{at}/maximum", "Nobody can choose that few.")
        if question.minimum > len(question.options):
            yield error("impossible", f"{at}/minimum", "Nobody can choose that many.")


def _line(question: Numeric | Slider, at: str) -> Iterator[Finding]:
    """Some number fits, and the codes beside the line are not on it."""
    if question.minimum > question.maximum or (isinstance(question, Slider) and question.minimum == question.maximum):
        yield error("impossible", f"{at}/minimum", "No number fits.")
    elif isinstance(question, Slider) and (question.maximum - question.minimum) % question.step:
        message = f"Steps of {question.step} from {question.minimum} do not reach {question.maximum}."
        yield error("step_misses_end", f"{at}/step", message)
    for index, option in enumerate(question.options):
        if question.minimum <= option.code <= question.maximum:
            message = f"Code {option.code} is a number that can be answered too; take one outside the range."
            yield error("code_in_range", f"{at}/options/{index}/code", message)


def _sets(question: MaxDiff, at: str) -> Iterator[Finding]:
    items = len(question.options)
    if question.set_size > items:
        yield error("impossible", f"{at}/set_size", f"A set of {question.set_size} cannot be made of {items} items.")
    elif question.set_size * question.sets < items:
        message = f"{question.sets} sets of {question.set_size} do not show each of the {items} items once."
        yield warning("items_not_shown", f"{at}/sets", message)


def arms(v: View) -> Iterator[Finding]:
    """Arms and shuffled blocks name blocks that exist, every arm asks the same, and no two arms are one."""
    blocks = {page.block for page in v.q.pages}
    keys = [arm.key for arm in v.q.arms]
    same = [(arm.block_order, arm.variant) for arm in v.q.arms]
    for number, arm in enumerate(v.q.arms):
        if keys.index(arm.key) != number:
            message = f"There is already an arm {arm.key}, so this one is never shown."
            yield error("duplicate_arm", f"/arms/{number}/key", message)
        elif same.index(same[number]) != number:
            message = f"Arm {arm.key} asks exactly what {keys[same.index(same[number])]} asks."
            yield warning("same_arm", f"/arms/{number}", message)
        for index, block in enumerate(arm.block_order):
            if arm.block_order.index(block) != index:
                yield error("duplicate_block", f"/arms/{number}/block_order/{index}", f"Block {block} is named twice.")
            elif block not in blocks:
                message = f"There is no block {block}."
                yield warning("unknown_block", f"/arms/{number}/block_order/{index}", message)
        if set(arm.block_order) != set(v.q.arms[0].block_order):
            yield error("arms_differ", f"/arms/{number}/block_order", "The arms do not order the same blocks.")
    for index, block in enumerate(v.q.shuffled_blocks):
        if block not in blocks:
            yield warning("unknown_block", f"/shuffled_blocks/{index}", f"There is no block {block}.")


def variants(v: View) -> Iterator[Finding]:
    """Variants differ in name, are drawn as often as each other, and only replace what is asked anyhow."""
    keys = [variant.key for variant in v.q.variants]
    for number, variant in enumerate(v.q.variants):
        if keys.index(variant.key) != number:
            yield error("duplicate_key", f"/variants/{number}/key", f"There is already a variant {variant.key}.")
        if not any(arm.variant == variant.key for arm in v.q.arms):
            yield error("variant_without_arm", f"/variants/{number}", f"Nobody would get variant {variant.key}.")
        yield from _replaced(v, variant.questions, f"/variants/{number}/questions")
    for number, arm in enumerate(v.q.arms):
        if arm.variant not in (keys or [""]):
            yield error("unknown_variant", f"/arms/{number}/variant", f"There is no variant {arm.variant!r}.")


def _replaced(v: View, questions: Sequence[AnyQuestion], at: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, question in enumerate(questions):
        where, other = f"{at}/{index}", v.by_key.get(question.key)
        if question.key in seen:
            yield error("duplicate_key", f"{where}/key", f"{question.key} is replaced twice.")
        seen.add(question.key)
        if other is None:
            yield error("unknown_question", f"{where}/key", f"There is no question {question.key} to replace.")
        elif type(other.question) is not type(question):
            yield error("kind_differs", where, f"{question.key} is of another kind than the one it replaces.")


def easy(v: View) -> Iterator[Finding]:
    """The easy form asks what exists."""
    if v.q.easy is None:
        return
    asked = set(v.q.easy.asked)
    for index, key in enumerate(v.q.easy.asked):
        if key not in v.by_key:
            yield error("unknown_question", f"/easy/asked/{index}", f"There is no question {key} to ask.")
    yield from _replaced(v, v.q.easy.questions, "/easy/questions")
    for index, question in enumerate(v.q.easy.questions):
        if question.key not in asked:
            message = f"The easy form does not ask {question.key}, so this is never shown."
            yield warning("never_asked", f"/easy/questions/{index}", message)


def quotas(v: View) -> Iterator[Finding]:
    """Quotas differ in name."""
    keys = [quota.key for quota in v.q.quotas]
    for number, quota in enumerate(v.q.quotas):
        if keys.index(quota.key) != number:
            yield error("duplicate_key", f"/quotas/{number}/key", f"There is already a quota {quota.key}.")


RULES = (keys, choices, kinds, arms, variants, easy, quotas)
