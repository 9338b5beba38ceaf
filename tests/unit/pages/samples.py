"""One questionnaire with every question kind, and what stands around it: a case, a ballot, a member, an answer."""

from datetime import UTC, datetime
from uuid import UUID

from samenspraak.types.audit import (
    ClosingRule,
    DrawPlan,
    Measure,
    OwnerResponse,
    OwnerResponseRequest,
    Plan,
    Schedule,
    WeightingPlan,
)
from samenspraak.types.ballot import BallotDefinition, BallotOption
from samenspraak.types.base import Localised
from samenspraak.types.expressions import AnswerOf, OneOf
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Arm,
    Attention,
    Consent,
    Info,
    InfoSection,
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Scale,
    Single,
    VoteItem,
)

from panels.models import Member, Profile
from service.audits.models import Case

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AUDIT = UUID("01936000-0000-7000-8000-000000000001")
TOKEN = "abcdefghijklmnopqrstuA"
HASH = "0f" * 32


def both(nl: str, en: str) -> Localised:
    return Localised(nl=nl, en=en)


def scale(*labels: tuple[str, str]) -> tuple[Option, ...]:
    options = tuple(Option(code=n, label=both(*label)) for n, label in enumerate(labels, 1))
    return (*options, Option(code=98, label=both("Weet ik niet", "Don't know"), missing=True))


