"""What the life cycle refuses.

ServiceError
|-- AuditUnknown        no such audit, or not of this organisation
|-- TransitionRefused   the audit stands elsewhere, or the role may not do this
|-- GateClosed          review found something that stands in the way of approval
|-- PlanInvalid         a plan with faults, all of them listed
|-- ClosingRuleUnmet    neither the number of completes nor the date is reached
|-- ReportNotReady      nothing that depends on answers is shown before `reported`
|-- NothingToAnswer     an answer to a report that is not there yet
|-- ResponseGiven       the owner has answered; an answer given in public is not replaced
|-- ResponseUnknown     the owner has not answered
|-- CodingClosed        open answers are coded from `fielding` until the analysis begins
`-- TooEarly            publication before the deadline needs the owner's answer
"""

from typing import ClassVar

from service.errors import ServiceError


class AuditUnknown(ServiceError):
    code: ClassVar[str] = "audit_unknown"
    message: ClassVar[str] = "There is no such audit."


class TransitionRefused(ServiceError):
    """`details`: state, event."""

    code: ClassVar[str] = "transition_refused"
    message: ClassVar[str] = "The audit cannot make this step from where it stands."


class GateClosed(ServiceError):
    code: ClassVar[str] = "gate_closed"
    message: ClassVar[str] = "The application does not pass the gate; `errors` lists the reasons."


class PlanInvalid(ServiceError):
    code: ClassVar[str] = "plan_invalid"
    message: ClassVar[str] = "The plan cannot be frozen like this; `errors` lists every fault."


class ClosingRuleUnmet(ServiceError):
    """`details`: completes, completes_needed, closes_at."""

    code: ClassVar[str] = "closing_rule_unmet"
    message: ClassVar[str] = "The closing rule is not met yet."


class ReportNotReady(ServiceError):
    """`details`: state."""

    code: ClassVar[str] = "report_not_ready"
    message: ClassVar[str] = "There is no report yet; nothing that depends on answers is shown before."


class NothingToAnswer(ServiceError):
    """`details`: state."""

    code: ClassVar[str] = "nothing_to_answer"
    message: ClassVar[str] = "There is no report to answer yet."


class ResponseGiven(ServiceError):
    code: ClassVar[str] = "response_given"
    message: ClassVar[str] = "The owner has answered already; an answer given in public is not replaced."


class ResponseUnknown(ServiceError):
    code: ClassVar[str] = "response_unknown"
    message: ClassVar[str] = "The owner has not answered."


class CodingClosed(ServiceError):
    """`details`: state."""

    code: ClassVar[str] = "coding_closed"
    message: ClassVar[str] = "Open answers are coded from the first invitation until the analysis begins."


class TooEarly(ServiceError):
    """`details`: publish_by."""

    code: ClassVar[str] = "too_early"
    message: ClassVar[str] = "Publication without the owner's answer waits until the time to answer is over."
