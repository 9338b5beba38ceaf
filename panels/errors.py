"""Everything that can go wrong in panels.

PanelError
|-- SignUpInvalid        a sign-up form with faults
|-- ImportInvalid        a member file that cannot be read at all
|-- ImportUnknown        no such import
|-- MarginsInvalid       a margins file with faults
|-- MarginsUnknown       no such margin set
|-- PlanUnfit            a plan that names dimensions the margins do not have
|-- PanelTooSmall        fewer members than the draw needs
|-- FieldworkOpened      the audit was drawn before
|-- LinkUnknown          malformed, unknown, expired and foreign links, all alike
|-- MemberUnknown        no such member
|-- InvitationUnknown    no such invitation
`-- StepNotAllowed       a disposition that cannot follow the present one
"""

from typing import ClassVar

from samenspraak.types.problem import Fault


class PanelError(Exception):
    """Base: `code` is a stable slug, `message` is public, `faults` name every wrong thing, `details` are data."""

    code: ClassVar[str] = "panel_error"
    message: ClassVar[str] = "The panel could not do this."

    def __init__(
        self,
        message: str | None = None,
        *,
        faults: tuple[Fault, ...] = (),
        details: dict[str, object] | None = None,
    ) -> None:
        self.public_message = message or self.message
        self.faults = faults
        self.details: dict[str, object] = details or {}
        super().__init__(self.public_message)


class SignUpInvalid(PanelError):
    code = "sign_up_invalid"
    message = "Some answers on the form need another look."


class ImportInvalid(PanelError):
    code = "import_invalid"
    message = "The file cannot be imported."


class ImportUnknown(PanelError):
    code = "import_unknown"
    message = "There is no such import."


class MarginsInvalid(PanelError):
    code = "margins_invalid"
    message = "The margins cannot be used as they are."


class MarginsUnknown(PanelError):
    code = "margins_unknown"
    message = "There is no such set of margins."


class PlanUnfit(PanelError):
    code = "plan_unfit"
    message = "The plan draws by a dimension that the margins do not have."


class PanelTooSmall(PanelError):
    """`details`: needed, available, recruits (stratum -> people short against a proportional draw)."""

    code = "panel_too_small"
    message = "The panel is too small for this draw."


class FieldworkOpened(PanelError):
    code = "fieldwork_opened"
    message = "The people for this audit were drawn before; a second draw is not possible."


class LinkUnknown(PanelError):
    code = "link_unknown"
    message = "This link is not known."


class MemberUnknown(PanelError):
    code = "member_unknown"
    message = "There is no such member."


class InvitationUnknown(PanelError):
    code = "invitation_unknown"
    message = "There is no such invitation."


class StepNotAllowed(PanelError):
    """`details`: present, wanted."""

    code = "step_not_allowed"
    message = "This invitation cannot go from its present state to that one."
