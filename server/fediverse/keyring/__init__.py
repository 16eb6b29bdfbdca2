"""The private keys of our own actors: RSA for HTTP signatures, Ed25519 for integrity proofs."""

from server.fediverse.keyring.store import ActorKeys, Keyring, MissingKey

__all__ = ["ActorKeys", "Keyring", "MissingKey"]
