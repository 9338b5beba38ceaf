"""What can be wrong with a batch of letters."""

from typing import ClassVar

from service.errors import ServiceError


class LettersUnknown(ServiceError):
    code: ClassVar[str] = "letters_unknown"
    message: ClassVar[str] = "There is no such batch; letters are deleted after seven days and when the report is made."


class LettersNotReady(ServiceError):
    """`details`: state."""

    code: ClassVar[str] = "letters_not_ready"
    message: ClassVar[str] = "There are no letters to fetch; look at the state of the batch."
