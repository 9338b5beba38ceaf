"""Outcome rates by hand, and each kind of sample kept to its own."""

import pytest
from samenspraak.types.base import SampleKind

from analytics.errors import AnalyticsError, RateRefused
from analytics.representation.rates import (
    Dispositions,
    Eligibility,
    cumulative,
    participation,
    proportional_allocation,
    response_rates,
)

FOUND = Dispositions(
    complete=400,
    partial=50,
    refusal=150,
    non_contact=120,
    other=30,
    unknown_household=60,
    unknown_other=40,
    not_eligible=250,
)
"""750 eligible, 100 unknown, 250 not eligible: e = 750 / 1000."""


class TestResponseRates:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("rr1", 400 / 850),
            ("rr2", 450 / 850),
            ("rr3", 400 / 825),
            ("rr4", 450 / 825),
            ("rr5", 400 / 750),
            ("rr6", 450 / 750),
            ("coop1", 400 / 630),
            ("coop2", 450 / 630),
            ("coop3", 400 / 600),
            ("coop4", 450 / 600),
            ("ref1", 150 / 850),
            ("ref2", 150 / 825),
            ("ref3", 150 / 750),
            ("con1", 630 / 850),
            ("con2", 630 / 825),
            ("con3", 630 / 750),
        ],
    )
    def test_each_by_hand(self, name: str, expected: float) -> None:
        assert getattr(response_rates(FOUND, sample_kind="probability"), name) == pytest.approx(expected, rel=1e-14)

    def test_e_is_stated_with_its_basis(self) -> None:
        assert "750 of 1000" in response_rates(FOUND, sample_kind="probability").eligibility.basis
        own = Eligibility(share=0.5, basis="register check of 200 addresses, 2026")
        found = response_rates(FOUND, sample_kind="probability", eligibility=own)
        assert found.rr3 == pytest.approx(400 / 800)
        assert found.eligibility.basis.startswith("register check")
        assert proportional_allocation(Dispositions(complete=0)).share == 1.0

    def test_rates_of_nobody_say_nothing(self) -> None:
        found = response_rates(Dispositions(complete=0), sample_kind="probability")
        assert found.rr1 is None
        assert found.coop3 is None
        assert found.drawn == 0

    def test_the_minimum_is_never_above_the_maximum(self) -> None:
        found = response_rates(FOUND, sample_kind="probability")
        assert (found.rr1 or 0) <= (found.rr3 or 0) <= (found.rr5 or 0)

    def test_all_wrong_counts_are_named_at_once(self) -> None:
        with pytest.raises(AnalyticsError) as caught:
            response_rates(Dispositions(complete=-1, refusal=-2), sample_kind="probability")
        assert [fault.pointer for fault in caught.value.faults] == ["/complete", "/refusal"]

    @pytest.mark.parametrize("e", [Eligibility(share=1.2, basis="x"), Eligibility(share=0.4, basis=" ")])
    def test_an_e_out_of_range_or_without_a_basis_is_refused(self, e: Eligibility) -> None:
        with pytest.raises(AnalyticsError, match="eligible share"):
            response_rates(FOUND, sample_kind="probability", eligibility=e)


class TestKinds:
    @pytest.mark.parametrize("kind", ["opt_in_panel", "event", "open_link", "simulated"])
    def test_people_who_chose_themselves_have_no_response_rate(self, kind: SampleKind) -> None:
        with pytest.raises(RateRefused, match="known probabilities"):
            response_rates(FOUND, sample_kind=kind)
        with pytest.raises(RateRefused):
            cumulative(recruitment=0.1, profile=0.8, completion=0.6, sample_kind=kind)

    def test_a_probability_sample_has_no_participation_rate(self) -> None:
        with pytest.raises(RateRefused, match="response rates"):
            participation(600, 1500, sample_kind="probability")

    def test_an_open_link_has_neither(self) -> None:
        with pytest.raises(RateRefused, match="no invitations"):
            participation(600, 1500, sample_kind="open_link")

    def test_participation_is_completes_over_invitations(self) -> None:
        assert participation(600, 1500, sample_kind="opt_in_panel") == pytest.approx(0.4)
        assert participation(0, 0, sample_kind="opt_in_panel") is None
        with pytest.raises(AnalyticsError, match="cannot be"):
            participation(5, 4, sample_kind="opt_in_panel")


class TestCumulative:
    def test_the_parts_multiply(self) -> None:
        found = cumulative(recruitment=0.2, profile=0.75, retention=0.9, completion=0.6, sample_kind="probability")
        assert found.value == pytest.approx(0.081)
        assert found.retention == 0.9

    def test_all_parts_that_are_no_share_are_named(self) -> None:
        with pytest.raises(AnalyticsError) as caught:
            cumulative(recruitment=20, profile=-0.1, completion=0.6, sample_kind="probability")
        assert [fault.pointer for fault in caught.value.faults] == ["/recruitment", "/profile"]
