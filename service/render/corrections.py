"""Texts of the questionnaire that were corrected while people answered, in the rendered report."""

from samenspraak.types.base import Lang
from samenspraak.types.report import Correction, Report

from service.render.labels import label
from service.render.layout import Block
from service.reports.method import date_en, date_nl

LEADS = {
    "nl": "Op {day} zijn teksten van de vragenlijst verbeterd: {reason} Van de verstuurde vragenlijsten hadden er "
    "{before} de oude tekst en {after} de nieuwe. Wie al was begonnen, hield de oude tekst. Vragen en antwoorden "
    "bleven dezelfde.",
    "en": "On {day} texts of the questionnaire were corrected: {reason} Of the questionnaires that were sent {before} "
    "had the old text and {after} the new one. Those who had begun kept the old text. Questions and answers stayed the "
    "same.",
}


def blocks(report: Report, lang: Lang) -> tuple[Block, ...]:
    """One block per correction: when, why, how many before and after, and every old text beside the new one."""
    return tuple(_block(one, lang) for one in report.corrections)


def _block(one: Correction, lang: Lang) -> Block:
    day = date_nl(one.corrected_at) if lang == "nl" else date_en(one.corrected_at)
    reason = one.reason.strip()
    reason = reason if reason.endswith((".", "!", "?")) else f"{reason}."
    return Block(
        title=label("corrected", lang).format(version=one.version),
        lead=LEADS[lang].format(day=day, reason=reason, before=one.answered_before, after=one.answered_after),
        notes=tuple(
            label("corrected_text", lang).format(place=text.path, before=text.before, after=text.after)
            for text in one.texts
        ),
    )
