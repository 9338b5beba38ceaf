"""Under which policy the report page may be served. Apart from the renderer: serving needs none of its libraries."""

import base64
import hashlib
from functools import cache
from importlib.resources import files


@cache
def stylesheet() -> str:
    """The page's style sheet, as it stands between its tags."""
    return (files("service.render") / "templates" / "report.css").read_text(encoding="utf-8")


@cache
def content_security_policy() -> str:
    """The header value for report.html: nothing but its own style sheet, known by its hash."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
