"""The one table of jobs: what each is called, what it takes, who does it, and in which queue it waits."""

import importlib
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from service.tasks import arguments
from service.tasks.arguments import Arguments

Queue = Literal["default", "reports"]
QUEUES: tuple[Queue, ...] = ("default", "reports")
Handler = Callable[..., Awaitable[object]]
"""`async def handler(work: Work, args: ...) -> None`: opens its own transactions; running twice does no harm."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of job."""

    args: type[Arguments]
    handler: str
    """`module:function`; imported by the worker only, so that the API does not carry the report's libraries."""
    queue: Queue = "default"
    seconds: float = 300.0
    """Longest run before it is broken off and tried again."""

    def load(self) -> Handler:
        """Import the handler."""
        module, _, name = self.handler.partition(":")
        handler: Any = getattr(importlib.import_module(module), name)
        return handler  # type: ignore[no-any-return]


TASKS: dict[str, Task] = {
    "member.confirm": Task(args=arguments.MemberConfirm, handler="service.tasks.mailing:confirm_member"),
    "member.welcome": Task(args=arguments.MemberWelcome, handler="service.tasks.mailing:welcome_member"),
    "mail.wave": Task(args=arguments.MailWave, handler="service.tasks.mailing:send_wave", seconds=1800),
    "mail.again": Task(args=arguments.MailAgain, handler="service.tasks.mailing:send_again"),
    "fieldwork.observe": Task(args=arguments.FieldworkObserve, handler="service.tasks.fielding:observe", seconds=600),
    "mail.result": Task(args=arguments.MailResult, handler="service.tasks.mailing:send_result", seconds=1800),
    "member.export": Task(args=arguments.MemberExport, handler="service.tasks.upkeep:export_member"),
    "member.erase": Task(args=arguments.MemberErase, handler="service.tasks.upkeep:erase_member"),
    "member.reach": Task(args=arguments.MemberReach, handler="service.tasks.upkeep:take_over_reach"),
    "member.merge": Task(args=arguments.MemberMerge, handler="service.tasks.upkeep:merge_members"),
    "members.refresh": Task(
        args=arguments.MembersRefresh, handler="service.tasks.refreshing:ask_members", seconds=3000
    ),
    "panel.import": Task(args=arguments.PanelImport, handler="service.tasks.upkeep:import_panel"),
    "data.purge": Task(args=arguments.DataPurge, handler="service.tasks.upkeep:purge_data"),
    "survey.close": Task(args=arguments.SurveyClose, handler="service.tasks.reporting:close_survey"),
    "report.build": Task(
        args=arguments.ReportBuild, handler="service.tasks.reporting:build_report", queue="reports", seconds=1800
    ),
    "assembly.mail": Task(args=arguments.AssemblyMail, handler="service.tasks.assemblies:send_wave", seconds=1800),
    "assembly.solve": Task(
        args=arguments.AssemblySolve, handler="service.tasks.assemblies:solve", queue="reports", seconds=3000
    ),
    "microdata.make": Task(
        args=arguments.MicrodataMake, handler="service.tasks.microdata:make", queue="reports", seconds=900
    ),
    "letters.print": Task(args=arguments.LettersPrint, handler="service.tasks.letters:print_batch", seconds=600),
    "audit.publish": Task(args=arguments.AuditPublish, handler="service.tasks.reporting:publish_audit"),
}
