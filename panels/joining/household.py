"""The household key: a keyed hash that is equal for people behind one front door, and leads to no door."""

from panels.joining import derived


def household_key(secret: bytes, door: str) -> bytes:
    """32 bytes for a door in its normal form (`postal.read`).

    There are few enough doors to try them all, so the hash is keyed: whoever has the table but not `secret` learns
    nothing but who lives together. The key is derived apart from that of mail addresses.
    """
    return derived.hashed(secret, "household", door)