AGREE = scale(
    ("Helemaal niet mee eens", "Strongly disagree"),
    ("Niet mee eens", "Disagree"),
    ("Niet eens en niet oneens", "Neither agree nor disagree"),
    ("Mee eens", "Agree"),
    ("Helemaal mee eens", "Strongly agree"),
)
WORRY = scale(
    ("Helemaal geen zorgen", "Not worried at all"),
    ("Een beetje zorgen", "A little worried"),
    ("Redelijk wat zorgen", "Fairly worried"),
    ("Veel zorgen", "Worried"),
    ("Heel veel zorgen", "Very worried"),
)
CONDITIONS = tuple(
    Option(code=n, label=both(*label))
    for n, label in enumerate(
        [
            ("Een mens beslist altijd zelf", "A person always decides"),
            ("Ik kan zien welke gegevens worden gebruikt", "I can see which data are used"),
            ("Ik kan bezwaar maken", "I can object"),
            ("Het wordt elk jaar onderzocht", "It is examined every year"),
        ],
        1,
    )
)
TRUST = (
    Option(code=0, label=both("0 (helemaal geen vertrouwen)", "0 (no trust at all)")),
    *(Option(code=n, label=both(str(n), str(n))) for n in range(1, 10)),
    Option(code=10, label=both("10 (heel veel vertrouwen)", "10 (full trust)")),
    Option(code=98, label=both("Weet ik niet", "Don't know"), missing=True),
)
STEM = both(
    "Hoeveel zorgen maakt u zich hierover bij de Slimme Check?", "How worried are you about this with the Smart Check?"
)
VOTE = VoteItem(
    key="VT_MAIN",
    text=both(
        "Stel dat Nederland hierover mag stemmen: mag de gemeente Voorbeeld de Slimme Check gebruiken?",
        "Suppose the Netherlands could vote on this: may the municipality of Voorbeeld use the Smart Check?",
    ),
    options=tuple(
        Option(code=n, label=both(*label))
        for n, label in enumerate(
            [
                ("Voor", "For"),
                ("Voor, maar alleen met voorwaarden", "For, but only with conditions"),
                ("Tegen", "Against"),
                ("Ik stem blanco", "I cast a blank vote"),
            ],
            1,
        )
    ),
    arguments_for=(
        both("Minder mensen krijgen een onnodig onderzoek.", "Fewer people get an unneeded check."),
        both(
            "De keuze is voor elke aanvraag op dezelfde manier gemaakt.",
            "Each application is selected in the same way.",
        ),
    ),
    arguments_against=(
        both(
            "Groepen mensen kunnen onterecht vaker gekozen worden.",
            "Groups of people may wrongly be selected more often.",
        ),
        both("Mensen die hulp vragen, voelen zich verdacht.", "People who ask for help feel suspected."),
    ),
)
GOAL = Knowledge(
    key="CC_GOAL",
    text=both("Waarvoor is de Slimme Check vooral bedoeld?", "What is the Smart Check mainly for?"),
    options=(
        Option(
            code=1,
            label=both(
                "Kiezen welke aanvragen extra worden onderzocht", "Selecting which applications get an extra check"
            ),
        ),
        Option(code=2, label=both("Uitkeringen betalen", "Paying out benefits")),
        Option(code=98, label=both("Weet ik niet", "Don't know"), missing=True),
    ),
    correct=1,
    explain=both(
        "De gemeente wil weten welke aanvragen zij extra moet onderzoeken.",
        "The city wants to know which applications need an extra check.",
    ),
)
KINDS: tuple[tuple[str, str, tuple[AnyQuestion, ...]], ...] = (
    (
        "consent",
        "consent",
        (
            Consent(
                key="CO_PART",
                text=both(
                    "Wilt u meedoen aan dit onderzoek? Meedoen is vrijwillig. U kunt altijd stoppen.",
                    "Do you want to take part in this study? Taking part is voluntary. You can stop at any time.",
                ),
                options=(
                    Option(code=1, label=both("Ja, ik doe mee", "Yes, I take part")),
                    Option(code=2, label=both("Nee, ik doe niet mee", "No, I do not take part"), ends=True),
                ),
                notice_version="1",
            ),
        ),
    ),
    (
        "description",
        "description",
        (
            Info(
                key="DESCRIPTION",
                text=both("Wij leggen uit wat de Slimme Check doet.", "We explain what the Smart Check does."),
                sections=(
                    InfoSection(
                        heading=both("Waarvoor is het?", "What is it for?"),
                        text=both(
                            "Mensen vragen een uitkering aan bij de gemeente. Soms klopt een aanvraag niet. "
                            "De gemeente wil weten welke aanvragen zij extra moet onderzoeken.",
                            "People apply to the city for welfare. Sometimes an application is not correct.",
                        ),
                    ),
                    InfoSection(
                        heading=both("Hoe werkt het?", "How does it work?"),
                        text=both(
                            "De computer heeft geleerd van oude aanvragen. Hij geeft elke nieuwe aanvraag een score.",
                            "The computer learned from old applications. It gives each new application a score.",
                        ),
                    ),
                ),
            ),
        ),
    ),
    ("comprehension", "comprehension", (GOAL,)),
    (
        "concerns",
        "concerns",
        (
            Likert(
                key="CN_PRIV",
                stem=STEM,
                text=both(
                    "Dat er te veel gegevens over mensen worden verzameld of gedeeld.",
                    "That too much data about people is collected or shared.",
                ),
                options=WORRY,
            ),
            Likert(
                key="CN_DISC",
                stem=STEM,
                text=both(
                    "Dat sommige groepen mensen slechter worden behandeld dan andere.",
                    "That some groups of people are treated worse than others.",
                ),
                options=WORRY,
            ),
        ),
    ),
    (
        "trust",
        "trust",
        (
            Scale(
                key="TR_APP",
                text=both(
                    "Hoeveel vertrouwen hebt u in de Slimme Check?", "How much trust do you have in the Smart Check?"
                ),
                options=TRUST,
            ),
        ),
    ),
    ("vote", "vote", (VOTE,)),
    (
        "conditions",
        "conditions",
        (
            Multi(
                key="CD_ALL",
                text=both("Welke voorwaarden vindt u nodig?", "Which conditions do you find necessary?"),
                options=(*CONDITIONS, Option(code=97, label=both("Geen van deze", "None of these"), exclusive=True)),
                maximum=3,
            ),
        ),
    ),
    (
        "must",
        "conditions",
        (
            Ranking(
                key="CD_MUST",
                text=both("Welke drie voorwaarden moeten er echt zijn?", "Which three conditions are a must?"),
                options=CONDITIONS,
            ),
        ),
    ),
    (
        "open",
        "open",
        (
            Open(
                key="OP_Q",
                text=both(
                    "Welke vragen roept de Slimme Check bij u op?",
                    "Which questions does the Smart Check raise for you?",
                ),
                required=False,
            ),
        ),
    ),
    (
        "quality",
        "quality",
        (
            Attention(
                key="AT_1",
                text=both(
                    "Dit is een controlevraag. Kies hier 'Niet mee eens'.",
                    "This is a check question. Please choose 'Disagree'.",
                ),
                options=AGREE,
                expected=2,
            ),
        ),
    ),
    (
        "background",
        "background",
        (
            Numeric(
                key="DM_HH",
                text=both("Met hoeveel mensen woont u?", "With how many people do you live?"),
                minimum=1,
                maximum=20,
            ),
            Single(
                key="DM_TOUCH",
                text=both("Hebt u zelf te maken met een uitkering?", "Do you have to do with a benefit yourself?"),
                options=AGREE,
                show_if=OneOf(term=AnswerOf(question="CO_PART"), values=(1,)),
            ),
        ),
    ),
)
QUESTIONNAIRE = Questionnaire(
    id="all-kinds",
    version=1,
    form="short",
    languages=("nl", "en"),
    pages=tuple(Page(key=key, block=block, questions=asked) for key, block, asked in KINDS),
    arms=(Arm(key="one", block_order=tuple(dict.fromkeys(block for _, block, _ in KINDS))),),
    shuffled_blocks=(),
    estimated_minutes=6.2,
)
ANSWERS: dict[str, AnswerValue] = {
    "CO_PART": 1,
    "CC_GOAL": 2,
    "CN_PRIV": 4,
    "CN_DISC": 5,
    "TR_APP": 6,
    "VT_MAIN": 2,
    "CD_ALL": [1, 3],
    "CD_MUST": [3, 1, 2],
    "OP_Q": "Wie kijkt <b>mee</b> & waarom?",
    "AT_1": 2,
    "DM_HH": 3,
    "DM_TOUCH": 98,
}
BALLOT = BallotDefinition(
    proposition=both(
        "Mag de gemeente Voorbeeld de Slimme Check gebruiken?", "May the municipality of Voorbeeld use the Smart Check?"
    ),
    options=(
        BallotOption(code=1, label=both("Ja", "Yes")),
        BallotOption(code=2, label=both("Nee", "No")),
        BallotOption(code=3, label=both("Blanco", "Blank")),
    ),
    arguments_for=VOTE.arguments_for,
    arguments_against=VOTE.arguments_against,
)
RESPONSE = OwnerResponse(
    audit_id=str(AUDIT),
    response=OwnerResponseRequest(
        summary="Wij danken iedereen die meedeed. De zorgen over gelijke behandeling nemen wij over.",
        measures=[
            Measure(
                finding="Zorgen over slechtere behandeling van groepen",
                decision="adopt",
                why="Wij laten dit elk jaar onderzoeken.",
                by="juni 2027",
            ),
            Measure(
                finding="Mensen willen zelf bezwaar kunnen maken",
                decision="partly",
                why="Bezwaar kan al, maar wij gaan het beter uitleggen.",
            ),
        ],
        contact="check@voorbeeld.example",
    ),
    received_at=NOW,
)
PLAN = Plan(
    audit_id=str(AUDIT),
    application_id=str(AUDIT),
    application_version=1,
    questionnaire_hash=HASH,
    margins_id="m",
    margins_hash=HASH,
    sample_kind="simulated",
    target_completes=600,
    closing=ClosingRule(completes=600, at=datetime(2026, 12, 15, tzinfo=UTC)),
    schedule=Schedule(),
    draw=DrawPlan(seed_commitment=HASH),
    weighting=WeightingPlan(),
    subgroups=("sex",),
    ballot=BALLOT,
    frozen_at=NOW,
)
CASE = Case(
    id=AUDIT,
    organisation_id=AUDIT,
    application_id=AUDIT,
    application_name="Slimme Check",
    form="short",
    target_completes=600,
    secret_ballot=True,
    wants_to_learn="",
    state="fielding",
    sample_kind="simulated",
    plan=PLAN,
    plan_hash=HASH,
    opened_at=NOW,
    created_at=NOW,
)
MEMBER = Member(
    id=AUDIT,
    status="active",
    kind="simulated",
    profile=Profile(sex="V", birth_year=1968, province="PV26", education=None),
    language="nl",
    consent_version="2026-11-1",
    consent_at=NOW,
    joined_at=NOW,
)
