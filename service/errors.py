"""What the service itself may refuse, apart from what panels and surveys refuse.

The base class gives nothing away: a message that may leave the house is written per subclass. How a class becomes an
HTTP status stands in `service.problems` and nowhere else.
"""

from collections.abc import Mapping
from typing import ClassVar

from samenspraak.types.problem import Fault

Detail = str | int | float | bool | None


class ServiceError(Exception):
    """Base of every refusal of the service. `code` is the stable slug of the problem catalogue."""

    code: ClassVar[str] = "internal"
    message: ClassVar[str] = "The request could not be carried out."

    def __init__(
        self,
        message: str = "",
        *,
        faults: tuple[Fault, ...] = (),
        details: Mapping[str, Detail] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.faults = faults
        self.details: dict[str, Detail] = dict(details or {})
        self.retry_after = retry_after
