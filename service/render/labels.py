"""Headings and small words of the rendered report, in both languages."""

from samenspraak.types.base import Lang, Localised


def _l(nl: str, en: str) -> Localised:
    return Localised(nl=nl, en=en)


LABELS: dict[str, Localised] = {
    "kind_of_document": _l("Samenlevingsaudit", "Society audit"),
    "in_short": _l("In het kort", "In short"),
    "in_english": _l("In het Engels", "In English"),
    "in_other": _l("Samenvatting in het Engels", "Summary in Dutch"),
    "decisions": _l("Vooraf besloten, en hier gemeld", "Decided in advance, and reported here"),
    "risk": _l("Welk risico blijft over", "Which risk remains"),
    "contents": _l("Inhoud", "Contents"),
    "how_sure": _l("Hoe zeker zijn we?", "How sure are we?"),
    "comprehension": _l("Is de uitleg begrepen?", "Was the explanation understood?"),
    "value": _l("Waarde", "Value"),
    "concerns": _l("Zorgen", "Concerns"),
    "use": _l("Gebruik en voorkeur", "Use and preference"),
    "other": _l("Vertrouwen en aanvaarding", "Trust and acceptance"),
    "general": _l("AI in het algemeen", "AI in general"),
    "vote": _l("Stemvraag in de vragenlijst", "Vote question in the questionnaire"),
    "ballot": _l("Geheime raadplegende stemming", "Secret consultative ballot"),
    "conditions": _l("Voorwaarden", "Conditions"),
    "own": _l("Vragen van de eigenaar", "Questions of the owner"),
    "open": _l("Vragen en ideeën in eigen woorden", "Questions and ideas in own words"),
    "groups": _l("Verschillen tussen groepen", "Differences between groups"),
    "weighting": _l("Weging in cijfers", "Weighting in figures"),
    "method": _l("Verantwoording", "Method"),
    "answer": _l("Antwoord", "Answer"),
    "share": _l("Aandeel", "Share"),
    "interval": _l("Interval", "Interval"),
    "band": _l("Ruime band", "Wide band"),
    "count": _l("Aantal", "Number"),
    "group": _l("Groep", "Group"),
    "n": _l("n", "n"),
    "rank": _l("Plaats", "Rank"),
    "concern": _l("Zorg", "Concern"),
    "worried": _l("Veel of heel veel zorgen", "Much or very much worried"),
    "top_three": _l("In eigen top drie", "In own top three"),
    "dont_know": _l("Weet ik niet (van alle antwoorden)", "Don't know (of all answers)"),
    "mean": _l("Gemiddelde", "Mean"),
    "too_few": _l("te weinig antwoorden", "too few answers"),
    "suppressed": _l("niet getoond", "not shown"),
    "exploratory": _l("verkennend", "exploratory"),
    "unreliable": _l("onnauwkeurig", "unreliable"),
    "no_answers": _l("geen antwoorden", "no answers"),
    "understood": _l("Bij genoeg begripsvragen goed", "With enough comprehension questions right"),
    "not_flagged": _l("Zonder twijfelachtige vragenlijsten", "Without doubtful questionnaires"),
    "value_first": _l("Waarde eerst gevraagd", "Value asked first"),
    "concerns_first": _l("Zorgen eerst gevraagd", "Concerns asked first"),
    "whole": _l("Hoofdcijfer", "Main figure"),
    "compared": _l("Hetzelfde cijfer, anders bekeken", "The same figure, looked at differently"),
    "differs": _l(
        "Hier is een verschil tussen groepen, ook na correctie voor het aantal vergelijkingen: {names}.",
        "Here groups differ, also after correction for the number of comparisons: {names}.",
    ),
    "differs_not": _l(
        "Geen verschil dat na correctie voor het aantal vergelijkingen overeind blijft.",
        "No difference that stands after correction for the number of comparisons.",
    ),
    "base_all": _l("alle antwoorden", "all answers"),
    "base_knows": _l("alle antwoorden met een mening", "all answers with an opinion"),
    "base_ranked": _l("wie een top drie gaf", "those who gave a top three"),
    "base_cast": _l("uitgebrachte stemmen", "votes cast"),
    "basis": _l("Basis", "Base"),
    "effective": _l("effectief", "effective"),
    "legend": _l(
        "Dikke streep: interval door toeval. Dunne streep: ruime band, want wie meedoet kan anders denken.",
        "Thick line: interval by chance. Thin line: wide band, as those who take part may think differently.",
    ),
    "legend_plain": _l("Dikke streep: interval door toeval.", "Thick line: interval by chance."),
    "legend_unreliable": _l(
        "(o): statistisch onbetrouwbaar, want het interval is te breed of er zijn te weinig effectieve antwoorden.",
        "(u): statistically unreliable, as the interval is too wide or there are too few effective answers.",
    ),
    "legend_exploratory": _l("(v), grijs: verkennend (n van 30 tot 99).", "(e), grey: exploratory (n from 30 to 99)."),
    "invitations": _l("Uitnodigingen", "Invitations"),
    "completes": _l("Volledig ingevuld", "Completed"),
    "participation": _l("Deelname", "Participation"),
    "response": _l("Respons (AAPOR RR2)", "Response rate (AAPOR RR2)"),
    "n_eff": _l("Effectieve omvang na weging", "Effective size after weighting"),
    "deff": _l("Ontwerpeffect van de weging", "Design effect of the weighting"),
    "period": _l("Veldwerk", "Fieldwork"),
    "minutes": _l("Mediane invultijd (minuten)", "Median time (minutes)"),
    "flagged": _l("Twijfelachtige vragenlijsten", "Doubtful questionnaires"),
    "with_mark": _l("Vragenlijsten met: {mark}", "Questionnaires with: {mark}"),
    "key_numbers": _l("Kerngetallen", "Key numbers"),
    "dispositions": _l("Wat er van de uitnodigingen kwam", "What became of the invitations"),
    "what": _l("Wat", "What"),
    "population": _l("Bevolking", "Population"),
    "before": _l("Voor weging", "Before weighting"),
    "after": _l("Na weging", "After weighting"),
    "level": _l("Groep", "Level"),
    "owner": _l("Eigenaar", "Owner"),
    "version": _l("Versie", "Version"),
    "date": _l("Rapport van", "Report of"),
    "page": _l("Pagina", "Page"),
    "plan": _l("Plan", "Plan"),
    "proposition": _l("Voorstel", "Proposition"),
    "receipts": _l("Ontvangstbewijzen in de telling", "Receipts in the count"),
    "wrote": _l("Aantal dat iets opschreef", "Number who wrote something"),
    "tests": _l("Vooraf vastgelegde toetsen", "Tests that were declared"),
    "family": _l("Toetsen", "Tests"),
    "family_vote_and_value": _l("stem en waarde voor Nederland", "vote and value for the country"),
    "family_other_key_figures": _l("andere kerncijfers", "other key figures"),
    "family_confirmatory": _l(
        "Vooraf als vraag vastgelegd. De kans op ook maar één onterechte vondst hier is hooguit {level} procent.",
        "Declared as questions in advance. The chance of even one false finding here is at most {level} percent.",
    ),
    "family_exploratory": _l(
        "Verkennend. Van wat hier overeind blijft is naar verwachting hooguit {level} procent onterecht.",
        "Exploratory. Of what stands here at most {level} percent is expected to be false.",
    ),
    "holm": _l(
        "F-toets van Rao en Scott (tweede orde), gecorrigeerd volgens Holm",
        "F test of Rao and Scott (second order), corrected after Holm",
    ),
    "benjamini_hochberg": _l(
        "F-toets van Rao en Scott (tweede orde), gecorrigeerd volgens Benjamini en Hochberg",
        "F test of Rao and Scott (second order), corrected after Benjamini and Hochberg",
    ),
    "figure": _l("Cijfer", "Figure"),
    "df": _l("vrijheidsgraden", "df"),
    "p_adjusted": _l("p, gecorrigeerd", "p, corrected"),
    "stands": _l("verschil", "difference"),
    "stands_not": _l("geen verschil aangetoond", "no difference shown"),
    "not_tested": _l("niet getoetst", "not tested"),
    "points": _l("Punten", "Points"),
    "to": _l("tot", "to"),
    "differences": _l("Verschillen", "Differences"),
    "drivers": _l("Welke zorg hoort bij tegen stemmen?", "Which concern goes with voting against?"),
    "events": _l("tegen", "against"),
    "legend_difference": _l(
        "Stip: verschil in procentpunten. Lijn: interval door toeval. Op de nullijn is er geen verschil.",
        "Dot: difference in percentage points. Line: interval by chance. On the zero line there is no difference.",
    ),
    "variants": _l("Varianten van de toepassing", "Variants of the application"),
    "variant": _l("Variant", "Variant"),
    "by_variant": _l("Per variant", "By variant"),
    "order_effects": _l("Maakte de volgorde van de vragen uit?", "Did the order of the questions matter?"),
    "order_effects_note": _l(
        "De helft kreeg eerst de vragen over waarde, de andere helft eerst die over zorgen. Wie wat kreeg is geloot.",
        "One half got the questions on value first, the other half those on concerns. Who got which was drawn by lot.",
    ),
    "funnel": _l("Van uitnodiging tot cijfer", "From invitation to figure"),
    "modes": _l("Manier van antwoorden", "Way of answering"),
    "evenness": _l("Was de deelname gelijk verdeeld?", "Was participation even?"),
    "r_indicator": _l("R-indicator (1: geheel gelijk)", "R-indicator (1: fully even)"),
    "r_unadjusted": _l("Zonder correctie voor de omvang", "Without correction for size"),
    "maximal_bias": _l(
        "Grootst mogelijke vertekening voor weging (standaarddeviaties)",
        "Largest possible bias before weighting (standard deviations)",
    ),
    "partial_indicators": _l("Per kenmerk", "By characteristic"),
    "dimension": _l("Kenmerk", "Characteristic"),
    "unconditional": _l("Op zichzelf", "By itself"),
    "conditional": _l("Naast de andere", "Beside the others"),
    "value_of": _l("Waarde", "Value"),
    "legend_evenness": _l(
        "Links van nul: minder deelname dan gemiddeld; rechts: meer.",
        "Left of zero: less participation than average; right: more.",
    ),
    "held_back": _l("Wat niet wordt getoond", "What is not shown"),
    "corrected": _l("Verbeterde teksten: versie {version}", "Corrected texts: version {version}"),
    "corrected_text": _l(
        "{place} – eerst: “{before}” – daarna: “{after}”", "{place} – before: “{before}” – after: “{after}”"
    ),
    "alpha": _l("Betrouwbaarheid (alfa)", "Reliability (alpha)"),
    "omega": _l("Betrouwbaarheid (omega)", "Reliability (omega)"),
    "net": _l("Saldo (positief min negatief, in punten)", "Net score (positive minus negative, in points)"),
    "how_coded": _l("Hoe de antwoorden zijn gecodeerd", "How the answers were coded"),
    "coder": _l("Codering", "Coding"),
    "wrote_how_many": _l("{n} schreven hier iets.", "{n} wrote something here."),
    "legend_codes": _l(
        "Aandeel van wie iets schreef, door de computer gecodeerd. Streep: interval door toeval.",
        "Share of those who wrote, coded by the computer. Line: interval by chance.",
    ),
    "coded_concerns": _l("Zorgen in eigen woorden", "Worries in own words"),
    "by_people": _l("Met de hand gecodeerd", "Coded by hand"),
    "themes": _l("Thema's: woorden die samen voorkomen", "Themes: words that occur together"),
    "words": _l("Woorden", "Words"),
    "lead": _l("Voor min tegen (punten)", "For minus against (points)"),
    "second_opinion": _l("Tweede mening (model)", "Second opinion (model)"),
    "second_opinion_note": _l(
        "Tweede mening: een model leent kracht van andere groepen en telt op tot de bevolking. Alleen bij kleine "
        "groepen (n van 30 tot 99), naast het cijfer en nooit in plaats daarvan.",
        "Second opinion: a model borrows strength from other groups and adds up to the population. Only for small "
        "groups (n from 30 to 99), beside the figure and never instead of it.",
    ),
    "skip": _l("Naar de inhoud", "Skip to content"),
}

