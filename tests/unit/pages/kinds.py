"""A questionnaire with a page for every kind of question and every way a kind can be asked, and forms for its pages.

`every_kind()` is the questionnaire, `ANSWERS` the stored answers of somebody who answered all of it, `FIELDS` what a
browser sends for a page that comes back, and `wrong(page)` the faults of a page on which everything is wrong.
"""

from samenspraak.types.base import Localised
from samenspraak.types.expressions import AnswerOf, OneOf
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Arm,
    EasyForm,
    Jump,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Row,
    Single,
    Slider,
    Statement,
)

from surveys import routing
from surveys.models import Respondent
from tests.unit.pages import samples
from tests.unit.pages.samples import AGREE, both

UNKNOWN = Option(code=998, label=both("Weet ik niet", "Don't know"), missing=True)
REFUSED = Option(code=999, label=both("Dat zeg ik liever niet", "I would rather not say"), missing=True)
WAYS = (
    Option(code=1, label=both("Lopend", "On foot")),
    Option(code=2, label=both("Met de fiets", "By bicycle")),
    Option(code=3, label=both("Met de bus", "By bus")),
    Option(code=4, label=both("Iets anders", "Something else"), pinned=True, write_in=True),
    Option(code=98, label=both("Weet ik niet", "Don't know"), missing=True),
)
ITEMS = tuple(
    Option(code=n, label=both(*label))
    for n, label in enumerate(
        (
            ("Uitleg in gewone taal", "An explanation in plain words"),
            ("Een mens die meekijkt", "A person who looks along"),
            ("Snel een antwoord", "A quick answer"),
            ("Weinig gegevens", "Few data"),
            ("Bezwaar kunnen maken", "Being able to object"),
            ("Lage kosten", "Low costs"),
        ),
        1,
    )
)
TITLE = Localised(
    nl="Hoe u reist",
    en="How you travel",
    tr="Nasıl seyahat ediyorsunuz",
    ar="كيف تتنقل",
    pl="Jak Pan/Pani podróżuje",
    uk="Як ви подорожуєте",
)

NEW: tuple[Page, ...] = (
    Page(
        key="travel",
        block="general",
        title=TITLE,
        questions=(
            Single(
                key="TV_WAY",
                text=Localised(
                    nl="Hoe reist u meestal naar uw werk?",
                    en="How do you mostly travel to work?",
                    tr="İşe genellikle nasıl gidiyorsunuz?",
                    ar="كيف تذهب عادةً إلى العمل؟",
                    pl="Jak zwykle jeździ Pan/Pani do pracy?",
                    uk="Як ви зазвичай їздите на роботу?",
                ),
                options=WAYS,
            ),
            Multi(
                key="TV_ALL",
                text=both("Hoe reist u wel eens?", "How do you travel sometimes?"),
                options=WAYS[:4],
                minimum=2,
            ),
        ),
    ),
    Page(
        key="why",
        block="general",
        questions=(
            Open(
                key="TV_WHY",
                text=both("U reist zo: “{TV_WAY}”. Waarom?", "You travel like this: “{TV_WAY}”. Why?"),
                required="soft",
                quotable=True,
                max_chars=300,
            ),
        ),
    ),
    Page(
        key="best",
        block="general",
        questions=(
            Single(
                key="TV_BEST",
                text=both("Wat bevalt u het best?", "What do you like best?"),
                options=WAYS,
                options_from="TV_ALL",
            ),
        ),
        next=(Jump(to="line", when=OneOf(term=AnswerOf(question="TV_WAY"), values=(3,))),),
    ),
    Page(
        key="rows",
        block="trust",
        questions=(
            Matrix(
                key="TR_ORG",
                text=both("Bent u het hiermee eens?", "Do you agree with this?"),
                hint=both("Geef bij elke zin één antwoord.", "Give one answer for each sentence."),
                rows=(
                    Row(key="honest", text=both("De gemeente is eerlijk.", "The city is honest.")),
                    Row(key="able", text=both("De gemeente kan dit goed.", "The city does this well.")),
                    Row(key="secret", text=both("De gemeente verbergt iets.", "The city hides something.")),
                ),
                options=AGREE,
            ),
        ),
    ),
    Page(
        key="line",
        block="acceptability",
        questions=(
            Slider(
                key="AC_LINE",
                text=both("Hoe goed vindt u dit plan?", "How good do you find this plan?"),
                low=both("heel slecht", "very bad"),
                high=both("heel goed", "very good"),
                step=5,
                options=(UNKNOWN,),
            ),
            Slider(
                key="AC_RISK",
                text=both("Hoe groot is het gevaar?", "How large is the danger?"),
                minimum=0,
                maximum=10,
                low=both("geen gevaar", "no danger"),
                high=both("heel groot gevaar", "very large danger"),
            ),
        ),
    ),
    Page(
        key="numbers",
        block="background",
        questions=(
            Numeric(
                key="DM_RENT",
                text=both("Wat betaalt u aan huur?", "How much rent do you pay?"),
                minimum=0,
                maximum=5000,
                decimals=2,
                unit=both("euro per maand", "euros a month"),
                options=(UNKNOWN, REFUSED),
            ),
            Numeric(
                key="DM_SINCE",
                text=both("Sinds welk jaar woont u hier?", "Since which year have you lived here?"),
                minimum=1920,
                maximum=2026,
                format="year",
            ),
        ),
    ),
    Page(
        key="places",
        block="background",
        questions=(
            Open(key="DM_PC", text=both("Wat is uw postcode?", "What is your postcode?"), format="postcode"),
            Open(
                key="DM_PC4",
                text=both("In welke postcode werkt u?", "In which postcode do you work?"),
                format="postcode4",
                required=False,
            ),
        ),
    ),
    Page(
        key="statement",
        block="acceptability",
        questions=(
            Statement(
                key="ST_ONE",
                text=both(
                    "De computer mag alleen advies geven, nooit beslissen.",
                    "The computer may only give advice, never decide.",
                ),
            ),
        ),
    ),
    Page(
        key="weighed",
        block="conditions",
        questions=(
            MaxDiff(
                key="CD_BW",
                text=both("Wat weegt voor u het zwaarst?", "What weighs most for you?"),
                options=ITEMS,
                set_size=3,
                sets=4,
                best=both("Wat is het belangrijkst?", "What is most important?"),
                worst=both("Wat is het minst belangrijk?", "What is least important?"),
            ),
        ),
    ),
)


