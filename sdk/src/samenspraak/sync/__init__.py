"""The blocking client. Everything beside this file is generated from the asyncio client by `sdk/generate_sync.py`."""

from samenspraak.sync.client import Samenspraak

__all__ = ["Samenspraak"]
