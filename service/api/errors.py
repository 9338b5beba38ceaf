"""What the JSON API itself refuses: things of the house that are not there."""

from typing import ClassVar

from service.errors import ServiceError


class OrganisationUnknown(ServiceError):
    code: ClassVar[str] = "organisation_unknown"
    message: ClassVar[str] = "There is no such organisation."


class JobUnknown(ServiceError):
    code: ClassVar[str] = "job_unknown"
    message: ClassVar[str] = "There is no such job."


class JobAlive(ServiceError):
    """`details`: state."""

    code: ClassVar[str] = "job_alive"
    message: ClassVar[str] = "Only a job that was given up can be given another life."


class CodeNeeded(ServiceError):
    code: ClassVar[str] = "code_needed"
    message: ClassVar[str] = (
        "This person began to answer alone and did not ask for a call. Ask for the code of the invitation."
    )


class ProblemUnknown(ServiceError):
    code: ClassVar[str] = "problem_unknown"
    message: ClassVar[str] = "The catalogue has no such problem."
