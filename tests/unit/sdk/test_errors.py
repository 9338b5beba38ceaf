"""What the service refuses arrives as one exception that says everything."""

import inspect
import re

import pytest
from samenspraak import errors

STATUSES = {
    400: errors.BadRequest,
    401: errors.NotAuthenticated,
    403: errors.NotAllowed,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.TooLarge,
    415: errors.ApiError,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
    500: errors.ServiceError,
    501: errors.ServiceError,
    503: errors.ServiceUnavailable,
}


@pytest.fixture
def impatient(client):
    return client.with_options(max_retries=0)


@pytest.mark.parametrize(("status", "kind"), list(STATUSES.items()))
def test_each_status_has_its_exception(impatient, service, status, kind):
    service.refuses(status, "some_code", x_request_id="req-9")
    with pytest.raises(errors.ApiError) as caught:
        impatient.audits.get("a1")
    fault = caught.value
    assert type(fault) is kind
    assert (fault.status, fault.code, fault.request_id) == (status, "some_code", "req-9")
    assert "req-9" in str(fault)


def test_every_fault_is_printed_on_its_own_line(impatient, service):
    faults = [
        {"pointer": "/name/nl", "code": "missing", "detail": "Add the name."},
        {"pointer": "/arguments/for/0", "code": "too_long", "detail": "Shorten it."},
    ]
    service.refuses(422, "invalid_request", errors=faults)
    with pytest.raises(errors.ValidationFailed) as caught:
        impatient.audits.submit("a1")
    assert [fault.pointer for fault in caught.value.errors] == ["/name/nl", "/arguments/for/0"]
    assert str(caught.value).splitlines()[1:] == [
        "  /name/nl [missing] Add the name.",
        "  /arguments/for/0 [too_long] Shorten it.",
    ]


def test_reused_key_is_told_from_faults_in_the_body(impatient, service):
    service.refuses(422, "idempotency_mismatch")
    with pytest.raises(errors.IdempotencyMismatch):
        impatient.audits.submit("a1")


def test_answer_of_a_proxy_becomes_an_exception_too(impatient, service):
    service.answers(b"<html>Bad gateway</html>", 502, content_type="text/html")
    with pytest.raises(errors.ServiceError) as caught:
        impatient.audits.get("a1")
    assert caught.value.code == "http_502"
    assert caught.value.request_id == service.last.headers["x-request-id"]


def test_id_in_the_problem_wins(impatient, service):
    body = {"type": "/problems/x", "title": "X", "status": 404, "code": "x", "request_id": "from-body"}
    service.answers(body, 404, x_request_id="from-header")
    with pytest.raises(errors.NotFound) as caught:
        impatient.audits.get("a1")
    assert caught.value.request_id == "from-body"


def test_redirects_are_not_followed_with_the_key(impatient, service):
    service.answers(None, 302, location="https://elsewhere.test/")
    with pytest.raises(errors.ApiError) as caught:
        impatient.audits.get("a1")
    assert caught.value.status == 302
    assert len(service.requests) == 1


def test_tree_in_the_documentation_is_the_tree_in_the_code():
    drawn = re.findall(r"[─ ] ?(\w+)", "\n".join(re.findall(r"[├└]── \w+", errors.__doc__ or "")))
    kinds = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)}
    assert kinds == set(errors.__all__)
    assert kinds == {*drawn, "SamenspraakError"}


def test_everything_can_be_caught_at_the_root():
    assert all(issubclass(getattr(errors, name), errors.SamenspraakError) for name in errors.__all__)
