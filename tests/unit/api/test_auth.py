"""The shape of a key, and what it takes to be believed."""

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.auth import (
    ALPHABET,
    PATTERN,
    SCOPES,
    Caller,
    Forbidden,
    Unauthenticated,
    bearer,
    new_secret,
    secret_hash,
    well_formed,
)


def test_a_key_has_its_prefix_256_bits_and_a_checksum() -> None:
    key = new_secret(os.urandom)
    assert re.fullmatch(r"smsp_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", key)
    assert 62**43 >= 2**256
    assert well_formed(key)


def test_keys_differ_and_cover_the_alphabet() -> None:
    keys = {new_secret(os.urandom) for _ in range(200)}
    assert len(keys) == 200
    letters = {letter for key in keys for letter in PATTERN.fullmatch(key)[1]}  # type: ignore[index]
    assert letters == set(ALPHABET)


@settings(deadline=None)
@given(place=st.integers(10, 52), letter=st.sampled_from(ALPHABET))
def test_a_typing_error_is_seen_without_asking(place: int, letter: str) -> None:
    key = new_secret(lambda size: bytes(range(size)))
    changed = key[:place] + letter + key[place + 1 :]
    assert well_formed(changed) == (changed == key)


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_no_other_text_is_well_formed(text: str) -> None:
    assert not well_formed(text)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "smsp_live_x"])
def test_other_headers_carry_no_key(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        bearer(header)


def test_the_scheme_is_read_in_any_case() -> None:
    assert bearer("bearer abc") == bearer("Bearer abc") == "abc"


def test_the_hash_is_of_the_whole_key() -> None:
    key = new_secret(os.urandom)
    assert len(secret_hash(key)) == 32
    assert secret_hash(key) != secret_hash(key[:-1] + "x")


def test_a_role_of_the_house_is_no_tenant() -> None:
    from uuid import uuid4

    caller = Caller(key_id=uuid4(), role="staff", organisation_id=None, scopes=SCOPES["staff"])
    with pytest.raises(Forbidden):
        _ = caller.tenant
    assert str(caller.actor) == f"staff:key_{caller.key_id}"
