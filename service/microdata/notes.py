"""In words, what the file is and what was done to protect people; the same words stand in every form of it."""

from collections.abc import Sequence

from samenspraak.types.base import Localised
from samenspraak.types.microdata import FigureCheck, Protection
from samenspraak.types.report import Report

from service.microdata.background import HIDDEN
from service.microdata.table import RARE_UNDER, SKIPPED, WEIGHT, Table


def _l(nl: str, en: str) -> Localised:
    return Localised(nl=nl, en=en)


def terms(agreement: str) -> Localised:
    """Who may use the file."""
    return _l(
        f"Alleen voor onderzoek onder overeenkomst {agreement}. Niet doorgeven, niet koppelen aan andere gegevens, "
        "niet proberen iemand te herkennen; wissen als de overeenkomst eindigt.",
        f"For research under agreement {agreement} only. Do not pass on, do not link to other data, do not try to "
        "recognise anybody; delete when the agreement ends.",
    )


def notes(
    report: Report, table: Table, protection: Protection, figures: Sequence[FigureCheck]
) -> tuple[Localised, ...]:
    """One text per subject, the content of the file first."""
    return (
        _content(report, table),
        _keys(protection),
        *_suppressed(protection),
        _weights(figures),
        _codes(),
        *_left_out(protection),
    )


def document(title: Localised, said: Sequence[Localised]) -> str:
    """The notes as a text of their own, English and Dutch."""
    parts = [f"# {title.en}", *(note.en for note in said), f"# {title.nl}", *(note.nl for note in said)]
    return "\n\n".join(parts) + "\n"


def _content(report: Report, table: Table) -> Localised:
    simulated_nl = " De antwoorden zijn gesimuleerd." if report.simulated else ""
    simulated_en = " The answers are simulated." if report.simulated else ""
    return _l(
        f"{report.n} ingevuld verstuurde vragenlijsten, {len(table.columns)} kolommen.{simulated_nl} Een rij is een "
        "persoon; de volgorde is willekeurig. Er staan geen namen, tijden, open antwoorden of geheime stemmen in.",
        f"{report.n} questionnaires that were sent in complete, {len(table.columns)} columns.{simulated_en} A row is a "
        "person; the order is random. There are no names, times, open answers or secret ballots in it.",
    )


def _keys(found: Protection) -> Localised:
    keys = ", ".join(found.keys)
    before, after = f"{found.unique_before:.1%}", f"{found.unique:.1%}"
    coarse_nl = f" Grover gemaakt: {', '.join(found.coarsened)}." if found.coarsened else ""
    coarse_en = f" Made coarser: {', '.join(found.coarsened)}." if found.coarsened else ""
    return _l(
        f"Van elke combinatie van {keys} zijn er minstens {found.k} mensen.{coarse_nl} Alleen in hun combinatie: "
        f"{before.replace('.', ',')} van de mensen daarvoor, {after.replace('.', ',')} in dit bestand.",
        f"Every combination of {keys} has at least {found.k} people.{coarse_en} Alone in their combination: "
        f"{before} of the people before, {after} in this file.",
    )


def _suppressed(found: Protection) -> tuple[Localised, ...]:
    if not found.suppressed:
        return ()
    counts = ", ".join(f"{name} {count}" for name, count in found.suppressed.items())
    return (
        _l(
            f"Onderdrukte waarden ({HIDDEN}; getallen zijn begrensd): {counts}. Bij achtergrond en eigen vragen van de "
            f"eigenaar zijn antwoorden van minder dan {RARE_UNDER} mensen onderdrukt.",
            f"Suppressed values ({HIDDEN}; numbers are top and bottom coded): {counts}. In background and the owner's "
            f"own questions, answers of fewer than {RARE_UNDER} people are suppressed.",
        ),
    )


def _weights(figures: Sequence[FigureCheck]) -> Localised:
    found = ", ".join(f"{one.key} {one.report:.4f} / {one.file:.4f}" for one in figures)
    again_nl = f" Cijfers in het rapport / uit dit bestand: {found}." if found else ""
    again_en = f" Figures in the report / from this file: {found}." if found else ""
    return _l(
        f"Weeg met {WEIGHT}: het eindgewicht van het rapport, gemiddeld over minstens vijf mensen met dezelfde "
        f"kenmerken en bijgesteld op de uitgebrachte cijfers.{again_nl}",
        f"Weight with {WEIGHT}: the final weight of the report, averaged over at least five people with the same "
        f"characteristics and calibrated back to the released figures.{again_en}",
    )


def _codes() -> Localised:
    return _l(
        f"Leeg: niet gevraagd. {SKIPPED}: opengelaten; bij getallen ook leeg. 98 en 99: weet ik niet, zeg ik liever "
        "niet, waar de vraag dat aanbiedt. Deze codes zijn geen antwoord.",
        f"Empty: not asked. {SKIPPED}: left open; for numbers empty as well. 98 and 99: don't know, prefer not to say, "
        "where the question offers that. These codes are no answer.",
    )


def _left_out(found: Protection) -> tuple[Localised, ...]:
    if not found.left_out:
        return ()
    names = ", ".join(found.left_out)
    return (_l(f"Niet in het bestand: {names}.", f"Not in the file: {names}."),)
