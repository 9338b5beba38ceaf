"""The privacy notice people read before they give any datum. A change of words is a new version."""

from samenspraak.types.base import Localised, Request

NOTICE_VERSION = "2026-11-4"


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
            "Soms vragen we ook uw postcode en uw huisnummer. Alles na uw geboortejaar mag u overslaan. "
            "Uw naam en telefoonnummer hoeft u niet te geven. Eén keer per jaar vragen we of uw gegevens nog kloppen.",
        ),
        (
            "What do we ask?",
            "We ask for your e-mail address and your year of birth. We also ask for your sex, province and education. "
            "Sometimes we also ask for your postcode and house number. You may skip all after your year of birth. "
            "You need not give your name or telephone number. Once a year we ask whether your data are still right.",
        ),
    ),
    _section(
        (
            "Wat doen we met uw postcode?",
            "Van uw postcode maken we uw gemeente en hoe stedelijk het daar is. Dan gooien we de postcode weg. "
            "Van postcode en huisnummer samen maken we één geheime code. "
            "Daaraan zien we alleen wie op hetzelfde adres woont. Het adres zelf bewaren we niet.",
        ),
        (
            "What do we do with your postcode?",
            "Your postcode becomes your municipality and how urban it is there. Then we throw the postcode away. "
            "Postcode and house number together become one secret code. "
            "It only shows us who lives at the same address. We do not keep the address itself.",
        ),
    ),
    _section(
        (
            "Liever een sms of een brief?",
            "Dan geeft u op uw eigen pagina uw mobiele nummer of uw postadres. "
            "We gebruiken die alleen om u uit te nodigen. Komt onze mail terug, dan schrijven we u op die manier. "
            "Ze staan bij uw e-mailadres, apart van al uw andere gegevens. Geen pagina laat ze zien. "
            "U kunt ze altijd veranderen of weghalen. Een adres op een brief wissen we na 30 dagen.",
        ),
        (
            "Would you prefer a text message or a letter?",
            "Then you give your mobile number or postal address on your own page. "
            "We only use them to invite you. If our mail comes back, we write to you that way. "
            "They are kept with your e-mail address, apart from all your other data. No page shows them. "
            "You can change or remove them at any time. An address on a letter is erased after 30 days.",
        ),
    ),
    _section(
        (
            "Wat vragen we apart?",
            "Uw herkomst is een bijzonder gegeven. We bewaren die alleen als u daar een eigen vinkje voor zet. "
            "We gebruiken haar alleen om burgerraden eerlijk te loten. "
            "Of u gevraagd wilt worden voor een burgerraad, kiest u ook met een eigen vinkje. "
            "U kunt elk vinkje later weer weghalen. Uw herkomst wissen we dan meteen.",
        ),
        (
            "What do we ask separately?",
            "Your origin is a special kind of data. We only keep it if you tick a box of its own for it. "
            "We only use it to draw citizens' assemblies fairly. "
            "Whether you want to be asked for a citizens' assembly is a tick of its own too. "
            "You can remove each tick later. Then we erase your origin at once.",
        ),
    ),
    _section(
        (
            "Kreeg u een brief met een code?",
            "Dan koos het lot u uit een lijst. In de brief staat welke lijst en waarom dat mag. "
            "De code zegt alleen uit welke groep brieven hij komt, niet wie u bent. "
            "We bewaren bij uw profiel hoe groot uw kans op een brief was.",
        ),
        (
            "Did you get a letter with a code?",
            "Then you were drawn by lot from a list. The letter says which list and why that is allowed. "
            "The code only says which group of letters it belongs to, not who you are. "
            "With your profile we keep how large your chance of a letter was.",
        ),
    ),
    _section(
        (
            "Hoe houden we het panel eerlijk?",
            "De computer let op tekens van robots en van dubbele aanmeldingen. "
            "Bijvoorbeeld een formulier dat in één tel is ingevuld. Zo'n teken verandert niets voor u. "
            "Een mens kijkt ernaar en beslist. De tekens die bij u horen, staan in de kopie van uw gegevens.",
        ),
        (
            "How do we keep the panel honest?",
            "The computer watches for signs of robots and of people who signed up twice. "
            "For example a form that was filled in within a second. Such a sign changes nothing for you. "
            "A person looks at it and decides. The signs that concern you are in the copy of your data.",
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


def consent(age: int) -> Localised:
    """The sentence beside the box on the sign-up form. Only the year of birth is asked, so it also states the age."""
    return Localised(
        nl=f"Ik ben {age} jaar of ouder. Ik heb gelezen wat er met mijn gegevens gebeurt en ik vind dat goed.",
        en=f"I am {age} or older. I have read what happens with my data and I agree.",
    )


ORIGIN_CONSENT = Localised(
    nl="Ik vind het goed dat u mijn herkomst bewaart om burgerraden eerlijk te loten.",
    en="I agree that you keep my origin to draw citizens' assemblies fairly.",
)
ASSEMBLY_CONSENT = Localised(
    nl="U mag mij vragen voor een burgerraad. Ik kan dan altijd nog nee zeggen.",
    en="You may ask me for a citizens' assembly. I can still say no then.",
)
"""Sentences beside the boxes of the optional consents; each has a consent record of its own."""

VERSIONS: frozenset[str] = frozenset({"2026-11-1", "2026-11-2", "2026-11-3", NOTICE_VERSION})
"""Versions a consent may name. An old version stays here as long as consents to it are valid."""
