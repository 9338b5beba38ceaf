"""What a page fetches: the one stylesheet, the small picture of the site, and on a public computer one script."""

import hashlib
from functools import cache
from pathlib import Path

from litestar import route
from litestar.response import Response

from service.pages.visits import LOOK, Asked

_STATIC = Path(__file__).parent.parent / "static"


@cache
def _file(name: str) -> tuple[bytes, str]:
    content = (_STATIC / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:24]}"'


def _serve(request: Asked, name: str, media_type: str) -> Response[bytes]:
    content, tag = _file(name)
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@route("/static/samenspraak.css", http_method=LOOK, include_in_schema=False, sync_to_thread=False)
def stylesheet(request: Asked) -> Response[bytes]:
    return _serve(request, "samenspraak.css", "text/css; charset=utf-8")


@route("/static/kiosk.js", http_method=LOOK, include_in_schema=False, sync_to_thread=False)
def script(request: Asked) -> Response[bytes]:
    return _serve(request, "kiosk.js", "text/javascript; charset=utf-8")


@route("/favicon.ico", http_method=LOOK, include_in_schema=False, sync_to_thread=False)
def icon(request: Asked) -> Response[bytes]:
    return _serve(request, "icon.svg", "image/svg+xml")
