"""From a page of the questionnaire to what the reader sees of it. Pure: same page, answers and seed, same view.

One module per family of question kinds; `families` says which family shows which kind.
"""

from service.pages.questions.choices import both_sides
from service.pages.questions.reader import Reader, heading, progress
from service.pages.questions.seen import Given, Sent

__all__ = ["Given", "Reader", "Sent", "both_sides", "heading", "progress"]
