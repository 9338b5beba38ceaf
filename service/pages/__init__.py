"""What citizens see: pages by link, without account, password, cookie or script."""

from litestar import Router

from service.pages.answering import Answering
from service.pages.arrival import Arrival
from service.pages.assembly import AssemblyPage
from service.pages.assets import icon, script, stylesheet
from service.pages.calling import Calling
from service.pages.code import TypedCode
from service.pages.entry import Entry
from service.pages.failures import HANDLERS
from service.pages.joining import Joining
from service.pages.keeping import Keeping
from service.pages.kiosk import Kiosk, SharedComputer
from service.pages.membership import Membership, goodbye
from service.pages.preview import Preview
from service.pages.reaching import Reaching
from service.pages.voting import Voting

ROUTES = (
    Router(
        path="/",
        route_handlers=[
            *(
                Joining,
                Arrival,
                Entry,
                Answering,
                Voting,
                Membership,
                Reaching,
                AssemblyPage,
                Preview,
                TypedCode,
                Calling,
            ),
            *(Kiosk, SharedComputer, goodbye, stylesheet, script, icon),
        ],
        exception_handlers=HANDLERS,
        middleware=[Keeping()],
        include_in_schema=False,
    ),
)
"""Every page for citizens, with its own answers to failures. Handlers take the dependency `context`."""

__all__ = ["ROUTES"]
