"""Every page, question, jump and quota can be reached by some answers; conditions that do nothing are named."""

from collections.abc import Iterator, Mapping

from samenspraak.types.questionnaire import Finding, Info, Page, Ranking

from surveys.expressions import reads
from surveys.lint.references import in_condition
from surveys.lint.satisfiable import World, always, never
from surveys.lint.view import Conditional, View, error, warning


def reachable(v: View) -> Iterator[Finding]:
    """Conditions that are never true, and pages that nobody comes to."""
    world, impossible = _settled(v)
    for one in v.conditions:
        # What names something unknown or later was reported as such; that it is never true follows from it.
        if one.pointer in impossible and not any(True for _ in in_condition(v, one)):
            code = "quota_cannot_fill" if one.holder == "quota" else "never_true"
            yield error(code, one.pointer, f"The condition of {one.name} can never be true.")
    yield from _without_effect(v, world)
    reached = set().union(*(_reached(v, order, world, impossible) for order in v.orders))
    for number, page in enumerate(v.q.pages):
        if page.questions and page.key not in reached:
            yield error("unreachable_page", f"/pages/{number}", f"No answer leads to page {page.key}.")


def _settled(v: View) -> tuple[World, frozenset[str]]:
    """What is known of every question, and the pointers of the conditions that are never true.

    In the order of the questionnaire: a question that nobody is asked makes conditions on it impossible in turn.
    """
    arms = tuple(arm.key for arm in v.q.arms) or ("",)
    by_pointer = {one.pointer: one for one in v.conditions}
    silent: set[str] = set()
    impossible: set[str] = set()

    def holds_never(pointer: str) -> bool:
        one = by_pointer.get(pointer)
        if one is not None and never(one.condition, World(v.versions, arms, frozenset(silent))):
            impossible.add(pointer)
        return pointer in impossible

    for number, page in enumerate(v.q.pages):
        closed = holds_never(f"/pages/{number}/show_if")
        for index, question in enumerate(page.questions):
            hidden = holds_never(f"/pages/{number}/questions/{index}/show_if")
            if (hidden and len(v.versions[question.key]) == 1) or closed:
                silent.add(question.key)
        for index in range(len(page.next)):
            holds_never(f"/pages/{number}/next/{index}/when")
    for one in v.conditions:
        if one.holder == "quota" or one.pointer.startswith(("/variants", "/easy")):
            holds_never(one.pointer)
    return World(v.versions, arms, frozenset(silent)), frozenset(impossible)


def _reached(v: View, order: Mapping[str, int], world: World, impossible: frozenset[str]) -> set[str]:
    """Pages that some answers lead to in this order, by all steps that are not certainly impossible."""
    numbers = {page.key: number for number, page in enumerate(v.q.pages)}
    pages = sorted({page.key: page for page in v.q.pages}.values(), key=lambda page: order[page.key])
    shuffled = set(v.q.shuffled_blocks)
    at: set[int] = {0}
    for place, page in enumerate(pages):
        if page.block in shuffled and any(
            other.block == page.block and where in at for where, other in enumerate(pages)
        ):
            at.add(place)
        if place not in at:
            continue
        pointer = f"/pages/{numbers[page.key]}"
        open_ended = True
        if _may_show(page, world, f"{pointer}/show_if" in impossible):
            for index, jump in enumerate(page.next):
                if f"{pointer}/next/{index}/when" in impossible:
                    continue
                aim = len(pages) if jump.to == "end" else order.get(jump.to, -1)
                at.add(aim if aim > place else place + 1)  # an aim that does not lie ahead counts as no jump
                if jump.when is None:
                    open_ended = False
                    break
        if open_ended or not _always_shows(page):
            at.add(place + 1)
    return {
        page.key
        for place, page in enumerate(pages)
        if place in at and _may_show(page, world, f"/pages/{numbers[page.key]}/show_if" in impossible)
    }


def _may_show(page: Page, world: World, closed: bool) -> bool:
    return not closed and any(question.key not in world.silent for question in page.questions)


def _always_shows(page: Page) -> bool:
    return page.show_if is None and any(question.show_if is None for question in page.questions)


def _without_effect(v: View, world: World) -> Iterator[Finding]:
    """Conditions that are true of everybody. Where pages are jumped over answers may be missing, so none is named."""
    if any(page.next for page in v.q.pages):
        return
    for one in v.conditions:
        if one.holder not in ("page", "question") or one.pointer.startswith(("/variants", "/easy")):
            continue
        if _all_answered(v, one) and always(one.condition, world):
            message = f"The condition of {one.name} is true of everybody; leave it out."
            yield warning("always_true", one.pointer, message)


def _all_answered(v: View, one: Conditional) -> bool:
    """Whether everybody has answered whatever the condition reads."""
    closed = {page.key for page in v.q.pages if page.show_if is not None}
    for key, _ in reads(one.condition):
        target = v.by_key.get(key)
        if target is None or target.page in closed or v.q.easy is not None:
            return False
        for version in v.versions[key]:
            if version.required is not True or version.show_if is not None or isinstance(version, Info | Ranking):
                return False
            if getattr(version, "options_from", None) is not None:
                return False
    return True


RULES = (reachable,)
