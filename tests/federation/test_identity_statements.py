"""Keys that say of themselves whose they are, and actors that show it (FEP-c390)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.documents import JsonObject
from federation.errors import NotAuthentic
from federation.integrity_proofs import attach, verify_by_owner, verify_identity_statement
from federation.keys import Ed25519PublicKey, ProofKey, generate_ed25519
from federation.multibase import did_key

NOW = datetime(2026, 11, 23, 8, 30, 15, tzinfo=UTC)
ACTOR = "https://initiative.example/actor"
KEY = ProofKey(ACTOR + "#ed25519-key", generate_ed25519())
PUBLIC_KEY = KEY.private.public
NOTE: JsonObject = {"id": f"{ACTOR}/1", "type": "Note", "attributedTo": ACTOR, "content": "Plant."}


@dataclass(frozen=True)
class Owner:
    id: str = ACTOR
    assertion_methods: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    identities: tuple[str, ...] = ()


DID = did_key(PUBLIC_KEY)


@pytest.mark.parametrize("method", [DID, f"{DID}#{DID.removeprefix('did:key:')}"])
def test_a_did_key_counts_where_the_owner_shows_its_statement(method: str) -> None:
    signed = attach(NOTE, ProofKey(method, KEY.private), NOW)
    verify_by_owner(signed, Owner(identities=(DID,)), now=NOW)
    stranger = did_key(generate_ed25519().public)
    with pytest.raises(NotAuthentic, match="unknown-method"):
        verify_by_owner(signed, Owner(identities=(stranger,)), now=NOW)
    forged = attach(NOTE, ProofKey(method, generate_ed25519()), NOW)
    with pytest.raises(NotAuthentic, match="proof-mismatch"):
        verify_by_owner(forged, Owner(identities=(DID,)), now=NOW)


def statement(**changes: Any) -> JsonObject:
    bare = {"type": "VerifiableIdentityStatement", "subject": DID, "alsoKnownAs": ACTOR} | changes
    return attach(bare, ProofKey(DID, KEY.private), NOW)


def test_ac_1_9_a_statement_of_an_identity_holds_for_the_actor_it_names_alone() -> None:
    assert verify_identity_statement(statement(), ACTOR, now=NOW) == DID
    for of_whom in (f"{ACTOR}x", "https://evil.example/actor"):
        with pytest.raises(NotAuthentic, match="not-the-owner"):
            verify_identity_statement(statement(), of_whom, now=NOW)


@pytest.mark.parametrize(
    "document",
    [
        statement(type="Note"),
        statement(subject=did_key(generate_ed25519().public)),
        statement(subject="did:web:initiative.example"),
        statement(subject=7),
        statement(alsoKnownAs=[ACTOR, "https://evil.example/actor"]),
        statement() | {"alsoKnownAs": ACTOR, "name": "added"},
        {name: value for name, value in statement().items() if name != "proof"},
        attach(statement(), KEY, NOW),
    ],
)
def test_ac_1_9_another_statement_ties_nobody_to_anything(document: JsonObject) -> None:
    with pytest.raises(NotAuthentic):
        verify_identity_statement(document, ACTOR, now=NOW)
