"""What goes on the sheets of a batch: who is written to about what, with which link and code."""

from uuid import UUID

from samenspraak.types.application import Application
from samenspraak.types.base import Lang

from panels import codes, links
from service.audits.models import Case
from service.letters.pdf import About, Sheet
from service.settings import Settings

LANGS: tuple[Lang, Lang] = ("nl", "en")


def sheet(
    invitation_id: UUID,
    lines: tuple[str, ...],
    *,
    link_key: bytes,
    public_url: str,
    first: bool = True,
) -> Sheet:
    """The letter to one person; `first`: the invitation, and not a reminder."""
    return Sheet(
        lines=lines,
        code=codes.invitation_code(link_key, invitation_id),
        link=f"{public_url}/s/{links.token(link_key, 'invitation', invitation_id)}",
        kind="invitation" if first else "reminder",
    )


def about(case: Case, application: Application, settings: Settings) -> About:
    """What all letters about an audit say."""
    return About(
        words={lang: _names(application, lang) for lang in LANGS},
        address=f"{settings.public_url.partition('://')[2]}/code",
        phone=settings.phone or "",
        hours=settings.phone_hours or "",
        simulated=settings.simulated or case.sample_kind == "simulated",
    )


def _names(application: Application, lang: Lang) -> dict[str, str]:
    app, org = getattr(application.short_name, lang), getattr(application.owner, lang)
    return {"app": app, "org": org, "Org": org[:1].upper() + org[1:]}
