"""How a request body becomes the `data` argument of a controller: checked whole, documented as its type."""

from collections.abc import Generator
from typing import Any

from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from service.validation import UnsupportedMedia, decode, text_body


class Body(AbstractDTO[Any]):
    """Hooks into the framework's place for decoding; of its machinery for copying fields nothing is used."""

    media_type = "application/json"

    def decode_bytes(self, value: bytes) -> Any:
        """The body as the type that the controller names.

        Raises:
            UnsupportedMedia, BodyUndecodable, BodyInvalid
        """
        given, options = self.asgi_connection.content_type  # type: ignore[attr-defined]
        charset = options.get("charset", "utf-8").lower().replace("_", "-")
        if given.lower() != self.media_type or charset not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMedia(f"Send the body as `{self.media_type}` in UTF-8.")
        return self.read(value)

    def read(self, value: bytes) -> Any:
        field = self.asgi_connection.route_handler.parsed_data_field
        return decode(value, field.annotation)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        return field_definition.name == "data"

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """No copy of the type is made: it is decoded as it is."""

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        schema: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return schema

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        return False


class FileBody(Body):
    """A file as its bytes, in whatever encoding an office saved it; its owner finds out which."""

    media_type = "text/csv"

    def decode_bytes(self, value: bytes) -> Any:
        given, _ = self.asgi_connection.content_type  # type: ignore[attr-defined]
        if given.lower() != self.media_type:
            raise UnsupportedMedia(f"Send the file as `{self.media_type}`.")
        return value


class MailBody(FileBody):
    """A whole message as a mail server hands it over."""

    media_type = "message/rfc822"


class WorkbookBody(FileBody):
    """A spreadsheet as its bytes."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FormBody(FileBody):
    """A form of other survey software as its bytes; its owner decodes and judges it."""

    media_type = "application/json"


class CsvBody(Body):
    """A CSV file as text; its owner judges what is in it."""

    media_type = "text/csv"

    def read(self, value: bytes) -> Any:
        return text_body(value)
