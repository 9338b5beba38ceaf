"""Whether the owner's own questions may be asked: judged when the audit is made, not at review."""

from collections.abc import Sequence

from samenspraak.types.application import Application
from samenspraak.types.questionnaire import AnyQuestion, Form

from service.validation import BodyInvalid
from surveys import battery, own
from surveys.lint import lint


def accept(questions: Sequence[AnyQuestion], *, application: Application, form: Form) -> None:
    """Judge the questions by themselves, and then as part of the questionnaire.

    Raises:
        BodyInvalid: with every fault, each with its pointer into the request.
    """
    if not questions:
        return
    found = own.check(questions, battery.asked_before_own(application, form))
    if not found:
        whole = battery.build(application, form=form, own=questions)
        found = own.faults(whole, lint(whole))
    if found:
        raise BodyInvalid(faults=found)
