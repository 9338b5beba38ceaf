"""Margins over the API: the pack, StatLine, areas; and an audit about a province asks its own people only."""

from typing import Any

from tests.integration.api.harness import Client, expect, plan


async def packed(staff: Client, area: str, **query: Any) -> dict[str, Any]:
    asked = {"name": f"CBS {area}", "area": area, **query}
    return await expect(staff.post("/v1/staff/margins/pack", params=asked), 201)


async def test_the_figures_of_a_province_come_with_the_service(staff: Client) -> None:
    made = await packed(staff, "PV27")
    assert (made["area"], [dimension["key"] for dimension in made["dimensions"]]) == ("PV27", ["sex_age"])
    listed = await expect(staff.get("/v1/staff/margins"), 200)
    assert [one["id"] for one in listed["data"]] == [made["id"]]


async def test_a_two_way_margin_of_the_country(staff: Client) -> None:
    made = await packed(staff, "NL", two_way="true")
    assert "province_x_age7" in [dimension["key"] for dimension in made["dimensions"]]


async def test_an_area_without_figures_is_refused_with_what_to_do(staff: Client) -> None:
    problem = await expect(staff.post("/v1/staff/margins/pack?name=x&area=GM0363"), 422)
    assert "StatLine" in problem["errors"][0]["detail"]


async def test_tables_of_statline_become_margins_or_every_fault_is_named(staff: Client) -> None:
    table = {
        "table": "03759ned",
        "dimension": "sex",
        "measure": "Bevolking_1",
        "reference_date": "2025-01-01",
        "population_base": "18+",
        "observations": [{"Geslacht": "3000 ", "Bevolking_1": 7000}, {"Geslacht": "4000 ", "Bevolking_1": 7200}],
        "codes": {"Geslacht": [{"Key": "3000 ", "Title": "Mannen"}, {"Key": "4000 ", "Title": "Vrouwen"}]},
    }
    made = await expect(staff.post("/v1/staff/margins/statline?name=CBS", json={"tables": [table]}), 201)
    assert made["population"] == 14_200
    wrong = {"tables": [{**table, "measure": "x"}, {**table, "dimension": "y"}]}
    problem = await expect(staff.post("/v1/staff/margins/statline?name=CBS", json=wrong), 422)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/tables/0", "/tables/1"]


async def test_an_audit_about_a_province_asks_its_own_people_or_says_how_many_to_recruit(
    staff: Client, in_review: dict[str, Any], members: int
) -> None:
    margins = await packed(staff, "PV27")
    at = f"/v1/staff/audits/{in_review['id']}"
    own = plan(margins, weighting={"dimensions": ["sex_age"]}, subgroups=["sex"])
    await expect(staff.post(f"{at}/approve", json=own), 200)
    problem = await expect(staff.post(f"{at}/open"), 409)
    assert problem["type"].endswith("panel_too_small")
    assert problem["details"]["available"] < members / 6, "one of twelve provinces"
    assert sum(problem["details"]["recruits"].values()) > 0
