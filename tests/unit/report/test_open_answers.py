"""The section on open answers: figures by the machine, themes, approved quotes, agreement, and nothing about few."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
import numpy as np
import pytest
from samenspraak.canonical import canonical_json
from samenspraak.types.base import SampleKind
from samenspraak.types.open_answers import OpenAnswers, OpenQuestion
from samenspraak.types.questionnaire import Questionnaire

from analytics.texts.coding import Coding
from service.reports import open_answers, weighting
from service.reports.inputs import ReportInputs, Respondent
from service.reports.sample import Sample, build
from service.reports.voice import FORBIDDEN
from surveys import battery
from surveys.models import Recoding
from tests.unit.report import factory

ANNA, BRAM, CHRIS = (UUID(int=number) for number in (1, 2, 3))
SUBJECTS = {
    "privacy": (40, "Hoe lang bewaart u mijn gegevens van {}?"),
    "human_contact": (30, "Ik wil graag een mens spreken over {}."),
    "errors": (22, "Wat gebeurt er als er een fout komt in {}?"),
    "jobs": (6, "Verliezen mensen hun baan door {}?"),
    "": (14, "Ik vind het prima zo in {}."),
}
PLACES = ("de stad", "onze straat", "het dorp", "de wijk", "het centrum", "de polder", "de haven")
SILENT = 60


def written() -> list[tuple[str, str]]:
    """Code and text of everybody who wrote."""
    return [
        (code, text.format(PLACES[number % len(PLACES)]))
        for code, (people, text) in SUBJECTS.items()
        for number in range(people)
    ]


def inputs(texts: Sequence[str], kind: SampleKind = "opt_in_panel") -> ReportInputs:
    people = factory.sample(factory.inputs(n=2).questionnaire, n=len(texts), seed=3)
    said = [
        factory.replaced(person, answers={"OP_Q": text, "OP_TIP": None}, language="nl")
        for person, text in zip(people, texts, strict=True)
    ]
    return factory.inputs(respondents=said, kind=kind)


def sample(given: ReportInputs) -> Sample:
    respondents = weighting.ordered(given)
    weighted = weighting.weight(given, respondents)
    return build(
        respondents,
        design=weighted.design,
        questionnaire=given.questionnaire,
        kind=given.plan.sample_kind,
        plan=given.plan.weighting,
    )


@pytest.fixture(scope="module")
def given() -> ReportInputs:
    return inputs([text for _, text in written()] + [""] * SILENT)


@pytest.fixture(scope="module")
def drawn(given: ReportInputs) -> Sample:
    return sample(given)


def coded(
    given: ReportInputs, coder: UUID, *, slips: float = 0.0, approve: bool = False, at_most: int = 10_000
) -> list[Recoding]:
    """What a person makes of the answers, in a random order, with now and then a slip."""
    rng = np.random.default_rng(coder.int)
    meant = {text: code for code, text in written()}
    found = []
    for person in sorted(given.respondents, key=lambda person: person.respondent_id)[:at_most]:
        text = person.answers.get("OP_Q")
        if isinstance(text, str) and text:
            code = "power" if rng.random() < slips else meant.get(text, "")
            found.append(
                Recoding(
                    respondent_id=UUID(person.respondent_id),
                    question="OP_Q",
                    coder=coder,
                    codes=(code,) if code else (),
                    quote_approved=approve,
                )
            )
    return found


def about(found: OpenAnswers | None, key: str = "OP_Q") -> OpenQuestion:
    assert found is not None
    return next(question for question in found.questions if question.key == key)


class TestFigures:
    def test_shares_are_weighted_and_among_those_who_wrote(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn))
        assert found.wrote == 112
        wrote = np.array([bool(person.answers.get("OP_Q")) for person in drawn.respondents])
        hit = np.array(["gegevens" in str(person.answers.get("OP_Q")) for person in drawn.respondents])
        w = drawn.design.weights
        top = found.codes[0]
        assert (top.code, top.people) == ("privacy", 40)
        assert top.share.value == pytest.approx(w[hit].sum() / w[wrote].sum(), abs=1e-6)
        assert top.total.value == pytest.approx(w[hit].sum(), abs=1e-6)
        assert top.share.n == 112
        assert top.share.interval is not None
        assert top.share.interval.lower < top.share.value < top.share.interval.upper

    def test_the_coder_is_named_and_can_be_another(self, given: ReportInputs, drawn: Sample) -> None:
        class Shouting:
            name = "shouting 1"

            def code(self, text: str, otherwise: str) -> Coding:
                return Coding(codes=("power",) if "mens" in text else ())

        house, other = open_answers.section(given, drawn), open_answers.section(given, drawn, coder=Shouting())
        assert house is not None
        assert other is not None
        assert house.coder.startswith("lexicon 1 (")
        assert other.coder == "shouting 1"
        assert "no language model" in house.note.en
        assert "no language model" not in other.note.en
        assert about(other).codes[0].code == "power"

    def test_themes_hold_what_was_written(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn)).themes
        assert {"gegevens", "mens", "fout"} <= {word for theme in found for word in theme.words}
        assert all((theme.people or 0) >= 10 for theme in found)

    def test_the_same_inputs_give_the_same_bytes_in_any_order(self, given: ReportInputs, drawn: Sample) -> None:
        codings = coded(given, ANNA, slips=0.1, approve=True)
        turned = msgspec.structs.replace(given, respondents=given.respondents[::-1])
        first = open_answers.section(given, drawn, codings)
        second = open_answers.section(turned, sample(turned), codings[::-1])
        assert canonical_json(first) == canonical_json(second)


class TestFewPeople:
    def test_a_concern_of_few_looks_like_one_of_nobody(self, given: ReportInputs, drawn: Sample) -> None:
        codes = {one.code: one for one in about(open_answers.section(given, drawn)).codes}
        assert set(codes) == set(battery.concern_items())
        few, nobody = codes["jobs"], codes["environment"]
        assert few.people is None
        assert few.share == nobody.share
        assert few.total == nobody.total
        assert few.share.flag == "suppressed"

    def test_a_question_that_few_answered_says_nothing(self) -> None:
        alone = inputs(["Hoe lang bewaart u mijn gegevens?"] * 9 + [""] * 100)
        found = about(open_answers.section(alone, sample(alone)))
        assert found == OpenQuestion(key="OP_Q", question=found.question, wrote=None)

    def test_a_concern_of_all_but_a_few_stays_hidden(self) -> None:
        nearly = inputs(["Hoe lang bewaart u mijn gegevens?"] * 60 + ["Ik vind het prima"] * 4 + [""] * 60)
        found = about(open_answers.section(nearly, sample(nearly)))
        privacy = next(one for one in found.codes if one.code == "privacy")
        assert privacy.people is None
        assert found.without_code is None

    def test_hidden_themes_cannot_be_worked_out_from_the_others(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn))
        assert found.wrote is not None
        rest = found.wrote - sum(theme.people or 0 for theme in found.themes)
        assert rest == 0 or rest >= 10

    def test_no_concern_of_few_is_quoted(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn, coded(given, ANNA, approve=True)))
        everything = canonical_json(found).decode()
        assert "hun baan" not in everything


class TestQuotes:
    def test_none_without_approval(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn, coded(given, ANNA)))
        assert all(not one.quotes for one in (*found.codes, *found.themes))

    def test_approved_ones_are_whole_answers_and_stand_once(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn, coded(given, ANNA, approve=True)))
        quoted = [quote for one in (*found.themes, *found.codes) for quote in one.quotes]
        assert len(quoted) >= 6
        assert set(quoted) <= {text for _, text in written()}

    def test_personal_data_are_not_quoted_though_approved(self) -> None:
        texts = [f"Bel mij op 06-1234567{n % 10} over mijn gegevens en privacy" for n in range(30)]
        personal = inputs(texts + ["Wat gebeurt er als er een fout komt?"] * 30 + [""] * 40)
        found = open_answers.section(personal, sample(personal), approve_all(personal))
        assert "06-" not in canonical_json(found).decode()

    def test_a_questionnaire_that_did_not_say_so_gives_no_quotes(self, given: ReportInputs, drawn: Sample) -> None:
        silent = msgspec.structs.replace(given, questionnaire=untold(given.questionnaire))
        found = about(open_answers.section(silent, drawn, coded(given, ANNA, approve=True)))
        assert all(not one.quotes for one in (*found.codes, *found.themes))


def approve_all(given: ReportInputs) -> list[Recoding]:
    return [
        Recoding(respondent_id=UUID(person.respondent_id), question="OP_Q", coder=ANNA, codes=(), quote_approved=True)
        for person in given.respondents
    ]


def untold(questionnaire: Questionnaire) -> Questionnaire:
    """The same questions without the word that answers may be quoted."""
    pages = tuple(
        msgspec.structs.replace(
            page,
            questions=tuple(
                msgspec.structs.replace(question, quotable=False) if hasattr(question, "quotable") else question
                for question in page.questions
            ),
        )
        for page in questionnaire.pages
    )
    return msgspec.structs.replace(questionnaire, pages=pages)


class TestAgreement:
    def test_people_and_machine_are_compared_and_kept_apart(self, given: ReportInputs, drawn: Sample) -> None:
        without = about(open_answers.section(given, drawn))
        found = about(open_answers.section(given, drawn, coded(given, ANNA, slips=0.2)))
        assert [one.share for one in found.codes] == [one.share for one in without.codes]
        (compared,) = found.agreement
        assert compared.kind == "person_machine"
        assert compared.overall.answers == 112
        assert compared.overall.kappa is not None
        assert 0.3 < compared.overall.kappa < 0.9
        assert compared.overall.interval is not None
        assert set(compared.codes) == {"privacy", "human_contact", "errors"}
        privacy = next(one for one in found.codes if one.code == "privacy")
        assert privacy.by_people is not None
        assert privacy.by_people.value is not None
        assert privacy.by_people.value < (privacy.share.value or 0)

    def test_two_people_are_compared_where_both_coded(self, given: ReportInputs, drawn: Sample) -> None:
        codings = [*coded(given, ANNA), *coded(given, BRAM, slips=0.1), *coded(given, CHRIS, at_most=5)]
        found = about(open_answers.section(given, drawn, codings))
        people = next(one for one in found.agreement if one.kind == "two_people")
        assert people.overall.kappa is not None
        assert 0.5 < people.overall.kappa < 1
        assert found.coders == 3

    def test_a_handful_of_codings_gives_no_agreement(self, given: ReportInputs, drawn: Sample) -> None:
        found = about(open_answers.section(given, drawn, coded(given, ANNA)[:9]))
        assert found.agreement == ()
        assert found.coded_by_people is None

    def test_codings_of_somebody_who_is_not_in_the_report_are_ignored(self, given: ReportInputs, drawn: Sample) -> None:
        stranger = [msgspec.structs.replace(one, respondent_id=UUID(int=9)) for one in coded(given, ANNA)]
        assert open_answers.section(given, drawn, stranger) == open_answers.section(given, drawn)


@pytest.mark.parametrize("kind", ["probability", "opt_in_panel", "event", "open_link", "simulated"])
def test_our_own_sentences_keep_to_the_words_of_the_sample_kind(given: ReportInputs, kind: SampleKind) -> None:
    plan = msgspec.structs.replace(given.plan, sample_kind=kind)
    mine = msgspec.structs.replace(given, plan=plan)
    found = open_answers.section(mine, sample(mine), [*coded(given, ANNA), *coded(given, BRAM)])
    assert found is not None
    said = [found.note, *(one.sentence for question in found.questions for one in question.agreement)]
    for text in said:
        for phrase in FORBIDDEN[kind]:
            assert phrase not in text.nl.lower(), phrase
            assert phrase not in text.en.lower(), phrase


def test_without_open_questions_there_is_no_section(given: ReportInputs, drawn: Sample) -> None:
    pages = tuple(
        msgspec.structs.replace(page, questions=tuple(q for q in page.questions if not hasattr(q, "quotable")))
        for page in given.questionnaire.pages
    )
    closed = msgspec.structs.replace(given.questionnaire, pages=pages)
    assert open_answers.section(msgspec.structs.replace(given, questionnaire=closed), drawn) is None


def test_nobody_leads_to_a_respondent(given: ReportInputs, drawn: Sample) -> None:
    found = canonical_json(open_answers.section(given, drawn, coded(given, ANNA, approve=True))).decode()
    people: tuple[Respondent, ...] = given.respondents
    assert not any(person.respondent_id in found for person in people)
    assert str(ANNA) not in found
