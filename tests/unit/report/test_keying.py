"""What a report says about forms on paper."""

import msgspec
import pytest
from samenspraak.types.paper import KeyingErrors

from service.reports.assemble import assemble
from tests.unit.report import factory


def keyed(forms: int, fields: int, differing: int) -> KeyingErrors:
    share = differing / fields if fields else None
    return KeyingErrors(
        forms=forms, fields=fields, differing=differing, share=share, text_fields=0, text_differing=0,
        waiting=0, unsettled=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keying", "said"),
    [(keyed(40, 2000, 31), True), (keyed(9, 450, 3), False), (keyed(0, 0, 0), False)],
)
def test_the_account_of_the_method_gives_the_share_of_fields_keyed_differently(
    keying: KeyingErrors, said: bool
) -> None:
    inputs = msgspec.structs.replace(factory.inputs(n=30, form="short"), keying=keying)
    processing = assemble(inputs).disclosure.processing
    assert ("ingetypt: 40. Zij verschilden op 1,6 procent van 2000 velden" in processing.nl) is said
    assert ("keyed by two people: 40. They differed on 1.6 percent of 2000 fields" in processing.en) is said
    assert ("papier" in processing.nl) is said
