"""What is published before anybody knows the public number."""

import hashlib

import msgspec
import pytest
from samenspraak.types.lottery import LotteryFile, PublishedLottery

from panels.errors import LotteryInvalid
from panels.lottery import publication
from tests.unit.panels.lottery import factory


@pytest.fixture(scope="module")
def published():
    return factory.publish()


def refused(**changed):
    with pytest.raises(LotteryInvalid) as error:
        factory.publish(**changed)
    return error.value.faults


class TestPublish:
    def test_the_commitment_is_the_hash_of_everything_else(self, published):
        fixed = publication.committed(published.content)
        assert hashlib.sha256(fixed).hexdigest() == published.lottery.commitment
        assert b"commitment" not in fixed.replace(b"seed_commitment", b"")

    def test_the_content_is_the_lottery(self, published):
        assert msgspec.json.decode(published.content, type=PublishedLottery) == published.lottery

    def test_nobody_is_named(self, published):
        assert b"member-" not in published.content
        assert b"address-" not in published.content
        assert factory.SALT.hex().encode() not in published.content + published.pool_content

    def test_tickets_stand_in_order_and_panels_point_at_them(self, published):
        lottery = published.lottery
        assert list(lottery.tickets) == sorted(published.tickets.values())
        for panel, seats in zip(lottery.panels, factory.seats(factory.people()), strict=True):
            assert {lottery.tickets[place] for place in panel} == {published.tickets[id] for id in seats}
            assert list(panel) == sorted(panel)

    def test_the_order_of_people_and_seats_makes_no_difference(self, published):
        seats = [seat[::-1] for seat in factory.seats(factory.people())]
        assert factory.publish(people=factory.people()[::-1], seats=seats).content == published.content

    @pytest.mark.parametrize(
        "changed",
        [
            {"title": "Burgerberaad klimaat."},
            {"assembly_id": "a2"},
            {"sample_kind": "simulated"},
            {"salt": bytes(16)},
            {"rules": factory.rules(algorithm="nash")},
            {"randomness": factory.randomness(source="De temperatuur in De Bilt op 28 november")},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_every_change_gives_another_commitment(self, published, changed):
        assert factory.publish(**changed).lottery.commitment != published.lottery.commitment


class TestPoolTable:
    def test_holds_features_and_address_numbers_by_ticket(self, published):
        by_ticket = {row.ticket: row for row in published.pool.rows}
        assert tuple(by_ticket) == published.lottery.tickets
        for person in factory.people():
            row = by_ticket[published.tickets[person.id]]
            assert row.features == dict(person.features)

    def test_people_at_one_address_share_a_number_and_others_have_none(self, published):
        by_ticket = {row.ticket: row.household for row in published.pool.rows}
        homes = [by_ticket[published.tickets[f"member-{n:03}"]] for n in range(48)]
        assert homes[0] == homes[1] != homes[2] == homes[3] != homes[4] == homes[5]
        assert set(homes[:6]) == {1, 2, 3}
        assert set(homes[6:]) == {0}

    def test_its_hash_is_published(self, published):
        assert hashlib.sha256(published.pool_content).hexdigest() == published.lottery.pool_hash


class TestDocument:
    def test_is_a_lottery_file_with_the_published_bytes_inside(self, published):
        drawn = factory.drawn(published)
        file = publication.document(published.content, drawn)
        assert published.content in file
        assert msgspec.json.decode(file, type=LotteryFile) == LotteryFile(lottery=published.lottery, drawing=drawn)

    def test_has_no_drawing_before_the_drawing(self, published):
        assert msgspec.json.decode(publication.document(published.content, None))["drawing"] is None

    def test_keeps_fields_that_this_version_does_not_know(self, published):
        newer = published.content.replace(b'"title":', b'"language":"nl","title":')
        assert b'"language":"nl"' in publication.document(newer, None)
        assert b'"language":"nl"' in publication.committed(newer)


class TestRefused:
    def test_a_public_number_that_is_known_already(self):
        (fault,) = refused(randomness=factory.randomness(known_from=factory.NOW))
        assert (fault.pointer, fault.code) == ("/randomness/known_from", "known_already")

    def test_fewer_panels_than_the_rules_say(self):
        (fault,) = refused(seats=factory.seats(factory.people(), 49))
        assert fault.pointer == "/rules/panels"

    def test_no_panels_at_all(self):
        assert refused(rules=factory.rules(panels=0), seats=[()][:0] or ((),))[0].pointer == "/rules/panels"

    def test_a_panel_with_somebody_twice(self):
        seats = factory.seats(factory.people())
        (fault, *_) = refused(seats=(*seats[:-1], (*seats[-1][:-1], seats[-1][0])))
        assert fault.code == "broken_rule"
        assert "12 different people: panels 50" in fault.detail

    def test_a_stranger_on_a_panel(self):
        seats = factory.seats(factory.people())
        (fault,) = refused(seats=(("nobody", *seats[0][1:]), *seats[1:]))
        assert "not in the pool: panels 1." in fault.detail

    def test_a_panel_that_breaks_a_quota_whatever_a_solver_said(self):
        quotas = list(factory.rules().quotas)
        quotas[0] = msgspec.structs.replace(quotas[0], minimum=7, maximum=12)
        (fault,) = refused(rules=factory.rules(quotas=tuple(quotas)))
        assert "Not 7 to 12 people with sex M: panels 1, 2, 3, 4, 5 and 45 more" in fault.detail

    def test_two_people_from_one_address(self):
        people = tuple(msgspec.structs.replace(one, household="flat") for one in factory.people())
        (fault,) = refused(people=people, seats=factory.seats(factory.people()))
        assert "Two people from one address" in fault.detail

    def test_people_from_one_address_may_sit_together_where_the_rules_allow_it(self):
        people = tuple(msgspec.structs.replace(one, household="flat") for one in factory.people())
        seats = factory.seats(factory.people())
        made = factory.publish(people=people, seats=seats, rules=factory.rules(one_per_household=False))
        assert {row.household for row in made.pool.rows} == {1}

    def test_names_every_fault_at_once(self):
        faults = refused(
            randomness=factory.randomness(known_from=factory.NOW, source="   "),
            rules=factory.rules(size=11, panels=51),
        )
        assert [fault.pointer for fault in faults] == [
            "/randomness/known_from", "/randomness/source", "/rules/panels", "/panels",
        ]  # fmt: skip
