"""The privacy notice people read before they give any datum. A change of words is a new version."""

from samenspraak.types.base import Localised, Request

NOTICE_VERSION = "2026-11-2"


class NoticeSection(Request, frozen=True, kw_only=True):
    heading: Localised
    text: Localised


def _section(nl: tuple[str, str], en: tuple[str, str]) -> NoticeSection:
    return NoticeSection(heading=Localised(nl=nl[0], en=en[0]), text=Localised(nl=nl[1], en=en[1]))


TITLE = Localised(nl="Uw gegevens bij Samenspraak", en="Your data at Samenspraak")

SECTIONS: tuple[NoticeSection, ...] = (
    _section(
        (
            "Wie vraagt dit?",
            "Het panel is van de Nederlandse AI Coalitie (NL AIC). NL AIC bepaalt wat er met uw gegevens gebeurt. "
            "U kunt uw vragen mailen naar de afzender van onze mail.",
        ),
        (
            "Who is asking?",
            "The panel belongs to the Dutch AI Coalition (NL AIC). NL AIC decides what happens with your data. "
            "You can mail your questions to the sender of our mail.",
        ),
    ),
    _section(
        (
            "Wat vragen we?",
            "We vragen uw e-mailadres en uw geboortejaar. We vragen ook uw geslacht, uw provincie en uw opleiding. "
            "Die drie mag u overslaan. We vragen geen naam, geen adres en geen telefoonnummer.",
        ),
        (
            "What do we ask?",
            "We ask for your e-mail address and your year of birth. We also ask for your sex, province and education. "
            "You may skip those three. We ask for no name, no address and no telephone number.",
        ),
    ),
    _section(
        (
            "Waarom?",
            "Met uw e-mailadres sturen we u vragenlijsten. Met de andere gegevens kiezen we door loting wie meedoet. "
            "Ook zorgen we ermee dat groepen eerlijk meetellen in de uitkomst.",
        ),
        (
            "Why?",
            "We use your e-mail address to send you questionnaires. With the other data we draw by lot who takes part. "
            "They also help every group to count fairly in the result.",
        ),
    ),
    _section(
        (
            "Wie ziet het?",
            "Uw e-mailadres staat apart van uw andere gegevens. Uw antwoorden staan daar weer apart van. "
            "De maker van een AI-toepassing ziet uitkomsten van groepen, nooit uw vragenlijst. "
            "Wat u in eigen woorden schrijft, kan zonder uw naam in een verslag staan. Een medewerker leest het eerst. "
            "U kunt dat bij de vraag weigeren.",
        ),
        (
            "Who sees it?",
            "Your e-mail address is kept apart from your other data. Your answers are kept apart from both. "
            "The maker of an AI application sees results of groups, never your questionnaire. "
            "What you write in your own words may be printed in a report without your name. A member of staff reads it "
            "first. You can refuse that at the question.",
        ),
    ),
    _section(
        (
            "Hoe lang?",
            "We bewaren uw gegevens zolang u lid bent. Stopt u, dan wissen we ze na 180 dagen. "
            "Bevestigt u uw aanmelding niet, dan wissen we alles na 7 dagen. "
            "Is een verslag klaar, dan weten we niet meer welke antwoorden van u zijn.",
        ),
        (
            "How long?",
            "We keep your data as long as you are a member. If you stop, we erase them after 180 days. "
            "If you do not confirm your sign-up, we erase everything after 7 days. "
            "Once a report is ready, we no longer know which answers are yours.",
        ),
    ),
    _section(
        (
            "Wat kunt u doen?",
            "In elke mail staat een link naar uw eigen pagina. Daar kunt u pauzeren, stoppen, uw gegevens opvragen "
            "of alles meteen laten wissen. Meedoen is vrij. U kunt ook een klacht sturen "
            "naar de Autoriteit Persoonsgegevens.",
        ),
        (
            "What can you do?",
            "Every mail has a link to your own page. There you can pause, stop, get a copy of your data "
            "or have everything erased at once. Taking part is free. "
            "You can also complain to the Dutch Data Protection Authority.",
        ),
    ),
)

CONSENT = Localised(
    nl="Ik ben 18 jaar of ouder. Ik heb gelezen wat er met mijn gegevens gebeurt en ik vind dat goed.",
    en="I am 18 or older. I have read what happens with my data and I agree.",
)
"""The sentence beside the box on the sign-up form. Only the year of birth is asked, so it also states the age."""

VERSIONS: frozenset[str] = frozenset({"2026-11-1", NOTICE_VERSION})
"""Versions a consent may name. An old version stays here as long as consents to it are valid."""
