"""A signature tells the released report from any other bytes."""

from service.reports import signing

SEED = bytes(range(32))


def test_released_bytes_verify_under_the_public_key() -> None:
    signature = signing.sign(b'{"n":1}', SEED)
    assert len(signature) == 86
    assert signing.verify(b'{"n":1}', signature, signing.public_key(SEED))


def test_one_other_byte_another_key_or_a_broken_signature_do_not() -> None:
    signature = signing.sign(b'{"n":1}', SEED)
    public = signing.public_key(SEED)
    assert not signing.verify(b'{"n":2}', signature, public)
    assert not signing.verify(b'{"n":1}', signature, signing.public_key(bytes(32)))
    assert not signing.verify(b'{"n":1}', signature[:-2], public)
    assert not signing.verify(b'{"n":1}', "not base64!", public)
