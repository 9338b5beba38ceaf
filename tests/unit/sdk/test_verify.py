"""Working out again what the service printed."""

import hashlib
import sys
from base64 import urlsafe_b64encode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from samenspraak import verify
from samenspraak.canonical import canonical_json, content_hash
from samenspraak.types.audit import Audit, TrailEvent
from samenspraak.types.ballot import BallotResult, CellCount

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = urlsafe_b64encode(KEY.public_key().public_bytes_raw()).decode().rstrip("=")


class TestReport:
    @pytest.fixture
    def content(self, make_report) -> bytes:
        return canonical_json(make_report())

    @pytest.fixture
    def signature(self, content) -> str:
        return urlsafe_b64encode(KEY.sign(content)).decode().rstrip("=")

    def test_holds_for_the_bytes_that_were_signed(self, content, signature):
        assert verify.report(content, signature, PUBLIC)

    def test_fails_when_one_figure_was_changed(self, content, signature):
        assert not verify.report(content.replace(b"0.62", b"0.82"), signature, PUBLIC)

    def test_fails_under_another_key(self, content, signature):
        other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
        assert not verify.report(content, signature, urlsafe_b64encode(other).decode())

    @pytest.mark.parametrize("broken", ["", "x", "é", "AAAA"])
    def test_fails_on_what_is_no_signature_or_key(self, content, signature, broken):
        assert not verify.report(content, broken, PUBLIC)
        assert not verify.report(content, signature, broken)

    def test_says_which_extra_is_missing(self, content, signature, monkeypatch):
        monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
        with pytest.raises(ImportError, match=r"samenspraak\[verify\]"):
            verify.report(content, signature, PUBLIC)


def test_seed_must_be_the_committed_one(make_report):
    fieldwork = make_report().fieldwork
    commitment = hashlib.sha256(b"0123abcd").hexdigest()
    told = msgspec.structs.replace(fieldwork, seed="0123abcd", seed_commitment=commitment)
    assert verify.seed(told)
    assert not verify.seed(msgspec.structs.replace(told, seed="0123abce"))
    assert not verify.seed(fieldwork)


def test_plan_must_be_the_approved_one(make_audit):
    plan = {
        "audit_id": "a1",
        "application_id": "p1",
        "application_version": 1,
        "questionnaire_hash": "q",
        "margins_id": "m",
        "margins_hash": "h",
        "sample_kind": "simulated",
        "target_completes": 600,
        "closing": {"completes": 600},
        "schedule": {},
        "draw": {},
        "weighting": {},
        "subgroups": ["sex"],
        "ballot": None,
        "frozen_at": "2026-11-24T09:00:00Z",
    }
    audit = msgspec.convert(make_audit(plan=plan), Audit)
    approved = msgspec.structs.replace(audit, plan_hash=content_hash(audit.plan))
    assert verify.plan(approved)
    weaker = msgspec.structs.replace(approved.plan, subgroups=())
    assert not verify.plan(msgspec.structs.replace(approved, plan=weaker))
    assert not verify.plan(msgspec.convert(make_audit(), Audit))


class TestBallot:
    @pytest.fixture
    def result(self) -> BallotResult:
        cells = (
            CellCount(cell="18-34", counts={"1": 11, "2": 10}, weight=1.2),
            CellCount(cell="35-64+65+", counts={"1": 14, "2": 12}, weight=0.9),
        )
        receipts = tuple(sorted(hashlib.sha256(f"CODE-{n}".encode()).hexdigest() for n in range(47)))
        return BallotResult(
            definition_hash="d",
            entitled=90,
            cast=47,
            counts={"1": 25, "2": 22},
            shares={},
            weighted=True,
            cells=cells,
            receipts=receipts,
            digest=verify.ballot_digest(cells, receipts),
        )

    def test_sound_count_holds(self, result):
        assert verify.ballot(result)

    def test_a_voter_finds_the_receipt(self, result):
        assert verify.receipt(result, "CODE-3")
        assert not verify.receipt(result, "CODE-47")

    def test_moved_ballot_is_seen(self, result):
        assert not verify.ballot(msgspec.structs.replace(result, counts={"1": 26, "2": 21}))

    def test_ballot_without_a_receipt_is_seen(self, result):
        fewer = result.receipts[1:]
        changed = msgspec.structs.replace(result, receipts=fewer, digest=verify.ballot_digest(result.cells, fewer))
        assert not verify.ballot(changed)

    def test_changed_cell_is_seen(self, result):
        cells = (msgspec.structs.replace(result.cells[0], weight=9.9), result.cells[1])
        assert not verify.ballot(msgspec.structs.replace(result, cells=cells))


class TestTrail:
    @pytest.fixture
    def events(self) -> list[TrailEvent]:
        made: list[TrailEvent] = []
        previous = "0" * 64
        for number in range(1, 6):
            raw = {"number": number, "at": "2026-11-24T09:00:00Z", "actor": "system", "event": f"e{number}"}
            event = msgspec.convert({**raw, "previous_hash": previous, "hash": ""}, TrailEvent)
            event = msgspec.structs.replace(event, hash=content_hash(event))
            previous = event.hash
            made.append(event)
        return made

    def test_untouched_chain_holds(self, events):
        assert verify.trail(events) is None

    def test_changed_event_is_named(self, events):
        events[2] = msgspec.structs.replace(events[2], actor="staff:key_9")
        assert verify.trail(events) == 3

    def test_rewritten_event_breaks_the_next_link(self, events):
        changed = msgspec.structs.replace(events[2], actor="staff:key_9", hash="")
        events[2] = msgspec.structs.replace(changed, hash=content_hash(changed))
        assert verify.trail(events) == 4

    def test_events_of_one_audit_need_not_be_neighbours(self, events):
        assert verify.trail(events[::2]) is None
