"""Whether the owner's own questions and quotas can be fielded: judged when the audit is made, not at review."""

from collections.abc import Iterator, Sequence

from samenspraak.types.application import Application
from samenspraak.types.audit import AuditRequest
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Finding, Quota

from service.validation import BodyInvalid
from surveys import battery, own
from surveys.expressions import reads
from surveys.lint import lint

MOST_LABEL = 200
"""Characters of the name of a quota."""


def accept(request: AuditRequest, *, application: Application) -> None:
    """Judge questions and quotas by themselves, and then as part of the questionnaire.

    Raises:
        BodyInvalid: with every fault, each with its pointer into the request.
    """
    questions, quotas = request.own_questions, request.quotas
    if not questions and not quotas:
        return
    faulty = own.check(questions, battery.asked_before_own(application, request.form))
    # Questions with faults make no questionnaire; what can be said of the quotas is said all the same.
    whole = battery.build(application, form=request.form, own=() if faulty else questions, quotas=quotas)
    findings = lint(whole)
    found = faulty or own.faults(whole, findings)
    found = (*found, *_written(quotas), *_unfit(quotas, findings, own_missing=bool(faulty)))
    if found:
        raise BodyInvalid(faults=found)


def _written(quotas: Sequence[Quota]) -> Iterator[Fault]:
    """The name of every quota can be read by staff."""
    for number, quota in enumerate(quotas):
        for language in ("nl", "en"):
            words = getattr(quota.label, language)
            if len(words) > MOST_LABEL:
                detail = f"The name has {len(words)} characters; at most {MOST_LABEL} are allowed."
                yield Fault(pointer=f"/quotas/{number}/label/{language}", code="too_long", detail=detail)


def _unfit(quotas: Sequence[Quota], findings: Sequence[Finding], *, own_missing: bool) -> Iterator[Fault]:
    """Errors of the lint about quotas; while own questions are missing, not those about a quota that looks at one."""
    for number, quota in enumerate(quotas):
        at = f"/quotas/{number}"
        if own_missing and any(question.startswith(own.PREFIX) for question, _ in reads(quota.when)):
            continue
        for finding in findings:
            if finding.severity == "error" and f"{finding.path}/".startswith(f"{at}/"):
                yield Fault(pointer=finding.path, code=finding.code, detail=finding.message)
