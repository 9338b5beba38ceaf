"""Makes a message from a text: a plain and a simple HTML part with the same words, one link, nothing from elsewhere."""

import hashlib
import hmac
import html
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import msgspec

from service.mail.texts import CLOSING, FOOTER, GREETING, TEXTS, Kind, Text


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One mail before it is written out."""

    kind: Kind
    language: str
    to: str
    identity: str
    """Names this mail for good, such as `invitation|ID`: sent twice, it carries the same Message-ID."""
    link: str = ""
    own_page: str = ""
    """The member's own page; empty for people who are not members."""
    words: Mapping[str, str] = {}
    """Fills {app}, {org} and {Org}."""
    attachment: bytes | None = None
    """JSON."""


def compose(letter: Letter, *, mail_from: str, key: bytes, now: datetime) -> EmailMessage:
    """Write a letter out.

    Args:
        mail_from: sender, `Name <address>`.
        key: of the HMAC behind the Message-ID, so that it tells nothing about the person.
        now: time in the Date header, aware.
    """
    language = letter.language if (letter.kind, letter.language) in TEXTS else "nl"
    text = _filled(TEXTS[letter.kind, language], letter.words)
    message = EmailMessage()
    message["From"] = mail_from
    message["To"] = letter.to
    message["Subject"] = text.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(letter.identity, mail_from=mail_from, key=key)
    message["Auto-Submitted"] = "auto-generated"
    if letter.own_page:
        # One click in the mail program reaches the page's POST; a scanner that follows the link changes nothing.
        message["List-Unsubscribe"] = f"<{letter.own_page}/unsubscribe>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    footer = letter.own_page if letter.own_page != letter.link else ""
    message.set_content(_plain(text, language, letter.link, footer), cte="quoted-printable")
    message.add_alternative(_html(text, language, letter.link, footer), subtype="html", cte="quoted-printable")
    if letter.attachment is not None:
        name = {"nl": "uw-gegevens.json", "en": "your-data.json"}[language]
        message.add_attachment(letter.attachment, maintype="application", subtype="json", filename=name)
    # Last: the content headers of a part move along with it while the message grows.
    message["Content-Language"] = language
    return message


def message_id(identity: str, *, mail_from: str, key: bytes) -> str:
    """The same identity gives the same id, so that a mail that was offered twice can be told from two mails."""
    digest = hmac.new(key, f"mail|{identity}".encode(), hashlib.sha256).hexdigest()[:32]
    domain = parseaddr(mail_from)[1].rpartition("@")[2]
    return f"<{digest}@{domain}>"


def _filled(text: Text, words: Mapping[str, str]) -> Text:
    def fill(sentence: str) -> str:
        for name, value in words.items():
            sentence = sentence.replace(f"{{{name}}}", " ".join(value.split()))
        return sentence

    return Text(
        subject=fill(text.subject),
        before=tuple(map(fill, text.before)),
        link=text.link,
        after=tuple(map(fill, text.after)),
    )


def _plain(text: Text, language: str, link: str, own_page: str) -> str:
    parts = [GREETING[language], *text.before]
    if text.link and link:
        parts.append(f"{text.link}:\n{link}")
    parts += [*text.after, CLOSING[language]]
    if own_page:
        parts.append(f"--\n{FOOTER[language]}\n{own_page}")
    return "\n\n".join(parts) + "\n"


def _html(text: Text, language: str, link: str, own_page: str) -> str:
    parts = [f"<p>{_escaped(part)}</p>" for part in (GREETING[language], *text.before)]
    if text.link and link:
        parts.append(f'<p><a href="{html.escape(link)}">{_escaped(text.link)}</a></p>')
    parts += [f"<p>{_escaped(part)}</p>" for part in (*text.after, CLOSING[language])]
    if own_page:
        address = html.escape(own_page)
        parts.append(f'<p><small>{_escaped(FOOTER[language])} <a href="{address}">{address}</a></small></p>')
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f"<title>{_escaped(text.subject)}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
