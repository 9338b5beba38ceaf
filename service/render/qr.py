"""QR codes as drawings, for pages and letters."""

import itertools

import segno


def drawn(address: str) -> tuple[str, int]:
    """A QR code of an address as the path of a drawing, and the side of that drawing in modules.

    Error correction M (15 %), with the quiet zone of four modules that ISO/IEC 18004 asks for.
    """
    rows = tuple(segno.make(address, error="m", micro=False).matrix)
    quiet = 4
    runs: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in itertools.groupby(row):
            length = len(list(run))
            if dark:
                runs.append(f"M{x + quiet} {y + quiet}h{length}v1h-{length}z")
            x += length
    return "".join(runs), len(rows) + 2 * quiet