def every_kind() -> Questionnaire:
    """The kinds of `samples.QUESTIONNAIRE`, and behind them those that it does not hold."""
    pages = (*samples.QUESTIONNAIRE.pages, *NEW)
    return Questionnaire(
        id="every-kind",
        version=1,
        form="short",
        languages=("nl", "en"),
        unreviewed=("tr", "ar", "pl", "uk"),
        pages=pages,
        arms=(Arm(key="one", block_order=tuple(dict.fromkeys(page.block for page in pages))),),
        shuffled_blocks=(),
        estimated_minutes=9.6,
        easy=EasyForm(asked=("CO_PART", "DESCRIPTION", "TV_WAY", "TR_ORG", "ST_ONE")),
    )


ANSWERS: dict[str, AnswerValue] = {
    **samples.ANSWERS,
    "TV_WAY": 4,
    "TV_WAY.4": "Met de <boot>",
    "TV_ALL": [1, 2],
    "TV_WHY": "Dat is gezond.",
    "TV_BEST": 2,
    "TR_ORG": {"honest": 4, "able": 98, "secret": 2},
    "AC_LINE": 65,
    "AC_RISK": 0,
    "DM_RENT": 812.5,
    "DM_SINCE": 1998,
    "DM_PC": "1234 AB",
    "ST_ONE": -1,
}
"""Beside these, the answers to `CD_BW` depend on the sets that somebody gets: `answers` has those too."""

CARRIED: dict[str, AnswerValue] = {"TV_ALL": [1, 2]}
"""What must be there before the page `best` has anything to offer."""

FIELDS: dict[str, dict[str, list[str]]] = {
    "travel": {"TV_WAY": ["4"], "TV_WAY.4.text": ["<boot>"]},
    "rows": {"TR_ORG.honest": ["5"]},
    "line": {"AC_LINE": ["veel"], "AC_LINE.none": ["998"]},
    "numbers": {"DM_RENT": ["812,555"], "DM_SINCE": ["98"]},
    "places": {"DM_PC": ["12 AB"]},
    "weighed": {"CD_BW.1.best": ["1"]},
}
"""What a browser sends of pages that come back with faults."""


def answers(who: Respondent) -> dict[str, AnswerValue]:
    """`ANSWERS` with the first item of every set as best and the second as worst."""
    best_worst = next(q for page in NEW for q in page.questions if isinstance(q, MaxDiff))
    given: dict[str, int] = {}
    for number, (best, worst, *_) in enumerate(routing.sets_shown(best_worst, who), 1):
        given |= {f"{number}.best": best.code, f"{number}.worst": worst.code}
    return {**ANSWERS, "CD_BW": given}


def one_of_each() -> tuple[AnyQuestion, ...]:
    """One question of each kind, without a condition and with nothing carried forward."""
    found: dict[type, AnyQuestion] = {}
    for page in every_kind().pages:
        for question in page.questions:
            if question.show_if is None and getattr(question, "options_from", None) is None:
                found.setdefault(type(question), question)
    return tuple(found.values())


def wrong(page: Page) -> list[Fault]:
    """A fault at every question of a page, and at what is written in."""
    faults = [Fault(pointer=q.key, code="missing", detail="Geef een antwoord.") for q in page.questions]
    if page.key == "travel":
        faults[0] = Fault(pointer="TV_WAY.4", code="too_long", detail="Maak de tekst korter.")
    if page.key == "why":
        faults[0] = Fault(pointer="TV_WHY", code="soft", detail="Wilt u nog antwoorden?")
    return faults
