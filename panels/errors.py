"""Everything that can go wrong in panels.

PanelError
|-- SignUpInvalid        a sign-up form with faults
|-- ImportInvalid        a member file that cannot be read at all
|-- ImportUnknown        no such import
|-- PostcodesInvalid     a table of postcodes with faults
|-- CodeBatchInvalid     a batch of invitation codes that cannot be made
|-- CodeBatchUnknown     no such batch
|-- FlagUnknown          no such flag
|-- MergeRefused         two members who cannot be made into one
|-- MarginsInvalid       a margins file with faults
|-- MarginsUnknown       no such margin set
|-- PlanUnfit            a plan that names dimensions the margins do not have
|-- PanelTooSmall        fewer members than the draw needs
|-- FieldworkOpened      the audit was drawn before
|-- QuotasInvalid        quotas asked for that the margins cannot give
|-- DraftInvalid         a draft of a panel with faults: people, quotas, size
|-- DraftImpossible      no panel meets the quotas; says why and what would help
|-- PanelRefused         a drawn panel that breaks a rule of its draft (a defect; nothing is drawn from it)
|-- ReplacementInvalid   replacements or alternates asked for with faults
|-- LinkUnknown          malformed, unknown, expired and foreign links, all alike
|-- CallInvalid          a request to be called with faults
|-- CallUnknown          no such request to be called
|-- CallDecided          a request to be called that was settled otherwise
|-- CodeTaken            two invitations with one typed code: chance, do it again
|-- SessionEnded         a session on a public computer or by telephone that is over
|-- MemberUnknown        no such member
|-- InvitationUnknown    no such invitation
|-- LotteryInvalid       panels or rules that cannot be published
|-- LotteryDrawn         a second drawing
|-- DrawingInvalid       a drawing that does not keep its rules
|-- AssemblyUnknown      no such assembly
|-- AssemblyInvalid      an assembly, or a change of it, with faults
|-- AssemblyStepRefused  the assembly stands elsewhere, or the role may not do this
|-- LotteryPublished     a change or a repetition of a lottery that is public
|-- VolunteersInvalid    a list of volunteers with faults
|-- PoolTooSmall         fewer volunteers than seats
|-- SeatUnknown          no such seat
|-- SeatSettled          a seat that was confirmed or given back before
|-- StepNotAllowed       a disposition that cannot follow the present one
|-- QuotaFull            the cell of this person takes nobody new
|-- CellUnknown          no such cell in this audit
|-- SourceInvalid        a source of people that could not be used or defended
|-- SourceUnknown        no such source
|-- RegisterMissing      a register audit without its file
|-- ArrivalInvalid       answers at the door with faults
|-- WaveRefused          no further wave is possible, or not this one
`-- WaveInvalid          a wave with faults: unknown cells, more people than there are
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


class PostcodesInvalid(PanelError):
    code = "postcodes_invalid"
    message = "The table of postcodes cannot be used as it is."


class CodeBatchInvalid(PanelError):
    code = "code_batch_invalid"
    message = "These invitation codes cannot be made."


class CodeBatchUnknown(PanelError):
    code = "code_batch_unknown"
    message = "There is no such batch of invitation codes."


class FlagUnknown(PanelError):
    code = "flag_unknown"
    message = "There is no such flag."


class MergeRefused(PanelError):
    """`details`: the status of both members."""

    code = "merge_refused"
    message = "These two members cannot be made into one."


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


class QuotasInvalid(PanelError):
    code = "quotas_invalid"
    message = "These quotas cannot be made from the margins."


class DraftInvalid(PanelError):
    """`faults` point into the draft: `people/17/features/age`, `quotas/3/minimum`, `size`, `confirmed`."""

    code = "draft_invalid"
    message = "The pool or the quotas have faults; nothing was drawn."


class DraftImpossible(PanelError):
    """`details`: infeasibility (the whole explanation as data), sentences (the same in words, `nl` and `en`)."""

    code = "draft_impossible"
    message = "No panel out of this pool meets the quotas."


class PanelRefused(PanelError):
    """`details`: panel (position), rule, found, minimum, maximum."""

    code = "panel_refused"
    message = "A drawn panel does not keep the rules."


class ReplacementInvalid(PanelError):
    code = "replacement_invalid"
    message = "Replacements cannot be found with this request."


class LinkUnknown(PanelError):
    code = "link_unknown"
    message = "This link is not known."


class CallInvalid(PanelError):
    code = "call_invalid"
    message = "Something is missing before we can call."


class CallUnknown(PanelError):
    code = "call_unknown"
    message = "There is no such request to be called; it may have been taken back."


class CallDecided(PanelError):
    """`details`: how the request stands."""

    code = "call_decided"
    message = "This request to be called was settled before."


class CodeTaken(PanelError):
    """Once in a billion invitations or so; nothing was written, and another attempt has other ids and other codes."""

    code = "code_taken"
    message = "Two invitations came out with the same typed code. Nothing was kept; do the same again."


class SessionEnded(PanelError):
    """`details`: mode, kiosk or phone, None where the link was none of a session."""

    code = "session_ended"
    message = "This session has ended. Type the code of the invitation again; what was saved is kept."


class MemberUnknown(PanelError):
    code = "member_unknown"
    message = "There is no such member."


class InvitationUnknown(PanelError):
    code = "invitation_unknown"
    message = "There is no such invitation."


class LotteryInvalid(PanelError):
    code = "lottery_invalid"
    message = "This lottery cannot be published as it is."


class LotteryDrawn(PanelError):
    """`details`: number, confirmed_at."""

    code = "lottery_drawn"
    message = "This lottery was drawn before; a second drawing is not possible."


class DrawingInvalid(PanelError):
    code = "drawing_invalid"
    message = "The panel cannot be drawn like this."


class StepNotAllowed(PanelError):
    """`details`: present, wanted."""

    code = "step_not_allowed"
    message = "This invitation cannot go from its present state to that one."


class AssemblyUnknown(PanelError):
    code = "assembly_unknown"
    message = "There is no such assembly."


class AssemblyInvalid(PanelError):
    code = "assembly_invalid"
    message = "The assembly cannot be held like this; `errors` lists every fault."


class AssemblyStepRefused(PanelError):
    """`details`: state, event."""

    code = "assembly_step_refused"
    message = "The assembly cannot make this step from where it stands."


class LotteryPublished(PanelError):
    """`details`: state, event."""

    code = "lottery_published"
    message = (
        "The lottery is public: nothing about it can be changed, and it is drawn once. The attempt has been noted."
    )


class VolunteersInvalid(PanelError):
    code = "volunteers_invalid"
    message = "The list of volunteers cannot be used: leaving rows out would leave people without a chance."


class PoolTooSmall(PanelError):
    """`details`: needed, available."""

    code = "pool_too_small"
    message = "There are fewer volunteers than seats."


class SeatUnknown(PanelError):
    code = "seat_unknown"
    message = "There is no such seat."


class SeatSettled(PanelError):
    """`details`: state."""

    code = "seat_settled"
    message = "This seat was confirmed or given back before."


class QuotaFull(PanelError):
    code = "quota_full"
    message = "Enough people of this group have taken part."


class CellUnknown(PanelError):
    """`details`: known, the keys of the cells of this audit."""

    code = "cell_unknown"
    message = "There is no such cell in this audit."


class WaveRefused(PanelError):
    """`details`: drawn, the number of waves so far; most, how many the plan allows."""

    code = "wave_refused"
    message = "This wave cannot be drawn."


class WaveInvalid(PanelError):
    code = "wave_invalid"
    message = "The wave cannot be drawn like this; `errors` lists every fault."


class SourceInvalid(PanelError):
    code = "source_invalid"
    message = "This source of people cannot be used as it is."


class SourceUnknown(PanelError):
    code = "source_unknown"
    message = "There is no such source of people."


class RegisterMissing(PanelError):
    code = "register_missing"
    message = "Load the file of the register first: this audit has nobody to ask."


class ArrivalInvalid(PanelError):
    """`faults`: by field of the form, in its language."""

    code = "arrival_invalid"
    message = "Some answers need another look."
