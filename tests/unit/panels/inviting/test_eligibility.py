"""Who may be invited: rules of rest, each person held back counted for every reason."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from panels.errors import PlanUnfit
from panels.inviting import eligibility
from panels.inviting.eligibility import Candidate, Rules

TODAY = date(2026, 11, 24)
AUDIT, OTHER, THIRD = (UUID(int=1000 + n) for n in range(3))


def member(number: int = 1, *, cell: str = "a", days_ago: tuple[int, ...] = (), **given: object) -> Candidate:
    invited = tuple((UUID(int=2000 + n), TODAY - timedelta(days=days)) for n, days in enumerate(days_ago))
    known: dict[str, object] = {"invited": invited, **given}
    return Candidate(member_id=UUID(int=number), cell=cell, **known)  # type: ignore[arg-type]


def reasons(one: Candidate, rules: Rules | None = None) -> tuple[str, ...]:
    return eligibility.reasons_of(one, rules=rules or Rules(), audit_id=AUDIT, today=TODAY)


class TestRules:
    def test_a_rested_member_may_be_invited(self) -> None:
        assert reasons(member(days_ago=(8, 40))) == ()

    def test_two_invitations_in_a_month_are_the_most(self) -> None:
        assert reasons(member(days_ago=(10, 29))) == ("month_full",)
        assert reasons(member(days_ago=(10, 30))) == ()

    def test_a_month_has_no_first_day(self) -> None:
        """Two at the end of one month and one at the start of the next are three in a row all the same."""
        late = Candidate(
            member_id=UUID(int=1), cell="a", invited=((OTHER, date(2026, 10, 28)), (THIRD, date(2026, 11, 1)))
        )
        assert reasons(late) == ("month_full",)

    def test_rest_days_lie_between_two_invitations(self) -> None:
        assert reasons(member(days_ago=(6,))) == ("resting",)
        assert reasons(member(days_ago=(7,))) == ()
        assert reasons(member(days_ago=(0,)), Rules(rest_days=0)) == ()

    def test_nobody_is_invited_twice_for_one_audit_however_long_ago(self) -> None:
        assert reasons(member(invited=((AUDIT, date(2025, 1, 1)),))) == ("invited_before",)

    def test_an_invitation_for_this_audit_tires_nobody_for_this_audit(self) -> None:
        assert reasons(member(invited=((AUDIT, TODAY), (OTHER, TODAY - timedelta(days=20))))) == ("invited_before",)

    def test_pause_language_and_exclusion_count(self) -> None:
        odd = member(paused=True, language="pl", excluded=True)
        assert reasons(odd, Rules(languages=frozenset({"nl", "en"}))) == ("paused", "language", "excluded")
        assert reasons(member(language="pl")) == ()


class TestJudge:
    def test_everybody_is_eligible_or_counted(self) -> None:
        people = [
            member(1),
            member(2, days_ago=(1, 2)),
            member(3, cell="b", paused=True, days_ago=(1,)),
            member(4, cell="b", invited=((AUDIT, TODAY),)),
            member(5, cell="b", invited=((AUDIT, TODAY),), paused=True),
        ]
        found = eligibility.judge(people, rules=Rules(), audit_id=AUDIT, today=TODAY)
        assert found.eligible == {"a": (UUID(int=1),), "b": ()}
        assert found.reasons == {
            "invited_before": 2,
            "month_full": 1,
            "resting": 2,
            "paused": 2,
            "language": 0,
            "excluded": 0,
        }
        assert found.held_back == 4
        assert found.otherwise == frozenset({UUID(int=4)})

    def test_coverage_is_the_part_of_a_cell_that_has_or_had_a_chance(self) -> None:
        people = [member(n) for n in range(1, 6)]
        people += [member(6, days_ago=(1,)), member(7, invited=((AUDIT, TODAY),)), member(8, paused=True)]
        found = eligibility.judge(people, rules=Rules(), audit_id=AUDIT, today=TODAY).cells["a"]
        assert (found.members, found.eligible, found.otherwise) == (8, 5, 1)
        assert found.coverage == pytest.approx(6 / 8)

    def test_an_empty_panel_has_an_empty_frame(self) -> None:
        found = eligibility.judge([], rules=Rules(), audit_id=AUDIT, today=TODAY)
        assert (found.eligible, found.held_back) == ({}, 0)

    def test_every_fault_is_named_at_once(self) -> None:
        people = [member(1), member(1), member(2, invited=((OTHER, TODAY + timedelta(days=1)),))]
        rules = Rules(per_month=0, month_days=0, rest_days=-1)
        with pytest.raises(PlanUnfit) as refused:
            eligibility.judge(people, rules=rules, audit_id=AUDIT, today=TODAY)
        assert {fault.code for fault in refused.value.faults} == {"out_of_range", "repeated", "in_the_future"}
        assert len(refused.value.faults) == 5
