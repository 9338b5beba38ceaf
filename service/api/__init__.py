"""The JSON API: thin controllers over use cases. `ROUTES` is what the application mounts."""

from litestar import Router
from litestar.di import Provide

from service.api import (
    applications,
    assemblies,
    assembly_lotteries,
    audits,
    bounces,
    catalogue,
    exchange,
    external,
    fieldwork,
    health,
    imports,
    incidents,
    margins,
    open_answers,
    operations,
    organisations,
    panel,
    preview,
    questionnaires,
    recruitment,
    reports,
    staff_audits,
)
from service.api.access import guard, provide_caller
from service.api.declare import SMALL_BODY

ROUTES: tuple[Router, ...] = (
    Router(
        path="/v1",
        route_handlers=[
            *applications.HANDLERS,
            *audits.HANDLERS,
            *preview.HANDLERS,
            *questionnaires.HANDLERS,
            *reports.HANDLERS,
            *organisations.HANDLERS,
            *margins.HANDLERS,
            *panel.HANDLERS,
            *imports.HANDLERS,
            *recruitment.HANDLERS,
            *assemblies.HANDLERS,
            *assembly_lotteries.HANDLERS,
            *staff_audits.HANDLERS,
            *fieldwork.HANDLERS,
            *external.HANDLERS,
            *open_answers.HANDLERS,
            *incidents.HANDLERS,
            *exchange.HANDLERS,
            *bounces.HANDLERS,
            *operations.HANDLERS,
        ],
        guards=[guard],
        dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
        request_max_body_size=SMALL_BODY,
        return_dto=None,
        security=[{"api_key": []}],
    ),
    Router(path="/", route_handlers=[*health.HANDLERS, *catalogue.HANDLERS]),
)
