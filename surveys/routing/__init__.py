"""Which pages and questions one respondent sees, in which order, with which options.

Pure and total: the same questionnaire, arm, seed and answers give the same route on every device, whatever the answers
hold. Order never comes from render time. Random orders sort by SHA-256 over (seed, what is ordered, element), so they
do not depend on a random generator's version and every order is equally likely.

* `order`: pages by arm and seed, the questions of a variant, the easy mode;
* `walk`: from there to the pages that are shown, given the answers so far;
* `options`: what a question offers, with what earlier answers carry forward;
* `designs`: the sets of a best-worst question.
"""

from surveys.expressions import Given
from surveys.routing.designs import sets_shown
from surveys.routing.options import (
    arguments_mixed,
    arguments_shown,
    options_shown,
    rows_shown,
    write_ins,
)
from surveys.routing.order import ordered, question, shuffle
from surveys.routing.walk import (
    following,
    next_page,
    on_route,
    page,
    previous_page,
    progress,
    route,
    stored_on,
    unanswered,
)

__all__ = [
    "Given",
    "arguments_mixed",
    "arguments_shown",
    "following",
    "next_page",
    "on_route",
    "options_shown",
    "ordered",
    "page",
    "previous_page",
    "progress",
    "question",
    "route",
    "rows_shown",
    "sets_shown",
    "shuffle",
    "stored_on",
    "unanswered",
    "write_ins",
]
