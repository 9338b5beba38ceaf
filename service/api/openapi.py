"""The OpenAPI document: written from the application, kept in docs/reference/openapi.json, compared in the tests.

python -m service.api.openapi           write the file
python -m service.api.openapi --check   say whether it is up to date
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from msgspec import inspect as shapes
from samenspraak import types as published

from service.api import shapes as staff_shapes

FILE = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
VERSION = "1"

HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key with the same request takes effect once; the answer is repeated for 72 hours.",
}


class Published(JsonRenderPlugin):
    """Serves the document as it is kept in the repository."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return json.dumps(complete(openapi_schema), ensure_ascii=False).encode()


CONFIG = OpenAPIConfig(
    title="Samenspraak",
    version=VERSION,
    description="Have citizens judge an AI application and get a weighted report. Errors are RFC 9457 problem+json.",
    path="/schema",
    render_plugins=[Published()],
    components=Components(
        security_schemes={
            "api_key": SecurityScheme(type="http", scheme="bearer", description="`smsp_live_...`, issued by staff")
        }
    ),
    tags=[
        Tag(name="applications", description="What a developer submits"),
        Tag(name="audits", description="One measurement of one application version"),
        Tag(name="questionnaires", description="Lint, simulated respondents and versions, before anybody is asked"),
        Tag(name="reports", description="The frozen result and the owner's answer"),
        Tag(name="panel", description="Margins and panel, in counts"),
        Tag(name="staff", description="Organisations, keys and the life cycle"),
        Tag(name="operations", description="Trail, jobs and purges"),
        Tag(name="health", description="Asked by machines"),
        Tag(name="problems", description="The catalogue of errors"),
    ],
)


def document(app: Litestar) -> dict[str, Any]:
    """The whole document as plain values, in a fixed order."""
    return complete(app.openapi_schema.to_schema())


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Add what the framework does not write, and take out what it wrongly supposes.

    Added: request bodies refuse unknown fields, the tag of each kind of question, the idempotency header. Taken out:
    its own shape of a validation error, since ours are problems with status 422.
    """
    made: dict[str, Any] = json.loads(json.dumps(schema, default=str))
    known = _structs()
    for name, component in made["components"]["schemas"].items():
        if name in known:
            _close(component, known[name])
    for path, item in made["paths"].items():
        for operation in item.values():
            refused = operation["responses"].get("400")
            if refused is not None and "application/json" in refused.get("content", {}):
                del operation["responses"]["400"]
        if path.startswith("/v1/") and "post" in item:
            item["post"].setdefault("parameters", []).append(HEADER)
    return made


def _close(component: dict[str, Any], info: shapes.StructType) -> None:
    if info.tag_field is not None and info.tag_field not in component.get("properties", {}):
        component.setdefault("properties", {})[info.tag_field] = {"type": "string", "const": info.tag}
        component["required"] = sorted({*component.get("required", ()), info.tag_field})
    if info.forbid_unknown_fields:
        component["additionalProperties"] = False


def text(app: Litestar) -> str:
    return json.dumps(document(app), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _structs() -> dict[str, shapes.StructType]:
    """The published shapes by name."""
    modules = [getattr(published, name) for name in published.__all__] + [staff_shapes]
    found = {}
    for module in modules:
        for name, kind in vars(module).items():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__:
                info = shapes.type_info(kind)
                if isinstance(info, shapes.StructType):
                    found[name] = info
    return found


def main(arguments: list[str]) -> int:
    from service.app import describe

    wanted = text(describe())
    if "--check" in arguments:
        if FILE.exists() and FILE.read_text() == wanted:
            return 0
        print(f"{FILE.name} is not up to date; run: make openapi", file=sys.stderr)
        return 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(wanted)
    print(f"wrote {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
