"""Lists over pages."""

from samenspraak import AsyncSamenspraak, Samenspraak


def cursors(service):
    return [request.url.params.get("cursor") for request in service.requests]


def test_all_items_of_all_pages_come_in_order(client, service, make_audit, listed):
    service.answers(listed(make_audit(id="a1"), make_audit(id="a2"), cursor="c1"))
    service.answers(listed(make_audit(id="a3"), cursor="c2")).answers(listed(make_audit(id="a4")))
    assert [audit.id for audit in client.audits.list()] == ["a1", "a2", "a3", "a4"]
    assert cursors(service) == [None, "c1", "c2"]


def test_filters_and_size_go_along_to_every_page(client, service, make_audit, listed):
    service.answers(listed(make_audit(), cursor="c1")).answers(listed())
    client.audits.list(state="draft", limit=7).collect()
    assert [request.url.params["state"] for request in service.requests] == ["draft", "draft"]
    assert [request.url.params["limit"] for request in service.requests] == ["7", "7"]


def test_pages_inherit_time_out_and_retries(client: Samenspraak, service, make_audit, listed):
    service.answers(listed(make_audit(), cursor="c1")).refuses(503, "x").refuses(503, "x").refuses(503, "x")
    service.answers(listed(make_audit()))
    found = client.with_options(timeout=3, max_retries=3).audits.list().collect()
    assert len(found) == 2
    assert {request.extensions["timeout"]["read"] for request in service.requests} == {3}


def test_nothing_is_asked_before_iterating(client, service):
    client.audits.list()
    assert service.requests == []


def test_iterating_twice_asks_twice(client, service, make_audit, listed):
    service.answers(listed(make_audit()))
    audits = client.audits.list()
    assert len(list(audits)) == len(list(audits)) == 1
    assert len(service.requests) == 2


def test_stops_asking_once_enough_is_there(client, service, make_audit, listed):
    service.answers(listed(make_audit(id="a1"), make_audit(id="a2"), cursor="c1"))
    assert [audit.id for audit in client.audits.list().collect(at_most=1)] == ["a1"]
    assert client.audits.list().collect(at_most=0) == []
    assert len(service.requests) == 1


def test_one_page_can_be_taken_by_its_cursor(client, service, make_audit, listed):
    service.answers(listed(make_audit(), cursor="c2"))
    page = client.audits.list().page("c1")
    assert (page.has_more, page.next_cursor, len(page.data)) == (True, "c2", 1)
    assert cursors(service) == ["c1"]


def test_a_cursor_that_leads_nowhere_new_ends_the_list(client, service, make_audit, listed):
    service.answers(listed(make_audit(), cursor="c1"))
    assert len(list(client.audits.list())) == 2


async def test_asyncio_lists_iterate_and_inherit_alike(async_client: AsyncSamenspraak, service, make_audit, listed):
    service.answers(listed(make_audit(id="a1"), cursor="c1")).refuses(503, "x").answers(listed(make_audit(id="a2")))
    audits = async_client.with_options(timeout=4).audits.list()
    assert [audit.id async for audit in audits] == ["a1", "a2"]
    assert {request.extensions["timeout"]["read"] for request in service.requests} == {4}
