"""Our contexts, read by a JSON-LD processor that has the published contexts and no network."""

import json
from typing import Any

import pytest

from federation.vocabulary import (
    ACTOR_CONTEXT,
    ACTOR_TERMS,
    CID_CONTEXT,
    DATA_INTEGRITY_CONTEXT,
    EXTENSION_NAMESPACE,
    EXTENSION_TERMS,
    OBJECT_CONTEXT,
    SECURITY_CONTEXT,
)
from tests.contexts import dropped_terms, expand, loader

VALUES: dict[str, Any] = {
    "sensitive": False,
    "movedTo": "https://b.example/actor",
    "manuallyApprovesFollowers": False,
    "value": "x",
    "discoverable": True,
    "indexable": True,
    "featured": "https://a.example/featured",
    "webfinger": "a@a.example",
    "callType": "antipole:write",
    "callStatus": "antipole:open",
    "callSize": "antipole:minutes",
    "deadline": "2026-12-01T23:59:59Z",
    "startDate": "2026-12-05",
    "deadlineDate": "2026-12-01",
    "theme": ["antipole:captives-and-children", "antipole:prisoners"],
    "languages": ["de", "uk"],
    "interactionPolicy": {"canQuote": {"automaticApproval": ["https://a.example/actor"]}},
    "canQuote": {"automaticApproval": ["https://a.example/actor"]},
    "automaticApproval": ["https://a.example/actor"],
}
TYPES = ["Hashtag", "PropertyValue", "QuoteRequest"]
PREFIXES = ["toot", "schema", "antipole", "gts"]
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2026-11-23T08:00:00Z",
    "verificationMethod": "https://a.example/actor#ed25519-key",
    "proofPurpose": "assertionMethod",
    "proofValue": "z42ff",
}
ACTOR: dict[str, Any] = {
    "@context": ACTOR_CONTEXT,
    "id": "https://a.example/actor",
    "type": "Organization",
    "alsoKnownAs": ["https://b.example/actor"],
    "endpoints": {"sharedInbox": "https://a.example/inbox"},
    "publicKey": {
        "id": "https://a.example/actor#main-key",
        "owner": "https://a.example/actor",
        "publicKeyPem": "x",
    },
    "assertionMethod": [
        {
            "id": "https://a.example/actor#ed25519-key",
            "type": "Multikey",
            "controller": "https://a.example/actor",
            "publicKeyMultibase": "z6Mk",
        }
    ],
    "proof": {"@context": ACTOR_CONTEXT, **PROOF},
}
NOTE: dict[str, Any] = {
    "@context": OBJECT_CONTEXT,
    "id": "https://a.example/calls/1",
    "type": "Note",
    "proof": {"@context": OBJECT_CONTEXT, **PROOF},
}


def test_each_extension_term_is_tried_here() -> None:
    assert sorted([*VALUES, *TYPES, *PREFIXES]) == sorted(EXTENSION_TERMS)


@pytest.mark.parametrize("document", [ACTOR, NOTE], ids=["actor", "object"])
def test_ac_10_1_expansion_drops_no_term_of_ours(document: dict[str, Any]) -> None:
    full = {**document, **VALUES, "tag": [{"type": name, "name": "x"} for name in TYPES]}
    assert dropped_terms(full) == []
    text = json.dumps(expand(full))
    for term in ("callType", "callSize", "theme", "minutes", "captives-and-children"):
        assert EXTENSION_NAMESPACE + term in text
    assert "http://schema.org#PropertyValue" in text
    assert "https://w3id.org/security#proofValue" in text


def test_an_actor_keeps_both_keys() -> None:
    text = json.dumps(expand(ACTOR))
    for term in ("publicKeyPem", "owner", "assertionMethod", "controller", "publicKeyMultibase"):
        assert "https://w3id.org/security#" + term in text


@pytest.mark.parametrize("embedded", [ACTOR, NOTE], ids=["actor", "object"])
def test_a_signed_document_keeps_its_context_within_an_activity(embedded: dict[str, Any]) -> None:
    activity = {"@context": OBJECT_CONTEXT, "id": "https://a.example/1", "type": "Update", "object": embedded}
    assert dropped_terms(activity) == []


def test_both_contexts_inline_the_one_map_and_redefine_nothing_protected() -> None:
    assert OBJECT_CONTEXT[-1] is EXTENSION_TERMS
    assert ACTOR_CONTEXT[-1] == {**EXTENSION_TERMS, **ACTOR_TERMS}
    for url in (SECURITY_CONTEXT, CID_CONTEXT, DATA_INTEGRITY_CONTEXT):
        assert not set(loader(url)["document"]["@context"]) & set(ACTOR_CONTEXT[-1])
