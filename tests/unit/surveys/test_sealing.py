import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import ballots, envelope, sealing
from surveys.models import Opened

BALLOT = Opened(cell="18-34/1", choice=2, receipt="ab" * 32)


class TestSealedBox:
    def test_what_was_sealed_comes_out_for_the_private_key_alone(self) -> None:
        private, public = sealing.new_keypair(os.urandom)
        sealed = sealing.seal(public, b"yes", os.urandom)
        assert sealing.unseal(private, sealed) == b"yes"
        other, _ = sealing.new_keypair(os.urandom)
        with pytest.raises(sealing.Unopenable):
            sealing.unseal(other, sealed)

    def test_the_same_vote_never_looks_the_same(self) -> None:
        _, public = sealing.new_keypair(os.urandom)
        assert len({sealing.seal(public, b"yes", os.urandom) for _ in range(20)}) == 20

    def test_a_changed_bit_anywhere_is_noticed(self) -> None:
        private, public = sealing.new_keypair(os.urandom)
        sealed = sealing.seal(public, b"yes", os.urandom)
        for place in range(len(sealed)):
            changed = bytearray(sealed)
            changed[place] ^= 1
            with pytest.raises(sealing.Unopenable):
                sealing.unseal(private, bytes(changed))

    @pytest.mark.parametrize("sealed", [b"", b"x" * 47, b"\0" * 176])
    def test_rubbish_does_not_open(self, sealed: bytes) -> None:
        private, _ = sealing.new_keypair(os.urandom)
        with pytest.raises(sealing.Unopenable):
            sealing.unseal(private, sealed)

    def test_the_same_entropy_gives_the_same_key(self) -> None:
        def fixed(size: int) -> bytes:
            return b"\x07" * size

        assert sealing.new_keypair(fixed) == sealing.new_keypair(fixed)


class TestEnvelope:
    @given(
        cell=st.text(max_size=16).filter(lambda text: len(text.encode("utf-8", "ignore")) <= 64),
        choice=st.integers(1, 20),
        receipt=st.binary(min_size=32, max_size=32),
    )
    def test_every_ballot_has_one_length_and_comes_back(self, cell: str, choice: int, receipt: bytes) -> None:
        ballot = Opened(cell=cell, choice=choice, receipt=receipt.hex())
        content = envelope.write(ballot)
        assert len(content) == envelope.LENGTH
        assert envelope.read(content) == ballot

    def test_a_sealed_ballot_has_the_length_the_box_demands(self) -> None:
        _, public = sealing.new_keypair(os.urandom)
        assert len(sealing.seal(public, envelope.write(BALLOT), os.urandom)) == 176

    def test_a_cell_that_does_not_fit_is_refused(self) -> None:
        with pytest.raises(ValueError, match="too long"):
            envelope.write(Opened(cell="é" * 33, choice=1, receipt="00" * 32))

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            envelope.write(BALLOT)[:-1],
            b"\x02" + envelope.write(BALLOT)[1:],
            envelope.write(BALLOT)[:-1] + b"x",
            envelope.write(BALLOT)[:34] + b"\xff" + envelope.write(BALLOT)[35:],
            envelope.write(BALLOT)[:35] + b"\xff" + envelope.write(BALLOT)[36:],
        ],
    )
    def test_other_content_is_no_ballot(self, content: bytes) -> None:
        with pytest.raises(sealing.Unopenable):
            envelope.read(content)


class TestReceipt:
    def test_the_digest_is_that_of_the_code_as_shown(self) -> None:
        code = "0123-4567-89AB-CDEF-GHJK"
        assert ballots.receipt_digest(code) == hashlib.sha256(code.encode("ascii")).hexdigest()

    def test_small_letters_and_spaces_do_not_matter(self) -> None:
        assert ballots.receipt_digest(" 0123 4567-89ab cdefghjk ") == ballots.receipt_digest("0123-4567-89AB-CDEF-GHJK")


class TestCell:
    def test_a_cell_names_levels_and_shows_what_is_unknown(self) -> None:
        profile = {"age3": "65+", "education3": None, "sex": "V"}
        assert ballots.cell(profile, ("age3", "education3")) == "65+/?"
        assert ballots.cell(profile, ()) == "all"
