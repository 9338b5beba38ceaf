"""Who may call what: one table, one guard. A route that the table does not name is closed to everybody."""

from collections.abc import Mapping

import msgspec
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope

from service import auth
from service.audits.models import Role
from service.auth import Caller
from service.context import Context
from service.store import keys


class Access(msgspec.Struct, frozen=True):
    """One scope, and the roles that may hold it here."""

    scope: str
    roles: frozenset[Role]
    why: str = ""
    """What everybody else is told."""


DEVELOPER: frozenset[Role] = frozenset({"developer"})
STAFF: frozenset[Role] = frozenset({"staff"})
READERS: frozenset[Role] = frozenset({"staff", "auditor"})
FIELD: frozenset[Role] = frozenset({"staff", "fieldwork", "auditor"})
AUDIT_READERS: frozenset[Role] = frozenset({"developer", "staff", "auditor"})
"""Developers see the audits of their own organisation, the house sees all."""

ROW_LEVEL = (
    "Row-level data leave the service for researchers only, under an agreement that staff recorded; the tables of the "
    "report are at /v1/audits/{audit_id}/tables.csv."
)

ACCESS: Mapping[str, Access] = {
    # Developers
    "submit_application": Access("applications:write", DEVELOPER),
    "list_applications": Access("applications:read", DEVELOPER),
    "get_application": Access("applications:read", DEVELOPER),
    "create_audit": Access("audits:write", DEVELOPER),
    "list_audits": Access("audits:read", DEVELOPER),
    "get_audit": Access("audits:read", AUDIT_READERS),
    "submit_audit": Access("audits:write", DEVELOPER),
    "withdraw_audit": Access("audits:write", DEVELOPER),
    "list_audit_events": Access("audits:read", AUDIT_READERS),
    "get_audit_fieldwork": Access("audits:read", AUDIT_READERS),
    "import_xlsform": Access("audits:write", DEVELOPER),
    "import_surveyjs": Access("audits:write", DEVELOPER),
    "export_surveyjs": Access("audits:read", AUDIT_READERS),
    "export_questionnaire": Access("audits:read", AUDIT_READERS),
    "get_audit_questionnaire": Access("audits:read", AUDIT_READERS),
    "check_questionnaire": Access("audits:read", frozenset({"developer", "staff"})),
    "compare_questionnaires": Access("audits:read", frozenset({"developer", "staff"})),
    "simulate_questionnaire": Access("audits:read", frozenset({"developer", "staff"})),
    "get_preview_links": Access("audits:read", frozenset({"developer", "staff"})),
    "get_report": Access("reports:read", AUDIT_READERS),
    "get_report_html": Access("reports:read", AUDIT_READERS),
    "get_report_pdf": Access("reports:read", AUDIT_READERS),
    "get_report_tables": Access("reports:read", AUDIT_READERS),
    "give_response": Access("audits:write", DEVELOPER),
    "get_response": Access("audits:read", AUDIT_READERS),
    # The house: organisations and keys
    "create_organisation": Access("staff:organisations", STAFF),
    "list_organisations": Access("staff:organisations", READERS),
    "issue_developer_key": Access("staff:organisations", STAFF),
    "issue_staff_key": Access("staff:organisations", STAFF),
    "revoke_key": Access("staff:organisations", STAFF),
    # The house: margins and panel
    "import_margins": Access("staff:panel", STAFF),
    "import_statline_margins": Access("staff:panel", STAFF),
    "import_packed_margins": Access("staff:panel", STAFF),
    "list_margins": Access("staff:panel", FIELD),
    "get_margins": Access("staff:panel", FIELD),
    "import_members": Access("staff:panel", STAFF),
    "get_import": Access("staff:panel", FIELD),
    "get_panel": Access("staff:panel", FIELD),
    "import_postcodes": Access("staff:panel", STAFF),
    "list_postcode_tables": Access("staff:panel", FIELD),
    "issue_codes": Access("staff:panel", STAFF),
    "list_code_batches": Access("staff:panel", FIELD),
    "get_code_batch": Access("staff:panel", FIELD),
    "end_code_batch": Access("staff:panel", STAFF),
    "list_flags": Access("staff:panel", READERS),
    "count_flags": Access("staff:panel", READERS),
    "decide_flag": Access("staff:panel", STAFF),
    "merge_members": Access("staff:panel", STAFF),
    # The house: assemblies
    "create_assembly": Access("staff:panel", STAFF),
    "list_assemblies": Access("staff:panel", FIELD),
    "get_assembly": Access("staff:panel", FIELD),
    "recruit_for_assembly": Access("staff:panel", STAFF),
    "load_volunteers": Access("staff:panel", STAFF),
    "close_pool": Access("staff:panel", STAFF),
    "change_quotas": Access("staff:panel", STAFF),
    "adopt_relaxation": Access("staff:panel", STAFF),
    "name_randomness": Access("staff:panel", STAFF),
    "solve_lottery": Access("staff:panel", STAFF),
    "publish_lottery": Access("staff:panel", STAFF),
    "get_lottery": Access("staff:panel", FIELD),
    "get_pool_table": Access("staff:panel", READERS),
    "enter_drawn_value": Access("staff:panel", STAFF),
    "confirm_drawn_value": Access("staff:panel", STAFF),
    "list_seats": Access("staff:panel", READERS),
    "confirm_seat": Access("staff:panel", STAFF),
    "decline_seat": Access("staff:panel", STAFF),
    "replace_decliners": Access("staff:panel", STAFF),
    "seat_assembly": Access("staff:panel", STAFF),
    "get_assembly_weights": Access("staff:panel", STAFF),
    "propose_reserve": Access("staff:panel", STAFF),
    "seat_stand_ins": Access("staff:panel", STAFF),
    "end_assembly": Access("staff:panel", STAFF),
    "cancel_assembly": Access("staff:panel", STAFF),
    # The house: audits
    "list_all_audits": Access("staff:audits", FIELD),
    "start_review": Access("staff:audits", STAFF),
    "get_gate": Access("staff:audits", READERS),
    "approve_audit": Access("staff:audits", STAFF),
    "request_changes": Access("staff:audits", STAFF),
    "refuse_audit": Access("staff:audits", STAFF),
    "open_fieldwork": Access("staff:audits", STAFF),
    "close_audit": Access("staff:audits", STAFF),
    "publish_audit": Access("staff:audits", STAFF),
    "get_fieldwork": Access("staff:audits", FIELD),
    "get_fieldwork_cells": Access("staff:audits", FIELD),
    "get_questionnaire_progress": Access("staff:audits", FIELD),
    "list_questionnaire_versions": Access("staff:audits", READERS),
    "correct_questionnaire": Access("staff:audits", STAFF),
    "get_wave_proposal": Access("staff:audits", FIELD),
    "list_waves": Access("staff:audits", FIELD),
    "draw_wave": Access("staff:audits", STAFF),
    "stop_cell": Access("staff:audits", STAFF),
    "reopen_cell": Access("staff:audits", STAFF),
    "take_bounce": Access("staff:mail", STAFF),
    "add_source": Access("staff:audits", STAFF),
    "list_sources": Access("staff:audits", FIELD),
    "load_register": Access("staff:audits", STAFF),
    "get_letters": Access("staff:audits", STAFF),
    "print_register_letters": Access("staff:audits", STAFF),
    "print_letters": Access("staff:audits", STAFF),
    "list_letters": Access("staff:audits", STAFF),
    "fetch_letters": Access("staff:audits", STAFF),
    # The house: what people wrote in their own words
    "list_open_answers": Access("staff:answers", STAFF),
    "list_incidents": Access("staff:answers", STAFF),
    "decide_incident": Access("staff:answers", STAFF),
    "recode_open_answer": Access("staff:answers", STAFF),
    # The house: who asked to be called
    "start_assisted": Access("staff:assist", STAFF),
    "list_calls": Access("staff:calls", STAFF),
    "count_calls": Access("staff:calls", STAFF),
    "settle_call": Access("staff:calls", STAFF),
    # The house: row-level data for researchers
    "record_agreement": Access("staff:microdata", STAFF, ROW_LEVEL),
    "list_agreements": Access("staff:microdata", READERS, ROW_LEVEL),
    "end_agreement": Access("staff:microdata", STAFF, ROW_LEVEL),
    "make_microdata": Access("staff:microdata", STAFF, ROW_LEVEL),
    "list_microdata": Access("staff:microdata", READERS, ROW_LEVEL),
    "get_microdata": Access("staff:microdata", READERS, ROW_LEVEL),
    "fetch_microdata": Access("staff:microdata", STAFF, ROW_LEVEL),
    # The house: forms on paper
    "get_paper_form": Access("staff:audits", READERS),
    "print_paper_forms": Access("staff:audits", STAFF),
    "key_paper": Access("staff:answers", STAFF),
    "get_paper": Access("staff:answers", STAFF),
    "settle_paper": Access("staff:answers", STAFF),
    "get_keying_errors": Access("staff:audits", READERS),
    # The house: trail and operations
    "list_trail": Access("staff:trail", READERS),
    "verify_trail": Access("staff:trail", READERS),
    "list_jobs": Access("staff:operations", READERS),
    "retry_job": Access("staff:operations", STAFF),
    "start_purge": Access("staff:operations", STAFF),
    "list_purges": Access("staff:operations", READERS),
}
"""Operation id -> who may call it."""


async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Admit a request or refuse it, before its body is read.

    Raises:
        Unauthenticated: no valid key.
        Forbidden: another role, a scope the key lacks, or a route the table does not name.
    """
    context: Context = connection.app.state.context
    secret = auth.bearer(connection.headers.get("authorization"))
    async with context.db.reading() as conn:
        caller, note_use = await auth.authenticate(conn, secret=secret, now=context.now())
    connection.scope["state"]["caller"] = caller
    access = ACCESS.get(str(getattr(handler, "operation_id", "")))
    if access is None or caller.role not in access.roles or access.scope not in caller.scopes:
        raise auth.Forbidden(access.why if access else "")
    if note_use:
        async with context.db.transaction() as conn:
            await keys.touch(conn, key_id=caller.key_id, now=context.now())


def provide_caller(scope: Scope) -> Caller:
    """The caller that the guard admitted, as a dependency."""
    caller = scope["state"]["caller"]
    assert isinstance(caller, Caller)
    return caller


CalledBy = NamedDependency[Caller]
"""How a controller asks for its caller: `caller: CalledBy`."""
