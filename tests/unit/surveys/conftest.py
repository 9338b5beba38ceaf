import pytest
from samenspraak.types.application import (
    Application,
    Arguments,
    Comprehension,
    ComprehensionKey,
    Description,
    KeyedOption,
    ListOfTexts,
    Owner,
    Section,
)
from samenspraak.types.base import Localised


def text(nl: str, en: str) -> Localised:
    return Localised(nl=nl, en=en)


def key(*labels: tuple[str, str]) -> ComprehensionKey:
    options = [KeyedOption(code=code, nl=nl, en=en) for code, (nl, en) in enumerate(labels, 1)]
    unknown = KeyedOption(code=98, nl="Weet ik niet", en="Don't know")
    return ComprehensionKey(options=[*options, unknown], correct=1)


@pytest.fixture
def application() -> Application:
    """A sound application about which people are the subject."""
    return Application(
        id="parkeer-auto",
        name=text("Auto die parkeren controleert", "Car that checks parking"),
        short_name=text("de parkeerauto", "the parking car"),
        owner=Owner(nl="de gemeente Voorbeeld", en="the municipality of Voorbeeld"),
        citizen_role="subject",
        lifecycle_stage="in_use",
        purpose=text("De gemeente wil weten wie betaalt voor parkeren.", "The municipality wants to know who pays."),
        how_it_works=text("De auto maakt foto's van kentekens.", "The car takes photos of number plates."),
        data_used=ListOfTexts(nl=["kenteken", "plaats"], en=["number plate", "place"]),
        affected=text("Mensen met een auto.", "People with a car."),
        human_oversight=text("Een medewerker bekijkt elke boete.", "A member of staff looks at every fine."),
        arguments=Arguments(
            in_favour=[text("Het gaat snel.", "It is fast."), text("Het is eerlijk.", "It is fair.")],
            against=[text("Er zijn fouten.", "There are mistakes."), text("Het voelt raar.", "It feels odd.")],
        ),
        description=Description(
            nl=[
                Section(heading="Waarvoor is het?", text="De gemeente wil weten wie betaalt voor parkeren."),
                Section(heading="Hoe werkt het?", text="De auto maakt foto's van kentekens en plaatsen."),
                Section(heading="Wat doen mensen?", text="Een medewerker bekijkt elke boete en besluit."),
            ],
            en=[
                Section(heading="What is it for?", text="The municipality wants to know who pays for parking."),
                Section(heading="How does it work?", text="The car takes photos of number plates and places."),
                Section(heading="What do people do?", text="A member of staff looks at every fine and decides."),
            ],
        ),
        comprehension=Comprehension(
            goal=key(("Parkeren controleren", "Checking parking"), ("Vuil ophalen", "Collecting waste")),
            human=key(("Een medewerker", "A member of staff"), ("De computer", "The computer")),
            data=key(("Het kenteken", "The number plate"), ("Uw inkomen", "Your income")),
            topic=key(("Parkeren", "Parking"), ("Het weer", "The weather")),
        ),
        known_concerns=["privacy", "errors"],
        theme=["Verkeer"],
    )
