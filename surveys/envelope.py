"""What a ballot looks like inside its envelope: one length, whatever was chosen.

Version (1 byte), option code (1), receipt digest (32), length of the cell (1), cell in UTF-8, zeros up to 128 bytes.
"""

from surveys.models import Opened
from surveys.sealing import Unopenable

LENGTH = 128
VERSION = 1
HEAD = 35
LONGEST_CELL = 64


def write(ballot: Opened) -> bytes:
    """128 bytes.

    Raises:
        ValueError: a cell of more than 64 bytes, or an option code over 255.
    """
    cell = ballot.cell.encode()
    if len(cell) > LONGEST_CELL:
        raise ValueError("The cell is too long for a ballot.")
    head = bytes([VERSION, ballot.choice]) + bytes.fromhex(ballot.receipt) + bytes([len(cell)])
    return (head + cell).ljust(LENGTH, b"\0")


def read(content: bytes) -> Opened:
    """The ballot in an opened envelope.

    Raises:
        Unopenable: not a ballot of this version.
    """
    if len(content) != LENGTH or content[0] != VERSION or content[HEAD - 1] > LONGEST_CELL:
        raise Unopenable
    cell, padding = content[HEAD : HEAD + content[HEAD - 1]], content[HEAD + content[HEAD - 1] :]
    try:
        opened = Opened(cell=cell.decode(), choice=content[1], receipt=content[2 : HEAD - 1].hex())
    except UnicodeDecodeError as error:
        raise Unopenable from error
    if any(padding):
        raise Unopenable
    return opened
