"""Decisions without a network."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samenspraak import ConfigurationError, core
from samenspraak.core import Access, Call, Options, Reply

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FULL = {"SAMENSPRAAK_API_KEY": "smsp_live_abc", "SAMENSPRAAK_BASE_URL": "https://host.test/"}


def reply(status: int, **headers: str) -> Reply:
    return Reply(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=b"")


class TestAccess:
    def test_comes_from_the_environment(self):
        assert core.access(None, None, FULL) == Access(api_key="smsp_live_abc", base_url="https://host.test")

    def test_arguments_win(self):
        found = core.access("other", "http://127.0.0.1:8000", FULL)
        assert (found.api_key, found.base_url) == ("other", "http://127.0.0.1:8000")

    @pytest.mark.parametrize("missing", list(FULL))
    def test_says_which_variable_is_missing(self, missing):
        environ = {name: value for name, value in FULL.items() if name != missing}
        with pytest.raises(ConfigurationError, match=missing):
            core.access(None, None, environ)

    @pytest.mark.parametrize("url", ["host.test", "ftp://host.test", "https://", "https://host.test/?a=b"])
    def test_address_must_be_usable(self, url):
        with pytest.raises(ConfigurationError, match="address"):
            core.access("key", url, {})

    @pytest.mark.parametrize("key", ["smsp live_k1", "smsp_k2\n", " smsp_k3", "sleutel\u2013x"])
    def test_key_with_stray_characters_is_refused_without_repeating_it(self, key):
        with pytest.raises(ConfigurationError) as caught:
            core.access(key, "https://host.test", {})
        assert key.strip() not in str(caught.value)

    def test_printing_does_not_show_the_key(self):
        secret = "smsp_live_" + "s" * 43
        assert secret not in repr(Access(api_key=secret, base_url="https://host.test"))


class TestPause:
    @given(attempt=st.integers(0, 30), draw=st.floats(0, 1, exclude_max=True))
    def test_jitter_is_full_and_capped(self, attempt, draw):
        seconds = core.pause(attempt, None, Options(max_retries=100), now=NOW, draw=lambda: draw)
        assert seconds is not None
        assert 0 <= seconds <= min(core.BACKOFF_CAP, core.BACKOFF_START * 2**attempt)

    @given(asked=st.integers(0, 60), draw=st.floats(0, 1, exclude_max=True))
    def test_never_comes_back_before_retry_after(self, asked, draw):
        seconds = core.pause(0, reply(503, retry_after=str(asked)), Options(), now=NOW, draw=lambda: draw)
        assert seconds is not None
        assert asked <= seconds <= asked + 1

    def test_retry_after_may_be_a_date(self):
        at = format_datetime(NOW + timedelta(seconds=20), usegmt=True)
        assert core.retry_after({"retry-after": at}, now=NOW) == 20

    def test_date_in_the_past_means_now(self):
        at = format_datetime(NOW - timedelta(seconds=20), usegmt=True)
        assert core.retry_after({"retry-after": at}, now=NOW) == 0

    @pytest.mark.parametrize("raw", ["", "soon", "-3", "1.5", "٣"])
    def test_unreadable_retry_after_is_ignored(self, raw):
        assert core.retry_after({"retry-after": raw}, now=NOW) is None

    def test_stops_after_the_last_retry(self):
        assert core.pause(2, None, Options(max_retries=2), now=NOW, draw=lambda: 0.5) is None


class TestWire:
    def test_carries_key_agent_and_ids(self):
        call = core.post("/v1/audits", {"a": 1}, request_id="r1", idempotency_key="k1")
        sent = core.wire(call, Access(api_key="key", base_url="https://host.test"))
        assert sent.url == "https://host.test/v1/audits"
        assert sent.content == b'{"a":1}'
        assert sent.headers["Authorization"] == "Bearer key"
        assert sent.headers["Idempotency-Key"] == "k1"
        assert sent.headers["Content-Type"] == "application/json"
        assert sent.headers["User-Agent"].startswith("samenspraak-python/0.1.0 (python 3.")

    def test_query_leaves_out_what_is_not_given(self):
        call = Call(method="GET", path="/x", request_id="r", query=core.query(a=None, b=True, c="ö &", d=3))
        assert core.wire(call, Access(api_key="k", base_url="https://h")).url == "https://h/x?b=true&c=%C3%B6+%26&d=3"

    def test_an_id_cannot_reach_another_route(self):
        assert core.path("/v1/audits/{}/report", "../keys?x=1#y") == "/v1/audits/..%2Fkeys%3Fx%3D1%23y/report"

    @pytest.mark.parametrize("part", ["", ".", ".."])
    def test_an_empty_id_is_refused_before_sending(self, part):
        with pytest.raises(ConfigurationError):
            core.path("/v1/audits/{}", part)


class TestOptions:
    @pytest.mark.parametrize(("timeout", "retries"), [(0, 2), (-1, 2), (float("nan"), 2), (float("inf"), 2), (30, -1)])
    def test_odd_values_are_refused(self, timeout, retries):
        with pytest.raises(ConfigurationError):
            core.options(timeout, retries)

    def test_connecting_takes_at_most_five_seconds(self):
        assert core.options(30, 2).connect_timeout == 5
        assert core.options(2, 2).connect_timeout == 2
