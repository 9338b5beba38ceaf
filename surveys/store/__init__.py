"""SQL of the survey domain: one constant with its purpose above the one function that runs it."""

from surveys.store.connection import Connection

__all__ = ["Connection"]
