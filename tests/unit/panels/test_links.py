"""Link tokens: 128 bits, one purpose each, stored as a hash."""

from uuid import UUID

from panels import links

KEY = bytes(range(32))
ID = UUID("0193a000-0000-7000-8000-000000000001")


def test_a_token_has_22_url_safe_characters() -> None:
    made = links.token(KEY, "member", ID)
    assert len(made) == 22
    assert links.well_formed(made)


def test_the_same_mail_sent_twice_carries_the_same_link() -> None:
    assert links.token(KEY, "invitation", ID) == links.token(KEY, "invitation", ID)


def test_a_link_works_for_its_own_purpose_key_and_id_only() -> None:
    other = UUID("0193a000-0000-7000-8000-000000000002")
    made = {
        links.token(KEY, "invitation", ID),
        links.token(KEY, "member", ID),
        links.token(KEY, "confirm", ID),
        links.token(KEY, "member", other),
        links.token(bytes(32), "member", ID),
    }
    assert len(made) == 5


def test_tables_get_a_hash_that_is_not_the_token() -> None:
    made = links.token(KEY, "member", ID)
    assert len(links.token_hash(made)) == 32
    assert made.encode() not in links.token_hash(made)


def test_what_cannot_be_a_token_is_seen_without_the_database() -> None:
    good = links.token(KEY, "member", ID)
    for odd in ("", good[:-1], good + "A", good[:-1] + "é", good[:-1] + "B", "../" + good[3:], good[:-1] + "\x00"):
        assert not links.well_formed(odd), odd
