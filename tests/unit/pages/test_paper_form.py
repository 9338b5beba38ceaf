"""The form as a PDF: everything a person needs stands on it, and nothing that gives an answer away."""

import io
import re
from datetime import UTC, datetime

import pypdf
import pytest
from msgspec.structs import replace
from samenspraak import examples
from samenspraak.expressions import parse
from samenspraak.types.base import Lang
from samenspraak.types.questionnaire import Info, InfoSection, Jump, Knowledge, Page, Questionnaire, Single

from service.paper.layout import Around, lay_out
from service.paper.pdf import render
from surveys.models import Respondent
from surveys.paper import said
from surveys.paper.fields import fields
from surveys.paper.sheet import Sheet, sheet
from tests.unit.pages import kinds
from tests.unit.pages.samples import both

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CODE = "ACDEFGHJKMN3"
WHO = Respondent(arm="one", seed=7)
AROUND = Around(
    application=examples.load("chatbot-gemeente"),
    simulated=True,
    public_url="https://samenspraak.test",
    address=("Samenspraak", "Antwoordnummer 1234"),
    closes_at=NOW,
)


def pdf(paper: Sheet, *, lang: Lang = "nl", code: str = CODE, large: bool = False) -> pypdf.PdfReader:
    form = lay_out(paper, AROUND, lang=lang, code=code, large=large)
    return pypdf.PdfReader(io.BytesIO(render([form], made_at=NOW)))


def words(read: pypdf.PdfReader) -> str:
    """The text of all pages with single spaces and without the hyphens at the ends of lines."""
    whole = " ".join(page.extract_text() for page in read.pages)
    return re.sub(r"\s+", " ", re.sub(r"[-\u00ad\u2010]\s*\n", "", whole))


def bare(text: str) -> str:
    """Without anything that depends on where lines end."""
    return re.sub(r"[\s\u00ad\u2010-]", "", text)


@pytest.fixture(scope="module")
def paper() -> Sheet:
    return sheet(kinds.every_kind(), Respondent(arm="one", seed=7))


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("large", [False, True])
def test_every_question_and_every_answer_of_every_kind_is_printed(paper: Sheet, lang: Lang, large: bool) -> None:
    text = bare(words(pdf(paper, lang=lang, large=large)))
    for item in paper.items:
        parts = [item.question.text, *(option.label for option in item.options), *(row.text for row in item.rows)]
        for part in parts:
            assert bare(said.text(part, paper, lang)) in text, item.question.key
    for name in fields(paper):
        # Ticks carry their codes; rows and groups their names.
        if name[-1].isalpha():
            assert name in text


def test_both_sides_stand_in_the_order_of_this_person() -> None:
    firsts = set()
    for seed in range(12):
        form = lay_out(sheet(kinds.every_kind(), Respondent(arm="one", seed=seed)), AROUND, lang="nl")
        [sides] = [block.sides for part in form.parts for block in part.blocks if block.sides]
        assert {heading for heading, _ in sides} == {"Argumenten voor", "Argumenten tegen"}
        firsts.add(sides[0][0])
    assert len(firsts) == 2


def test_a_comprehension_question_does_not_give_its_answer_away() -> None:
    """The same form, to the byte, whichever answer is right and whatever is said of it afterwards on a page."""
    q = kinds.every_kind()
    made = [
        render([lay_out(sheet(_right(q, code), WHO), AROUND, lang="nl", code=CODE)], made_at=NOW) for code in (1, 2)
    ]
    assert _right(q, 1) != _right(q, 2)
    assert made[0] == made[1]


def _right(q: Questionnaire, code: int) -> Questionnaire:
    """The questionnaire with this as the right answer to every comprehension question."""
    explain = both(f"Goed was {code}", f"Right was {code}")
    pages = []
    for page in q.pages:
        questions = tuple(
            replace(one, correct=code, explain=explain) if isinstance(one, Knowledge) else one for one in page.questions
        )
        pages.append(replace(page, questions=questions))
    return replace(q, pages=tuple(pages))


def test_it_says_what_consent_is_where_it_goes_and_that_people_are_invented(paper: Sheet) -> None:
    text = bare(words(pdf(paper)))
    for told in ("Uw handtekening is niet nodig", "Antwoordnummer 1234", "24 november 2026", "zijn verzonnen",
                 "samenspraak.test/code"):  # fmt: skip
        assert bare(told) in text


def test_a_specimen_has_no_code_and_says_so(paper: Sheet) -> None:
    text = words(pdf(paper, code=""))
    assert "Voorbeeld, niet om in te vullen" in text
    assert "Uw code" not in text


def test_a_screen_reader_finds_a_language_a_title_and_a_structure(paper: Sheet) -> None:
    read = pdf(paper, lang="en")
    root = read.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert read.metadata is not None
    assert read.metadata.title == "What do you think of the chatbot?"
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


@pytest.mark.parametrize(("large", "least"), [(False, 11), (True, 16)])
def test_questions_are_large_enough(paper: Sheet, large: bool, least: float) -> None:
    sizes: list[float] = []

    def look(text: str, _: object, matrix: list[float], __: object, size: float) -> None:
        if "controlevraag" in text:
            sizes.append(size * abs(matrix[3]))

    for page in pdf(paper, large=large).pages:
        page.extract_text(visitor_text=look)
    assert sizes
    assert min(sizes) >= least


def _asked(key: str, *options: str, when: str = "") -> Single:
    return Single(
        key=key,
        text=both(f"Vraag {key}?", f"Question {key}?"),
        options=tuple(kinds.Option(code=n, label=both(label, label)) for n, label in enumerate(options, 1)),
        show_if=parse(when) if when else None,
    )


def test_the_way_through_is_said_in_words() -> None:
    section = InfoSection(heading=both("A", "A"), text=both("B", "B"))
    text = Info(key="READ", text=both("Lees dit", "Read this"), sections=(section,))
    hours = _asked("HOURS", "X", "Y", when="HOME = 1")
    onwards = (Jump(to="d", when=parse("LAST = 1")), Jump(to="end"))
    pages = (
        Page(
            key="a",
            block="general",
            questions=(_asked("WORK", "Ja", "Nee"),),
            next=(Jump(to="c", when=parse("WORK = 2")),),
        ),
        Page(key="b", block="use", questions=(_asked("HOME", "Vaak", "Nooit"), hours)),
        Page(
            key="c",
            block="trust",
            show_if=parse("answered(WORK)"),
            questions=(_asked("LAST", "Ja", "Nee"),),
            next=onwards,
        ),
        Page(key="gap", block="value", questions=(_asked("GAP", "Ja", "Nee"),)),
        Page(key="d", block="open", questions=(text, _asked("END", "Ja", "Nee"))),
    )
    q = Questionnaire(id="way", version=1, form="short", languages=("nl", "en"), pages=pages)
    told = words(pdf(sheet(q, Respondent())))
    for sentence in (
        "Ga naar vraag 4 als u bij vraag 1 ‘Nee’ koos.",
        "Alleen als u bij vraag 2 ‘Vaak’ koos.",
        "De vragen onder deze kop alleen als u vraag 1 invulde.",
        "Ga naar de uitleg vóór vraag 6 als u vraag 1 invulde en u bij vraag 4 ‘Ja’ koos.",
        "Anders: u bent klaar als u vraag 1 invulde.",
    ):
        assert sentence in told
    assert "Only if you chose ‘Vaak’ at question 2." in words(pdf(sheet(q, Respondent()), lang="en"))
