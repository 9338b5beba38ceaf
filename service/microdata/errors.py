"""What is refused about row-level data.

ServiceError
|-- AgreementInvalid   a record with faults, all of them listed
|-- AgreementUnknown   no such agreement
|-- MicrodataRefused   no agreement that holds today for this audit, or no report yet
|-- MicrodataUnknown   no such file, or it was deleted
|-- MicrodataNotReady  the file is still being made, or was refused
`-- MicrodataUnfit     the file would not keep the promises it is made under; its words stand in the record
"""

from typing import ClassVar

from service.errors import ServiceError


class AgreementInvalid(ServiceError):
    code: ClassVar[str] = "agreement_invalid"
    message: ClassVar[str] = "The agreement cannot be recorded; `errors` lists every fault."


class AgreementUnknown(ServiceError):
    code: ClassVar[str] = "agreement_unknown"
    message: ClassVar[str] = "There is no such agreement."


class MicrodataRefused(ServiceError):
    code: ClassVar[str] = "microdata_refused"
    message: ClassVar[str] = "Row-level data are given under an agreement that holds; `errors` lists what is missing."


class MicrodataUnknown(ServiceError):
    code: ClassVar[str] = "microdata_unknown"
    message: ClassVar[str] = "There is no such file; files are deleted 30 days after they were made."


class MicrodataNotReady(ServiceError):
    """`details`: state, why."""

    code: ClassVar[str] = "microdata_not_ready"
    message: ClassVar[str] = "The file is not ready; look at its state."


class MicrodataUnfit(ServiceError):
    code: ClassVar[str] = "microdata_unfit"
    message: ClassVar[str] = "No safe and faithful file can be made of these answers."
