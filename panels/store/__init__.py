"""SQL of the panels domain: one constant with its purpose above the one function that runs it."""

from panels.store.connection import Connection

__all__ = ["Connection"]
