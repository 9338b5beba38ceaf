"""Waiting for an audit."""

import pytest
from samenspraak import AuditStopped, ConfigurationError, ConnectionFailed, WaitTimedOut


def test_ends_in_the_state_asked_for(client, service, make_audit):
    service.answers(make_audit(state="fielding", completes=10)).answers(make_audit(state="reported", completes=600))
    assert client.audits.wait("a1").state == "reported"


def test_a_later_state_counts(client, service, make_audit):
    service.answers(make_audit(state="published"))
    assert client.audits.wait("a1", until="reported").state == "published"
    assert service.slept == []


def test_progress_is_told_once_per_change(client, service, make_audit):
    service.answers(make_audit(state="fielding", completes=1)).answers(make_audit(state="fielding", completes=1))
    service.answers(make_audit(state="fielding", completes=9)).answers(make_audit(state="closed", completes=9))
    seen = []
    client.audits.wait("a1", "closed", on_progress=lambda audit: seen.append((audit.state, audit.completes)))
    assert seen == [("fielding", 1), ("fielding", 9), ("closed", 9)]


def test_looks_less_often_as_time_goes_by(client, service, make_audit):
    for _ in range(12):
        service.answers(make_audit(state="fielding"))
    service.answers(make_audit(state="reported"))
    client.audits.wait("a1", every=4)
    assert service.slept[0] == 0.5
    assert service.slept == sorted(service.slept)
    assert service.slept[-1] == 4


def test_gives_up_in_time_with_what_was_seen_last(client, service, make_audit):
    service.answers(make_audit(state="in_review"))
    with pytest.raises(WaitTimedOut, match="in_review, not yet reported, after 30 seconds") as caught:
        client.audits.wait("a1", timeout=30)
    assert caught.value.audit.state == "in_review"
    assert sum(service.slept) == 30


def test_looks_once_more_when_the_time_is_up(client, service, make_audit):
    service.answers(make_audit(state="fielding")).answers(make_audit(state="fielding"))
    service.answers(make_audit(state="reported"))
    assert client.audits.wait("a1", timeout=0.6).state == "reported"
    assert sum(service.slept) == pytest.approx(0.6)


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_an_audit_that_left_the_way_ends_the_wait_with_its_reason(client, service, make_audit, state):
    service.answers(make_audit(state=state, reason="Too unclear."))
    with pytest.raises(AuditStopped, match=r"Too unclear\."):
        client.audits.wait("a1")


def test_changes_asked_for_end_the_wait_since_only_the_owner_can_go_on(client, service, make_audit):
    service.answers(make_audit(state="draft", reason="Shorten the text."))
    with pytest.raises(AuditStopped, match="came back for changes: Shorten the text"):
        client.audits.wait("a1", "approved")


def test_a_side_exit_can_be_waited_for(client, service, make_audit):
    service.answers(make_audit(state="withdrawn", reason="x"))
    assert client.audits.wait("a1", "withdrawn").state == "withdrawn"


def test_a_state_that_this_version_does_not_know_is_waited_through(client, service, make_audit):
    service.answers(make_audit(state="archiving")).answers(make_audit(state="published"))
    assert client.audits.wait("a1").state == "published"


def test_a_misspelt_state_is_refused_at_once(client, service):
    with pytest.raises(ConfigurationError, match="reportd"):
        client.audits.wait("a1", "reportd")
    assert service.requests == []


def test_survives_a_restart_of_the_service(client, service, make_audit):
    patient = client.with_options(max_retries=0)
    service.answers(make_audit(state="fielding")).breaks().breaks().refuses(503, "unavailable")
    service.answers(make_audit(state="reported"))
    assert patient.audits.wait("a1").state == "reported"


def test_does_not_wait_for_a_service_that_is_gone(client, service):
    service.breaks()
    with pytest.raises(ConnectionFailed):
        client.audits.wait("a1")


async def test_asyncio_client_waits_alike(async_client, service, make_audit):
    service.answers(make_audit(state="fielding")).answers(make_audit(state="reported"))
    assert (await async_client.audits.wait("a1", timeout=60)).state == "reported"
    assert service.slept == [0.5]
