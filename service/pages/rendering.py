"""From a typed view to an HTML page: one layout, one set of headers, no cookies, no scripts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType

import msgspec
from babel.dates import format_date, format_datetime
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from litestar.enums import MediaType
from litestar.response import Response
from samenspraak.types.base import Language

from panels.models import AccessMode
from service.pages import marked
from service.pages.marked import direction
from service.pages.texts import LANGUAGES, NAMES, texts

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
)
"""What every citizen page carries: the link is a credential, so it is neither cached, indexed nor passed on."""

SHARED_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        **HEADERS,
        "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; script-src 'self'; connect-src 'self'",
    }
)
"""On a public computer one file of our own may run as well, which asks in the page whether somebody is still there."""

PUBLIC_HEADERS: Mapping[str, str] = MappingProxyType(
    {**{k: v for k, v in HEADERS.items() if k != "X-Robots-Tag"}, "Cache-Control": "no-cache"}
)
"""Pages of the public register hold no credential and may be found."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The access session that a page is shown in."""

    mode: AccessMode
    address: str
    """`/s/{token}`"""
    place: str
    """What follows it in the address of this page."""
    left: int
    """Seconds until it ends, unless a form is sent before."""
    limit: int
    """Seconds that this page may stay open."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds the content of a page."""

    lang: Language
    title: str
    simulated: bool = False
    failed: bool = False
    """An error summary is shown: the title of the window says so first."""
    switch: bool = True
    """Whether this address can be opened again in another language."""
    query: str = ""
    """`?lang=..` when the reader chose a language, to keep it in the links of the layout."""
    languages: tuple[Language, ...] = LANGUAGES
    """In which this address can be opened."""
    easy: bool = False
    """Larger letters."""
    shared: bool = False
    """On a computer that others use too: nothing leads out of the survey, and nothing is filled in by the browser."""
    large: bool = False
    """Everything larger, as the reader of a public computer chose."""
    session: Session | None = None
    refresh: tuple[int, str] | None = None
    """Seconds after which the browser goes on by itself, and where to."""


def day(value: datetime, lang: Language) -> str:
    """A date in words: `24 november 2026`."""
    return format_date(value.astimezone(UTC).date(), format="long", locale=lang)


def moment(value: datetime, lang: Language) -> str:
    """A date with the time in UTC."""
    return format_datetime(value, format="d MMMM y, HH:mm 'UTC'", tzinfo=UTC, locale=lang)


@cache
def environment() -> Environment:
    """The template environment: every value escaped, an unknown name is an error."""
    made = Environment(
        loader=ChoiceLoader(
            [PackageLoader("service.pages", "templates"), PackageLoader("service.register", "templates")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["day"] = day
    made.filters["moment"] = moment
    made.filters["plain"] = marked.plain
    made.filters["spoken"] = marked.spoken
    made.tests["partly_foreign"] = marked.some
    return made


def html(template: str, *, frame: Frame, view: object = None) -> str:
    """Render `template` with `view`; the words come from the catalogue of `frame.lang`."""
    languages = [(lang, NAMES[lang], direction(lang)) for lang in frame.languages] if frame.switch else []
    return (
        environment()
        .get_template(template)
        .render(frame=frame, view=view, t=texts(frame.lang), dir=direction(frame.lang), languages=languages)
    )


def page(
    template: str,
    *,
    frame: Frame,
    view: object = None,
    status: int = 200,
    headers: Mapping[str, str] = HEADERS,
    extra: Mapping[str, str] | None = None,
) -> Response[str]:
    """A whole HTML answer with the headers of this kind of page."""
    own = SHARED_HEADERS if frame.shared else headers
    refresh = {"Refresh": f"{frame.refresh[0]}; url={frame.refresh[1]}"} if frame.refresh else {}
    return Response(
        html(template, frame=frame, view=view),
        status_code=status,
        media_type=MediaType.HTML,
        headers={**own, **refresh, **(extra or {})},
    )


def see_other(address: str) -> Response[str]:
    """After a form: send the browser on, so that reloading never sends the form again."""
    return Response("", status_code=303, media_type=MediaType.HTML, headers={**HEADERS, "Location": address})
