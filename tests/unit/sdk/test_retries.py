"""Trying again: when, how often, how long the pause, and with which key."""

import httpx2
import pytest
from samenspraak import (
    Conflict,
    ConnectionFailed,
    ConnectionTimedOut,
    RateLimited,
    RequestInFlight,
    ServiceUnavailable,
    ValidationFailed,
)
from samenspraak.types.audit import AuditRequest


def test_lost_connection_is_tried_again(client, service, make_audit):
    service.breaks().breaks(httpx2.ReadTimeout).answers(make_audit())
    assert client.audits.get("a1").id == "a1"
    assert len(service.requests) == 3


def test_connection_that_stays_lost_says_what_was_tried(client, service):
    service.breaks()
    with pytest.raises(ConnectionFailed, match=r"could not be reached .* GET /v1/audits/a1, 3 attempt") as caught:
        client.audits.get("a1")
    assert not isinstance(caught.value, ConnectionTimedOut)
    assert caught.value.request_id == service.last.headers["x-request-id"]
    assert len(service.requests) == 3


def test_time_out_has_its_own_exception_with_the_key_to_repeat_with(client, service):
    service.breaks(httpx2.ConnectTimeout)
    with pytest.raises(ConnectionTimedOut) as caught:
        client.audits.submit("a1")
    assert caught.value.idempotency_key == service.last.headers["idempotency-key"]
    assert caught.value.attempts == 3


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again(client, service, make_audit, status):
    service.refuses(status, "trouble").answers(make_audit())
    assert client.audits.get("a1").id == "a1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 501])
def test_a_clear_no_is_not_asked_twice(client, service, status):
    service.refuses(status, "no")
    with pytest.raises(Exception, match="no"):
        client.audits.get("a1")
    assert len(service.requests) == 1
    assert service.slept == []


def test_retries_of_a_post_carry_the_same_idempotency_key_and_body(client, service, make_audit):
    service.breaks().refuses(503, "unavailable").answers(make_audit())
    client.audits.create(AuditRequest(application_id="p1", target_completes=600))
    assert len({request.headers["idempotency-key"] for request in service.requests}) == 1
    assert len({request.content for request in service.requests}) == 1
    assert len({request.headers["x-request-id"] for request in service.requests}) == 1


def test_another_post_has_another_idempotency_key(client, service, make_audit):
    service.answers(make_audit())
    client.audits.submit("a1")
    client.audits.submit("a1")
    first, second = (request.headers["idempotency-key"] for request in service.requests)
    assert first != second


def test_get_carries_no_idempotency_key(client, service, make_audit):
    service.answers(make_audit())
    client.audits.get("a1")
    assert "idempotency-key" not in service.last.headers


def test_request_still_being_handled_is_awaited(client, service, make_audit):
    service.refuses(409, "request_in_flight", retry_after="1").answers(make_audit(state="submitted"))
    assert client.audits.submit("a1").state == "submitted"
    assert 1 <= service.slept[0] <= 2


def test_request_that_stays_in_flight_is_told_from_a_conflict(client, service):
    service.refuses(409, "request_in_flight", retry_after="1")
    with pytest.raises(RequestInFlight):
        client.audits.submit("a1")


def test_conflict_of_states_is_final(client, service):
    service.refuses(409, "transition_refused")
    with pytest.raises(Conflict) as caught:
        client.audits.submit("a1")
    assert not isinstance(caught.value, RequestInFlight)
    assert len(service.requests) == 1


def test_retry_after_is_honoured(client, service, make_audit):
    service.refuses(503, "unavailable", retry_after="7").answers(make_audit())
    client.audits.get("a1")
    assert 7 <= service.slept[0] <= 8


def test_long_retry_after_is_left_to_the_caller(client, service):
    service.refuses(429, "rate_limited", retry_after="3600")
    with pytest.raises(RateLimited) as caught:
        client.audits.get("a1")
    assert caught.value.retry_after == 3600
    assert service.slept == []


def test_number_of_retries_can_be_changed_for_some_calls(client, service):
    service.refuses(503, "unavailable")
    with pytest.raises(ServiceUnavailable):
        client.with_options(max_retries=0).audits.get("a1")
    assert len(service.requests) == 1
    with pytest.raises(ServiceUnavailable):
        client.audits.get("a1")
    assert len(service.requests) == 1 + 3


async def test_asyncio_client_retries_alike(async_client, service, make_audit):
    service.breaks().refuses(503, "unavailable").answers(make_audit())
    assert (await async_client.audits.submit("a1")).id == "a1"
    assert len({request.headers["idempotency-key"] for request in service.requests}) == 1


async def test_asyncio_client_maps_errors_alike(async_client, service):
    service.refuses(422, "invalid_request")
    with pytest.raises(ValidationFailed):
        await async_client.audits.submit("a1")
    service._answers.clear()
    service.breaks(httpx2.ReadTimeout)
    with pytest.raises(ConnectionTimedOut):
        await async_client.audits.submit("a1")
