"""What simulated citizens write in open questions: about what worries each of them most, in many wordings."""

from collections.abc import Mapping

import numpy as np

WRITES = 0.35
"""Share that writes something at an open question."""
NEUTRAL = 0.15
"""Of those, the share that raises no worry."""

ASKED: dict[str, tuple[str, ...]] = {
    "CN_PRIV": (
        "Hoe lang worden mijn gegevens bewaard?",
        "Wat gebeurt er met de gegevens die jullie verzamelen",
        "Wie kan er allemaal bij mijn gegevens?",
        "Worden mijn gegevens ook gedeeld met andere instanties?",
        "Ik maak me zorgen over mijn privacy.",
        "Waarom moeten er zo veel gegevens verzameld worden?",
        "Mijn privacy is belangrijk, bewaar niet meer dan nodig is",
    ),
    "CN_DISC": (
        "Worden sommige buurten vaker gecontroleerd?",
        "Is onderzocht of bepaalde groepen vaker worden gecontroleerd?",
        "Worden alle groepen gelijk behandeld, ook arme wijken?",
        "Zitten er vooroordelen in het systeem tegen bepaalde groepen?",
        "Ik ben bang voor discriminatie van bepaalde groepen",
    ),
    "CN_ERR": (
        "Wat gebeurt er als het systeem een fout maakt?",
        "Hoe vaak maakt de computer fouten?",
        "Hoeveel fouten zijn er in de proef gemaakt",
        "En als het fout gaat, wie heeft daar dan last van?",
        "Hoe betrouwbaar is de uitkomst van het systeem?",
        "Ik ben bang dat er fouten worden gemaakt met grote gevolgen.",
    ),
    "CN_TRAN": (
        "Hoe werkt het systeem precies?",
        "Waarom krijg ik geen uitleg over hoe de computer beslist?",
        "Kunnen jullie uitleggen hoe het werkt in gewone taal?",
        "Krijg ik uitleg als de computer iets over mij zegt?",
        "Leg duidelijk uit hoe het algoritme werkt",
    ),
    "CN_HUM": (
        "Kan ik ook gewoon een mens spreken?",
        "Ik wil liever een medewerker spreken dan een computer.",
        "Blijft het mogelijk om met een mens te praten?",
        "Kan ik nog iemand aan de telefoon krijgen of aan de balie",
        "Straks kun je nergens meer een mens spreken",
    ),
    "CN_OVER": (
        "Wie controleert dit?",
        "Kijkt er altijd een medewerker mee voordat er iets besloten wordt?",
        "Is er een onafhankelijke controle op het systeem?",
        "Hoe voorkom je dat medewerkers de computer te snel geloven?",
        "Laat altijd een mens de beslissing nemen en niet de computer",
    ),
    "CN_RED": (
        "Waar kan ik bezwaar maken als de uitkomst niet klopt?",
        "Hoe maak ik bezwaar tegen een beslissing?",
        "Kan ik een klacht indienen en krijg ik dan antwoord?",
        "Wat kan ik doen als ik het er niet mee eens ben, is er bezwaar mogelijk",
    ),
    "CN_AUT": (
        "Mag ik ook zelf kiezen of ik meedoe?",
        "Ben ik verplicht om hieraan mee te werken?",
        "Kan ik weigeren zonder dat ik daar last van krijg?",
    ),
    "CN_SAFE": (
        "Is het wel veilig, of kunnen er ongelukken gebeuren?",
        "Wat als er iemand gewond raakt door een fout?",
    ),
    "CN_SEC": (
        "Hoe goed is het systeem beveiligd tegen hackers?",
        "Wat als hackers mijn gegevens stelen?",
        "Hoe is de beveiliging geregeld?",
    ),
    "CN_MIS": ("Wordt dit later ook voor andere dingen gebruikt?", "Kan een volgende regering dit misbruiken?"),
    "CN_CONT": ("Worden we straks overal in de gaten gehouden?", "Ik voel me bekeken door al die camera's."),
    "CN_JOB": ("Verliezen mensen hierdoor hun baan?", "Wat gebeurt er met de mensen die dit werk nu doen"),
    "CN_POW": ("Welk bedrijf verdient hieraan?", "Is de maker een Amerikaans bedrijf?"),
    "CN_DEP": ("Wat als het systeem uitvalt door een storing?", "Worden we niet te afhankelijk van de computer?"),
    "CN_INC": (
        "Hoe moeten ouderen zonder computer dit doen?",
        "Niet iedereen is handig met computers, denk ook aan ouderen.",
    ),
    "CN_MANI": ("Hoe weet ik of de informatie wel klopt en geen nepnieuws is?",),
    "CN_ENV": ("Hoeveel stroom kost dit?", "Is dit wel goed voor het milieu"),
}
"""Concern item -> what somebody writes who worries about it."""

NEUTRALS = (
    "Waarom is dit nodig?",
    "Wat kost dit?",
    "Wanneer begint het?",
    "Ik vind het handig.",
    "Goed idee, ga zo door.",
    "geen vragen",
    "weet ik niet",
    "Ik ben er blij mee, het scheelt tijd.",
)

WRAPS = (
    "{}",
    "{}",
    "{}",
    "Vraag: {}",
    "{} Dat zou ik graag weten.",
    "Ik vind het op zich prima, maar: {}",
    "{} Graag een antwoord.",
    "{} Bel mij gerust op 06-12345678.",
    "{} (niet citeren)",
)
"""Around a remark, as people write; the last two are there for the screen to find."""
RARE = 0.01
"""How often each of the last two is used."""


def remark(rng: np.random.Generator, worries: Mapping[str, int]) -> str:
    """What somebody writes at one open question; empty for most.

    Args:
        worries: concern item -> 1 (none) to 5 (very much); other codes count as none.
    """
    if rng.random() >= WRITES:
        return ""
    if rng.random() < NEUTRAL:
        return str(rng.choice(NEUTRALS))
    keys = list(ASKED)
    pull = np.array([len(ASKED[key]) * np.exp(_felt(worries.get(key, 1))) for key in keys])
    said = str(rng.choice(ASKED[str(rng.choice(keys, p=pull / pull.sum()))]))
    often = len(WRAPS) - 2
    share = np.array([(1 - 2 * RARE) / often] * often + [RARE, RARE])
    text = str(rng.choice(WRAPS, p=share)).format(said)
    return text.lower() if rng.random() < 0.2 else text


def _felt(code: int) -> int:
    return code if 1 <= code <= 5 else 1
