"""Seeds derived from names and numbers, so that nothing drawn depends on when it is drawn."""

import hashlib
import secrets


def derive_seed(*parts: str | int) -> int:
    """Derive a seed from names and numbers: the same parts give the same seed, anywhere.

    Returns:
        0 to 2**31 - 1.
    """
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4]) & 0x7FFFFFFF


def draw_seed() -> int:
    """Draw a seed by chance, where nobody gave one; 0 to 2**31 - 1."""
    return secrets.randbelow(2**31)