DISPOSITIONS: dict[str, Localised] = {
    "queued": _l("nog niet verstuurd", "not sent yet"),
    "sent": _l("verstuurd, geen antwoord", "sent, no answer"),
    "undeliverable": _l("niet te bezorgen", "undeliverable"),
    "started": _l("begonnen, niet afgemaakt", "started, not finished"),
    "completed": _l("volledig ingevuld", "completed"),
    "declined": _l("wilde niet meedoen", "declined"),
    "broken_off": _l("afgebroken", "broken off"),
    "withdrawn": _l("teruggetrokken", "withdrawn"),
    "quota_full": _l("kwam toen de groep vol was", "came when the group was full"),
}

FLAGS: dict[str, Localised] = {
    "speeding": _l("erg snel", "very fast"),
    "straight_lining": _l("steeds hetzelfde vakje", "always the same box"),
    "attention": _l("controlevraag fout", "check question wrong"),
    "duplicate": _l("dezelfde antwoorden als een ander", "the same answers as another"),
    "item_nonresponse": _l("veel overgeslagen", "many skipped"),
}


def label(key: str, lang: Lang) -> str:
    """One small text in one language."""
    return say(LABELS[key], lang)


def heading(text: Localised, lang: Lang) -> str:
    """The text with a capital, where it stands on a line of its own."""
    words = say(text, lang)
    return words[:1].upper() + words[1:]


def say(text: Localised, lang: Lang) -> str:
    return text.nl if lang == "nl" else text.en
