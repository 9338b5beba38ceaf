"""Pictures and tables of a selection report, also of odd lotteries."""

import re
from xml.etree import ElementTree

import msgspec
import pytest
from samenspraak.types.base import Lang, Localised
from samenspraak.types.selection import (
    ChanceBand,
    SelectionChances,
    SelectionFeature,
    SelectionReport,
    SelectionValue,
)

from panels.lottery import selection
from panels.sortition.model import Person
from service.pages.texts import texts
from service.register import selection_views as views
from tests.unit.panels.lottery import factory

NOTHING_KNOWN = SelectionReport(
    pool=4000,
    size=12,
    panels=1000,
    algorithm="goldilocks",
    one_per_household=False,
    features=(
        SelectionFeature(
            feature="age7",
            label=Localised(nl="age7", en="age7"),
            values=(
                SelectionValue(value="<b>", label=Localised(nl='<b> & "x"', en="<b>"), minimum=0, maximum=12),
                SelectionValue(value="75+", label=Localised(nl="75 of ouder", en="75 or over"), minimum=2, maximum=2),
            ),
        ),
    ),
    chances=SelectionChances(
        minimum=0.001, maximum=0.004, average=0.003, gini=0.1, bound=0.0, never=3, always=0,
        bands=(ChanceBand(low=0.0, high=0.0002, tickets=3), ChanceBand(low=0.0038, high=0.004, tickets=3997)),
    ),
)  # fmt: skip


def ordinary() -> SelectionReport:
    made = factory.publish()
    return selection.pool(made.lottery, made.pool, bound=0.2)


def everybody_is_drawn() -> SelectionReport:
    people = tuple(Person(id=f"m{n}", features={"sex": "M"}) for n in range(12))
    rules = factory.rules(quotas=(), panels=1, one_per_household=False)
    made = factory.publish(people=people, seats=[[person.id for person in people]], rules=rules)
    return selection.pool(made.lottery, made.pool, bound=1.0)


REPORTS = {"nothing known": NOTHING_KNOWN, "everybody is drawn": everybody_is_drawn(), "ordinary": ordinary()}


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", REPORTS)
class TestPictures:
    def test_are_well_formed_and_say_what_they_show(self, name: str, lang: Lang) -> None:
        view = views.selection(REPORTS[name], texts(lang), opt_in=True)
        for picture in (view.chances_picture, view.picture):
            root = ElementTree.fromstring(f"<div>{picture}</div>")
            sizes = [svg.get("class") for svg in root]
            assert sizes == ["wide", "narrow"]
            for svg in root:
                kinds = [child.tag.rpartition("}")[2] for child in svg]
                assert kinds[:2] == ["title", "desc"]
                assert all(child.text for child in list(svg)[:2])

    def test_stay_inside_their_frame(self, name: str, lang: Lang) -> None:
        view = views.selection(REPORTS[name], texts(lang), opt_in=True)
        for picture in (view.chances_picture, view.picture):
            assert "nan" not in picture
            for svg in ElementTree.fromstring(f"<div>{picture}</div>"):
                width = float(str(svg.get("width")))
                places = [
                    float(x) for x in re.findall(r' (?:x|x1|x2|cx)="([-\d.]+)"', ElementTree.tostring(svg).decode())
                ]
                assert all(-1 <= x <= width for x in places)

    def test_ids_differ_so_that_each_has_its_own_title(self, name: str, lang: Lang) -> None:
        view = views.selection(REPORTS[name], texts(lang), opt_in=True)
        ids = re.findall(r' id="([^"]+)"', view.chances_picture + view.picture)
        assert len(set(ids)) == len(ids) == 8


class TestWords:
    def test_a_small_chance_gets_two_decimals(self) -> None:
        report = msgspec.structs.replace(
            NOTHING_KNOWN, chances=msgspec.structs.replace(NOTHING_KNOWN.chances, bound=0.0025)
        )
        said = views.selection(report, texts("nl"), opt_in=False).chances
        assert "van 0,10% tot 0,40%" in said
        assert "hoger zijn dan 0,25%" in said
        assert "is 40,0% daarvan" in said
        assert "geen enkel panel passen: 3." in said

    def test_all_of_the_bound_is_said_only_where_nothing_is_left(self) -> None:
        chances = msgspec.structs.replace(NOTHING_KNOWN.chances, minimum=0.0999999, bound=0.1)
        report = msgspec.structs.replace(NOTHING_KNOWN, chances=chances)
        assert "99.9% of that" in views.selection(report, texts("en"), opt_in=False).chances
        same = msgspec.structs.replace(report, chances=msgspec.structs.replace(chances, minimum=0.1))
        assert "100.0% of that" in views.selection(same, texts("en"), opt_in=False).chances

    def test_a_group_without_a_rule_has_none_and_a_fixed_one_has_one_number(self) -> None:
        (table,) = views.selection(NOTHING_KNOWN, texts("nl"), opt_in=False).tables
        assert [row[2] for row in table.rows] == ["geen", "2"]
        assert table.caption == "Leeftijd"

    def test_numbers_are_written_as_the_language_does(self) -> None:
        dutch, english = (views.selection(NOTHING_KNOWN, texts(lang), opt_in=False) for lang in ("nl", "en"))
        assert "4.000 lotnummers" in dutch.lead
        assert "4,000 tickets" in english.lead
        assert dutch.chances_rows[0][0] == "0,00%–0,02%"

    def test_only_people_who_signed_up_themselves_are_said_to_have_done_so(self) -> None:
        said = [" ".join(views.selection(NOTHING_KNOWN, texts("en"), opt_in=one).notes) for one in (True, False)]
        assert ["chose to sign up" in one for one in said] == [True, False]
