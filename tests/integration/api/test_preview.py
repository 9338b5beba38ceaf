"""Links for looking at a questionnaire, asked for by its owner and by staff, opened without a key."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from litestar import Litestar

from tests.integration.api.harness import Client, expect


async def test_owner_and_staff_get_a_link_for_every_language_arm_and_mode(
    developer: Client, staff: Client, in_review: dict[str, Any]
) -> None:
    path = f"/v1/audits/{in_review['id']}/questionnaire"
    asked = await expect(developer.get(path), 200)
    found = await expect(developer.get(f"{path}/preview"), 200)
    wanted = {
        (language, arm["key"], easy)
        for language in (*asked["languages"], *asked.get("unreviewed", ()))
        for arm in asked["arms"]
        for easy in ((False, True) if asked.get("easy") else (False,))
    }
    assert {(one["language"], one["arm"], one["easy"]) for one in found["links"]} == wanted
    assert len(found["links"]) == len(wanted)
    assert {one["language"] for one in found["links"] if one["reviewed"]} == set(asked["languages"])
    assert await expect(staff.get(f"{path}/preview"), 200) == found


async def test_a_link_shows_the_page_in_its_language_without_a_key(
    app: Litestar, developer: Client, in_review: dict[str, Any]
) -> None:
    found = await expect(developer.get(f"/v1/audits/{in_review['id']}/questionnaire/preview"), 200)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://samenspraak.test") as client:
        for link in found["links"]:
            address = urlsplit(link["url"])
            page = await client.get(f"{address.path}?{address.query}")
            assert page.status_code == 200
            assert f'<html lang="{link["language"]}"' in page.text
            assert parse_qs(address.query).get("arm", [""]) == [link["arm"]]
            assert page.headers["cache-control"] == "no-store"


async def test_another_organisation_gets_none(stranger: Client, in_review: dict[str, Any]) -> None:
    await expect(stranger.get(f"/v1/audits/{in_review['id']}/questionnaire/preview"), 404)
