"""What may be said, by sample kind and base."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.estimate import Estimate, Interval
from samenspraak.types.report import Disclosure, Report

from service.render.labels import LABELS
from service.reports import wording
from service.reports.assemble import assemble
from service.reports.voice import FORBIDDEN
from service.reports.wording import Tongue
from tests.unit.report import factory

KINDS: tuple[SampleKind, ...] = ("probability", "opt_in_panel", "event", "open_link", "simulated")
QUOTED = re.compile(r"“[^”]*”")
DIMENSIONS = ("sex_age", "province")


def own_sentences(report: Report) -> Iterator[Localised]:
    """Everything the service says itself; questions, answers and texts of the owner are quoted in it."""
    yield from report.headline
    yield report.risk
    if report.banner:
        yield report.banner
    figures = (
        *report.comprehension, *report.value, *report.concern_figures, *report.use, *report.other, *report.conditions,
    )  # fmt: skip
    for figure in figures:
        yield figure.sentence
        if figure.note:
            yield figure.note
    if report.vote_item:
        yield report.vote_item.sentence
    if report.ballot:
        yield report.ballot.sentence
    yield report.quality.rule
    if report.representation:
        yield report.representation.sentence
    if report.release:
        yield report.release.note
    if report.drivers:
        yield report.drivers.sentence
    yield from (getattr(report.disclosure, name) for name in Disclosure.__struct_fields__)
    yield from (item.text for item in report.method)


def estimate(value: float | None, half: float = 0.04, **changes: object) -> Estimate:
    interval = None if value is None else Interval(lower=value - half, upper=value + half)
    made = Estimate(value=value, interval=interval, n=500, n_eff=400.0, base="knows", flag="ok")
    return msgspec.structs.replace(made, **changes)


@pytest.fixture(scope="module", params=KINDS)
def kind_and_report(request: pytest.FixtureRequest) -> tuple[SampleKind, Report]:
    return request.param, assemble(factory.inputs(n=400, kind=request.param))


class TestRules:
    def test_every_figure_says_which_rules_hold_for_its_wording(
        self, kind_and_report: tuple[SampleKind, Report]
    ) -> None:
        kind, report = kind_and_report
        first = {"probability": "probability", "simulated": "simulated"}.get(kind, "opt_in")
        estimates = [f.headline for f in (*report.value, *report.use, *report.conditions) if f.headline]
        estimates += [row.estimate for table in report.subgroups for row in table.rows]
        assert {estimate.wording[0] for estimate in estimates} == {first}
        assert all("too_few" in estimate.wording for estimate in estimates if estimate.value is None)
        assert report.vote_item is not None
        assert report.vote_item.headline is not None
        assert "consultative_vote" in report.vote_item.headline.wording

    def test_a_figure_that_touches_half_is_divided_in_code_and_in_words(
        self, kind_and_report: tuple[SampleKind, Report]
    ) -> None:
        _, report = kind_and_report
        figures = [f for f in (*report.value, *report.use) if f.kind == "top_two" and f.headline is not None]
        divided = [f for f in figures if f.headline is not None and "divided" in f.headline.wording]
        assert {f.key for f in figures} != {f.key for f in divided}
        for figure in divided:
            assert "verdeeld" in figure.sentence.nl
            assert "meerderheid" not in figure.sentence.nl


class TestWholeReport:
    def test_no_sentence_says_what_its_sample_kind_forbids(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        kind, report = kind_and_report
        found = []
        for sentence in own_sentences(report):
            for text in (sentence.nl, sentence.en):
                bare = QUOTED.sub("", text).lower().replace("dutch-language", "").replace(" in dutch", "")
                bare = bare.replace("the dutch text", "")
                found += [(phrase, text) for phrase in FORBIDDEN[kind] if phrase in bare]
        assert found == []

    def test_every_sentence_is_in_both_languages(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        for sentence in own_sentences(kind_and_report[1]):
            assert sentence.nl
            assert sentence.en
            assert sentence.nl != sentence.en

    def test_percentages_are_whole(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        for sentence in kind_and_report[1].headline:
            assert not re.search(r"\d[.,]\d+ (procent|percent)", sentence.nl + sentence.en)

    def test_only_a_simulation_carries_the_banner(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        kind, report = kind_and_report
        assert (report.banner is not None) == (kind == "simulated")

    def test_only_a_probability_sample_has_a_response_rate(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        kind, report = kind_and_report
        assert (report.fieldwork.response_rate is not None) == (kind == "probability")
        # An open link invites nobody that could be counted.
        assert (report.fieldwork.participation_rate is None) == (kind in ("probability", "open_link"))

    def test_result_is_said_to_be_about_opinions(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        assert "laat niet zien dat het systeem veilig, rechtmatig of eerlijk is" in kind_and_report[1].risk.nl
        assert "does not show that the system is safe, lawful or fair" in kind_and_report[1].risk.en

    def test_weighting_variables_come_from_the_record(self, kind_and_report: tuple[SampleKind, Report]) -> None:
        report = kind_and_report[1]
        assert report.weighting.dimensions == ("sex_age", "province", "education")
        sentence = report.value[0].sentence
        assert "gewogen naar geslacht en leeftijd, provincie en opleiding" in sentence.nl
        assert "weighted to sex and age, province and education" in sentence.en

    def test_no_label_of_the_page_speaks_of_persons(self) -> None:
        for text in LABELS.values():
            for word in ("mensen", "deelnemers", "people", "participants"):
                assert word not in f"{text.nl} {text.en}".lower()


class TestShareSentence:
    def say(self, kind: SampleKind, figure: Estimate, **more: object) -> Localised:
        tongue = Tongue(kind=kind, dimensions=DIMENSIONS)
        predicate = wording.chooses([Localised(nl="Veel", en="Much")])
        return wording.share_sentence(tongue, figure, predicate, **more)  # type: ignore[arg-type]

    def test_opt_in_names_weighting_and_both_kinds_of_error(self) -> None:
        said = self.say("opt_in_panel", estimate(0.64))
        assert said.nl.startswith("Van de deelnemers, gewogen naar geslacht en leeftijd en provincie, kiest 64 procent")
        assert "Was het panel een toevalssteekproef, dan was de onzekerheid plus of min 4 punten" in said.nl
        assert "fouten door wie er meedoet komen daar nog bij" in said.nl
        assert "If the panel were a random sample, the uncertainty would be plus or minus 4 points" in said.en

    def test_probability_sample_is_estimated_with_its_interval(self) -> None:
        said = self.say("probability", estimate(0.64))
        assert "naar schatting 64 procent (95%-interval 60 tot 68)" in said.nl
        assert "an estimated 64 percent (95 percent interval 60 to 68)" in said.en
        assert "plus of min" not in said.nl

    @pytest.mark.parametrize("kind", ["event", "open_link"])
    def test_self_selected_answers_get_no_margin_of_error(self, kind: SampleKind) -> None:
        said = self.say(kind, estimate(0.64))
        assert "een foutmarge is hier niet te geven" in said.nl
        assert "no margin of error can be given" in said.en

    def test_interval_that_touches_half_is_divided(self) -> None:
        assert "De deelnemers zijn verdeeld." in self.say("opt_in_panel", estimate(0.53)).nl
        assert "Participants are divided." in self.say("opt_in_panel", estimate(0.53)).en
        assert "verdeeld" not in self.say("opt_in_panel", estimate(0.64)).nl

    def test_the_wide_band_decides_about_divided(self) -> None:
        unsure = estimate(0.57, sensitivity=Interval(lower=0.47, upper=0.67))
        assert "De deelnemers zijn verdeeld." in self.say("opt_in_panel", unsure).nl

    def test_many_without_an_opinion_come_first(self) -> None:
        said = self.say("opt_in_panel", estimate(0.64), dont_know=estimate(0.4))
        assert said.nl.startswith("40 procent van de deelnemers heeft geen mening.")
        assert said.en.startswith("40 percent of the participants have no opinion.")

    def test_few_without_an_opinion_are_not_put_first(self) -> None:
        assert "geen mening" not in self.say("opt_in_panel", estimate(0.64), dont_know=estimate(0.12)).nl

    @pytest.mark.parametrize("flag", ["too_few", "suppressed"])
    def test_small_base_gives_no_percentage(self, flag: str) -> None:
        said = self.say("opt_in_panel", estimate(None, n=20, flag=flag))
        assert said == wording.TOO_FEW
        assert "procent" not in said.nl

    def test_exploratory_base_says_so(self) -> None:
        said = self.say("opt_in_panel", estimate(0.64, n=60, flag="exploratory"))
        assert said.nl.startswith("Verkennend, minder dan 100 antwoorden: van de deelnemers")
        assert said.en.startswith("Exploratory, fewer than 100 answers: of the participants")

    def test_margin_is_never_below_one_point(self) -> None:
        assert "plus of min 1 punt;" in self.say("opt_in_panel", estimate(0.64, half=0.001)).nl

    def test_intention_is_what_is_said(self) -> None:
        tongue = Tongue(kind="opt_in_panel", dimensions=())
        predicate = wording.chooses([Localised(nl="Zeker wel", en="Certainly")], intention=True)
        said = wording.share_sentence(tongue, estimate(0.7), predicate)
        assert said.nl.startswith("Van de deelnemers zegt 70 procent “Zeker wel”.")
        assert "70 percent say “Certainly”" in said.en


class TestVote:
    def conclude(self, support: Estimate, against: Estimate) -> Localised:
        return wording.vote_conclusion(Tongue(kind="opt_in_panel", dimensions=()), support, against)

    def test_clear_support_is_more_than_half(self) -> None:
        assert "is voor, al dan niet met voorwaarden" in self.conclude(estimate(0.62), estimate(0.25)).nl

    def test_clear_opposition_is_more_than_half(self) -> None:
        assert "is tegen" in self.conclude(estimate(0.25), estimate(0.62)).nl

    def test_everything_else_is_divided(self) -> None:
        assert self.conclude(estimate(0.52), estimate(0.3)).en == "Participants are divided."

    def test_four_outcomes_blank_included_and_called_consultative(self) -> None:
        vote = assemble(factory.inputs(n=300, kind="opt_in_panel")).vote_item
        assert vote is not None
        assert vote.sentence.nl.startswith("Raadplegende stemvraag")
        for word in ("voor", "voor met voorwaarden", "tegen", "blanco"):
            assert f"procent {word}" in vote.sentence.nl
        assert len(vote.shares) == 4

    def test_secret_ballot_stands_apart_and_is_consultative(self) -> None:
        ballot = assemble(factory.inputs(n=300, kind="opt_in_panel")).ballot
        assert ballot is not None
        assert ballot.sentence.nl.startswith("Geheime raadplegende stemming")
        assert "De deelnemers zijn verdeeld." in ballot.sentence.nl


class TestHeadline:
    def test_many_without_an_opinion_are_the_first_finding(self) -> None:
        report = assemble(factory.inputs(n=600, kind="opt_in_panel", without_opinion=0.45))
        assert re.match(r"\d+ procent van de deelnemers heeft geen mening", report.headline[1].nl)

    def test_exploratory_figures_stay_off_the_first_page(self) -> None:
        report = assemble(factory.inputs(n=80, kind="opt_in_panel"))
        assert report.value[0].headline is not None
        assert report.value[0].headline.flag == "exploratory"
        assert not any("procent" in sentence.nl for sentence in report.headline)

    def test_finding_and_caveat_can_be_set_apart_and_put_back(self) -> None:
        report = assemble(factory.inputs(n=300))
        for sentence in report.headline:
            lead, caveat = wording.finding_and_caveat(sentence.nl, "simulated", lang="nl")
            assert f"{lead} {caveat}".strip() == sentence.nl
        lead, caveat = wording.finding_and_caveat(report.value[0].sentence.nl, "simulated", lang="nl")
        assert caveat.startswith("Als toevalssteekproef")
        assert "plus of min" not in lead
