"""How each sample kind may be spoken about: the nouns, the weighting clause and the sentence on uncertainty.

"Representative" and "of the Dutch" belong to a probability sample. Simulated answers never speak of persons at all.
"""

import msgspec
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.margins import MarginSet

from panels.coding import CROSS
from panels.margins import areas
from service.reports.numbers import listed_en, listed_nl


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one sample kind."""

    who: Localised
    """Whose share it is, after `of` / `van`."""
    divided: Localised
    """Said when the interval crosses half."""
    source: Localised
    """Where the answers come from, on the first page."""
    margin: Localised | None
    """Sentence on sampling uncertainty with `{margin}`; None where a margin of error would mislead or stands inline."""
    limit: Localised | None
    """Sentence used instead of `margin`."""
    inline_interval: bool
    """Estimate with its interval inside the sentence: only for probability samples."""
    risk: Localised
    """Which risk remains after weighting."""
    selection: Localised
    """How people were selected, for the method annex."""
    population: Localised
    """Whom the figures are about, with `{age}`, `{area_nl}` and `{area_en}`."""


VOICES: dict[SampleKind, Voice] = {
    "probability": Voice(
        who=Localised(nl="de volwassenen", en="adults"),
        divided=Localised(nl="De meningen zijn verdeeld.", en="Opinions are divided."),
        source=Localised(
            nl="een aselecte steekproef met bekende kansen", en="a random sample with known selection probabilities"
        ),
        margin=None,
        limit=None,
        inline_interval=True,
        risk=Localised(
            nl="Resterend risico: niet iedereen die is uitgenodigd, heeft geantwoord. Wie niet antwoordt, kan "
            "anders denken. De weging verkleint dat verschil, maar kan het niet uitsluiten.",
            en="Remaining risk: not everybody who was invited answered. Those who did not may think differently. "
            "Weighting makes that difference smaller but cannot rule it out.",
        ),
        selection=Localised(
            nl="Aselecte trekking: ieder lid van de doelgroep had een bekende kans om gekozen te worden.",
            en="Random selection: everybody in the target population had a known chance of being chosen.",
        ),
        population=Localised(
            nl="Mensen van {age} jaar en ouder die in {area_nl} wonen.",
            en="People of {age} and over living in {area_en}.",
        ),
    ),
    "opt_in_panel": Voice(
        who=Localised(nl="de deelnemers", en="the participants"),
        divided=Localised(nl="De deelnemers zijn verdeeld.", en="Participants are divided."),
        source=Localised(
            nl="een panel waarvoor mensen zichzelf hebben aangemeld", en="a panel that people signed up for themselves"
        ),
        margin=Localised(
            nl="Was het panel een toevalssteekproef, dan was de onzekerheid plus of min {margin}; fouten door wie "
            "er meedoet komen daar nog bij.",
            en="If the panel were a random sample, the uncertainty would be plus or minus {margin}; errors from "
            "who takes part come on top.",
        ),
        limit=None,
        inline_interval=False,
        risk=Localised(
            nl="Resterend risico: leden van dit panel hebben zich zelf aangemeld en kozen zelf om te antwoorden. "
            "Zij kunnen anders denken dan wie dat niet deed, ook na weging. De ruime band bij de cijfers laat "
            "zien hoe ver dat kan doorwerken; het blijft een aanname.",
            en="Remaining risk: members of this panel signed up themselves and chose themselves whether to answer."
            " They may think differently from those who did not, also after weighting. The wide band beside the"
            " figures shows how far that could reach; it remains an assumption.",
        ),
        selection=Localised(
            nl="Gelaagde, gelote trekking uit een panel van vrijwillige aanmelders. De kans om lid van het panel "
            "te worden is onbekend; daarom is er geen foutmarge zonder aannames.",
            en="Stratified draw by lot from a panel of volunteers. The chance of becoming a panel member is "
            "unknown; therefore there is no margin of error without assumptions.",
        ),
        population=Localised(
            nl="Panelleden van {age} jaar en ouder in {area_nl}; gewogen naar cijfers over alle inwoners daar van "
            "{age} jaar en ouder. Wie de vragenlijst niet online kan lezen, doet niet mee.",
            en="Panel members of {age} and over in {area_en}; weighted to figures on all residents there of {age} "
            "and over. Those who cannot read the questionnaire online do not take part.",
        ),
    ),
    "event": Voice(
        who=Localised(nl="de bezoekers die meededen", en="the visitors who took part"),
        divided=Localised(nl="De bezoekers die meededen zijn verdeeld.", en="The visitors who took part are divided."),
        source=Localised(nl="bezoekers van een bijeenkomst", en="visitors of an event"),
        margin=None,
        limit=Localised(
            nl="Dit geldt alleen voor wie op de bijeenkomst meedeed; een foutmarge is hier niet te geven.",
            en="This holds only for those who took part at the event; no margin of error can be given.",
        ),
        inline_interval=False,
        risk=Localised(
            nl="Resterend risico: wie naar een bijeenkomst komt, kan anders denken dan wie wegblijft. Deze cijfers"
            " gaan alleen over wie er was en meedeed.",
            en="Remaining risk: those who come to an event may think differently from those who stay away. These "
            "figures are only about those who were there and took part.",
        ),
        selection=Localised(
            nl="Iedere bezoeker van de bijeenkomst kon meedoen; er is niet geloot.",
            en="Every visitor of the event could take part; there was no draw.",
        ),
        population=Localised(nl="Bezoekers van de bijeenkomst.", en="Visitors of the event."),
    ),
    "open_link": Voice(
        who=Localised(nl="wie via de open link meedeed", en="those who took part through the open link"),
        divided=Localised(
            nl="Wie via de open link meedeed, is verdeeld.", en="Those who took part through the open link are divided."
        ),
        source=Localised(nl="een open link die iedereen kon gebruiken", en="an open link that anybody could use"),
        margin=None,
        limit=Localised(
            nl="Dit geldt alleen voor wie via de open link meedeed; een foutmarge is hier niet te geven.",
            en="This holds only for those who took part through the open link; no margin of error can be given.",
        ),
        inline_interval=False,
        risk=Localised(
            nl="Resterend risico: iedereen kon meedoen, ook groepen die elkaar oproepen. Deze cijfers gaan alleen "
            "over wie meedeed.",
            en="Remaining risk: anybody could take part, also groups that call on each other. These figures are "
            "only about those who took part.",
        ),
        selection=Localised(
            nl="Een open link: wie hem kreeg of vond, kon meedoen. Er is niet geloot.",
            en="An open link: whoever received or found it could take part. There was no draw.",
        ),
        population=Localised(
            nl="Onbekend: wie de link kreeg of vond.", en="Unknown: whoever received or found the link."
        ),
    ),
    "simulated": Voice(
        who=Localised(nl="de gesimuleerde antwoorden", en="the simulated answers"),
        divided=Localised(nl="De gesimuleerde antwoorden zijn verdeeld.", en="The simulated answers are divided."),
        source=Localised(
            nl="een simulatie: alle antwoorden zijn door een computer gemaakt",
            en="a simulation: every answer was made by a computer",
        ),
        margin=Localised(
            nl="Als toevalssteekproef uit de gesimuleerde bevolking was de onzekerheid plus of min {margin}; "
            "fouten door wie in de simulatie antwoordt komen daar nog bij.",
            en="As a random sample of the simulated population the uncertainty would be plus or minus {margin}; "
            "errors from who answers in the simulation come on top.",
        ),
        limit=None,
        inline_interval=False,
        risk=Localised(
            nl="Resterend risico: dit is een simulatie en zegt niets over wat er in Nederland leeft. Ook binnen de"
            " simulatie kan wie antwoordt anders denken dan wie niet antwoordt, ook na weging. De ruime band "
            "bij de cijfers laat zien hoe ver dat kan doorwerken.",
            en="Remaining risk: this is a simulation and says nothing about opinion in the Netherlands. Within the"
            " simulation, too, those who answer may think differently from those who do not, also after "
            "weighting. The wide band beside the figures shows how far that could reach.",
        ),
        selection=Localised(
            nl="Gelaagde, gelote trekking uit een gesimuleerd panel, langs dezelfde weg als bij een echt panel.",
            en="Stratified draw by lot from a simulated panel, along the same path as a real panel.",
        ),
        population=Localised(
            nl="Een gesimuleerde bevolking van {age} jaar en ouder in {area_nl}, opgebouwd uit openbare randtotalen.",
            en="A simulated population of {age} and over in {area_en}, built from public population totals.",
        ),
    ),
}

BANNER = Localised(
    nl="SIMULATIE: alle antwoorden zijn door een computer gemaakt. Dit rapport meet geen echte meningen.",
    en="SIMULATION: every answer was made by a computer. This report measures no real opinions.",
)

OPINIONS_ONLY = Localised(
    nl="Deze audit beschrijft meningen; hij laat niet zien dat het systeem veilig, rechtmatig of eerlijk is.",
    en="This audit describes opinions; it does not show that the system is safe, lawful or fair.",
)

DIMENSIONS: dict[str, Localised] = {
    "sex_age": Localised(nl="geslacht en leeftijd", en="sex and age"),
    "sex": Localised(nl="geslacht", en="sex"),
    "age7": Localised(nl="leeftijd", en="age"),
    "age3": Localised(nl="leeftijd", en="age"),
    "province": Localised(nl="provincie", en="province"),
    "landsdeel": Localised(nl="landsdeel", en="part of the country"),
    "education": Localised(nl="opleiding", en="education"),
    "education3": Localised(nl="opleiding", en="education"),
    "digital_skill": Localised(nl="digitale vaardigheid", en="digital skill"),
    "experience": Localised(nl="eigen ervaring", en="own experience"),
}

FORBIDDEN: dict[SampleKind, tuple[str, ...]] = {
    "probability": (
        "referend",
        "zal gebruiken",
        "will use",
        "adoption",
        "goedgekeurd door de samenleving",
        "approved by society",
    ),
    "opt_in_panel": (
        "nederlanders",
        "of the dutch",
        "the dutch",
        "representatie",
        "representative",
        "referend",
        "zal gebruiken",
        "will use",
        "adoption",
        "approved by society",
        "het volk",
        "the people decided",
    ),
    "event": (
        "nederlanders",
        "the dutch",
        "representatie",
        "representative",
        "plus of min",
        "plus or minus",
        "referend",
        "adoption",
    ),
    "open_link": (
        "nederlanders",
        "the dutch",
        "representatie",
        "representative",
        "plus of min",
        "plus or minus",
        "referend",
        "adoption",
    ),
    "simulated": (
        "nederlanders",
        "dutch",
        "mensen",
        "people",
        "burgers",
        "citizens",
        "deelnemers",
        "participants",
        "panelleden",
        "volwassenen",
        "adults",
        "representatie",
        "representative",
        "referend",
        "will use",
        "adoption",
    ),
}
"""Phrases that may not stand in our own sentences (quoted questions and answers left out), lower case, by kind."""


def population(kind: SampleKind, margins: MarginSet) -> Localised:
    """Whom the figures are about: by how people were selected, and the area and age of the margins."""
    said = VOICES[kind].population
    country = margins.area == areas.COUNTRY
    name = areas.name(margins.area)
    words = {
        "age": margins.base.rstrip("+"),
        "area_nl": name,
        "area_en": "the Netherlands" if country else name,
    }
    return Localised(nl=said.nl.format(**words), en=said.en.format(**words))


def dimension_name(key: str) -> Localised:
    """Plain name of a profile dimension or of a combination of two; an unknown one is named by its key."""
    if CROSS in key:
        parts = [dimension_name(part) for part in key.split(CROSS)]
        return Localised(nl=" per ".join(part.nl for part in parts), en=" by ".join(part.en for part in parts))
    return DIMENSIONS.get(key, Localised(nl=key, en=key))


def weighted_to(dimensions: tuple[str, ...]) -> Localised:
    """The clause `weighted to ...` with the variables that the weighting record names; empty when it names none."""
    if not dimensions:
        return Localised(nl="", en="")
    names = [dimension_name(key) for key in dimensions]
    return Localised(
        nl="gewogen naar " + listed_nl([name.nl for name in names]),
        en="weighted to " + listed_en([name.en for name in names]),
    )
