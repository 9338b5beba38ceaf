"""What everybody may see: which audits there are, where they stand, what came out and what the owner answers."""

from litestar import Router

from service.pages.failures import HANDLERS
from service.register.assemblies import Assemblies
from service.register.controllers import Register

ROUTES = (
    Router(path="/", route_handlers=[Register, Assemblies], exception_handlers=HANDLERS, include_in_schema=False),
)
"""The home page and the register. Handlers take the dependency `context`."""

__all__ = ["ROUTES"]
