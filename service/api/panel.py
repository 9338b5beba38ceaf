"""The panel as staff and fieldwork see it: counts, never a person."""

from litestar import get
from samenspraak.types.panel import PanelState

from panels import overview
from panels.margins import sets as margin_sets
from service.api.declare import errors
from service.context import InContext

TAGS = ["panel"]


@get(
    "/staff/panel",
    operation_id="get_panel",
    summary="The panel in counts, beside the population",
    tags=TAGS,
    responses=errors(),
)
async def get_panel(context: InContext) -> PanelState:
    async with context.db.reading() as conn:
        margins = await margin_sets.latest(conn)
        return await overview.panel_state(conn, margins=margins, on=context.now().date())


HANDLERS = (get_panel,)
