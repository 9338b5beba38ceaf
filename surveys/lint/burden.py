"""Not too much on one page, not too long in all, and only what was tested on real people."""

from collections.abc import Iterator

from samenspraak.types.questionnaire import Attention, Finding, Info, Likert, Matrix

from surveys.battery import minutes
from surveys.lint.view import View, error, warning

MOST_CONCERNS = 8
MOST_LIKERTS = 4
MOST_ROWS = 8
MOST_MINUTES = 12.0
MINUTES_PER_ATTENTION_ITEM = 10.0


def pages(v: View) -> Iterator[Finding]:
    for number, page in enumerate(v.q.pages):
        likerts = [question for question in page.questions if isinstance(question, Likert)]
        concerns = [question for question in likerts if question.report == "concern"]
        if len(concerns) > MOST_CONCERNS:
            message = f"Page {page.key} asks {len(concerns)} concerns; at most {MOST_CONCERNS} fit on one page."
            yield error("too_many_concerns", f"/pages/{number}", message)
        elif len(likerts) > MOST_LIKERTS:
            message = f"Page {page.key} has {len(likerts)} scales in a row; people may tick down the column."
            yield warning("long_grid", f"/pages/{number}", message)
    for one in v.placed:
        if isinstance(one.question, Matrix) and len(one.question.rows) > MOST_ROWS:
            message = (
                f"{one.question.key} has {len(one.question.rows)} rows; at most {MOST_ROWS} are answered with care."
            )
            yield warning("many_rows", f"{one.pointer}/rows", message)


def length(v: View) -> Iterator[Finding]:
    expected = minutes(v.q.pages)
    if abs(expected - v.q.estimated_minutes) > 0.1:
        message = f"The questions add up to {expected} minutes, not {v.q.estimated_minutes}."
        yield warning("estimated_minutes", "/estimated_minutes", message)
    if expected > MOST_MINUTES:
        message = f"Answering takes about {expected} minutes; above {MOST_MINUTES:.0f} more people break off."
        yield warning("too_long", "/estimated_minutes", message)
    attention = sum(isinstance(one.question, Attention) for one in v.placed)
    if attention > 1 and attention > expected / MINUTES_PER_ATTENTION_ITEM:
        message = f"{attention} attention items in {expected} minutes annoy people."
        yield warning("many_attention_items", "/pages", message)


def status(v: View) -> Iterator[Finding]:
    """Draft items on real people need a named decision at approval."""
    draft = sum(one.question.status == "draft" and not isinstance(one.question, Info) for one in v.placed)
    if draft:
        message = f"{draft} questions are drafts: not cognitively tested, piloted or validated."
        yield warning("draft_items", "/pages", message)


RULES = (pages, length, status)
