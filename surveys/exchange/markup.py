"""Texts for XML."""

import re

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Without the characters that XML 1.0 has no way to write; the writer escapes the others."""
    return _FORBIDDEN.sub("", text)
