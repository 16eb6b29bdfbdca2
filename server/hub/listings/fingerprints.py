"""A key in words that people can read out to one another."""

import hashlib


def fingerprint(multibase: str) -> str:
    """Eight words of four characters: half of the key's SHA-256."""
    digest = hashlib.sha256(multibase.encode()).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))
