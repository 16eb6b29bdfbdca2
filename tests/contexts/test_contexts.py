"""The oracle is tested before it is trusted: what no context defines must be reported."""

import copy
from typing import Any

import jsonschema
import pytest
from pyld import jsonld

from tests.contexts import CONTEXTS, UnknownContext, dropped_terms, expand, loader, schema

AS2 = "https://www.w3.org/ns/activitystreams"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
OURS = {
    "antipole": "https://w3id.org/antipole/ns#",
    "callType": {"@id": "antipole:callType", "@type": "@vocab"},
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
}

CALL: dict[str, Any] = {
    "@context": [AS2, DATA_INTEGRITY, OURS],
    "id": "https://initiative.example/calls/42",
    "type": "Note",
    "callType": "antipole:host",
    "attributedTo": "https://initiative.example/actor",
    "content": "<p>Come</p>",
    "contentMap": {"de": "<p>Come</p>"},
    "to": [AS2 + "#Public"],
    "location": {"type": "Place", "name": "Leipzig, DE"},
    "attachment": [{"type": "PropertyValue", "name": "Site", "value": "x"}],
    "proof": {
        "@context": [AS2, DATA_INTEGRITY, OURS],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-23T08:00:00Z",
        "verificationMethod": "https://initiative.example/actor#ed25519-key",
        "proofPurpose": "assertionMethod",
        "proofValue": "z42ff",
    },
}


def with_call(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(CALL) | changes


def test_a_document_whose_terms_are_all_defined_drops_nothing() -> None:
    assert dropped_terms(CALL) == []


def test_the_document_is_left_as_it_was() -> None:
    document = copy.deepcopy(CALL)
    dropped_terms(document)
    assert document == CALL


def test_an_undefined_term_is_reported() -> None:
    assert dropped_terms(with_call(legalForm="club")) == ["legalForm"]


def test_an_undefined_term_inside_an_object_in_a_list_is_reported_with_its_path() -> None:
    attachment = [{"type": "PropertyValue", "name": "Site", "value": "x", "verified": True}]
    assert dropped_terms(with_call(attachment=attachment)) == ["attachment[0].verified"]


def test_a_proof_is_reported_whole_where_its_context_is_missing() -> None:
    assert dropped_terms(with_call(**{"@context": [AS2, OURS]})) == ["proof"]


def test_a_proof_option_that_no_context_defines_is_reported() -> None:
    proof = CALL["proof"] | {"mood": "good"}
    assert dropped_terms(with_call(proof=proof)) == ["proof.mood"]


def test_a_vocabulary_value_without_a_meaning_is_reported() -> None:
    assert dropped_terms(with_call(callType="host")) == ["callType"]


def test_a_type_without_a_meaning_is_reported() -> None:
    assert dropped_terms(with_call(location={"type": "Spot", "name": "Leipzig"})) == ["location.type"]


def test_a_null_says_nothing_and_is_reported() -> None:
    assert dropped_terms(with_call(endTime=None)) == ["endTime"]


def test_an_empty_list_is_kept() -> None:
    assert dropped_terms(with_call(tag=[])) == []


def test_the_loader_asks_nobody_for_a_context_that_is_not_here() -> None:
    with pytest.raises(UnknownContext):
        loader("https://schema.org")
    with pytest.raises(jsonld.JsonLdError):
        expand({"@context": "https://antipole.invalid/context", "type": "Note"})


@pytest.mark.parametrize("url", sorted(CONTEXTS))
def test_every_bundled_context_can_be_processed(url: str) -> None:
    document = loader(url)["document"]
    assert "@context" in document
    expand({"@context": url, "id": "https://initiative.example/", "type": "Note"})


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_the_nodeinfo_schemas_take_a_right_document_and_refuse_wrong_ones(version: str) -> None:
    right: dict[str, Any] = {
        "version": version,
        "software": {"name": "antipole", "version": "0.1.0"},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {}},
        "metadata": {"nodeName": "A hub", "federation": {"enabled": True}},
    }
    validator = jsonschema.Draft4Validator(schema(version))
    jsonschema.Draft4Validator.check_schema(schema(version))
    assert validator.is_valid(right)
    wrongs: list[dict[str, Any]] = [
        {"version": "1.0"},
        {"software": {"name": "Antipole", "version": "0.1.0"}},
        {"protocols": []},
        {"protocols": ["smoke signals"]},
        {"services": {"inbound": []}},
        {"openRegistrations": "no"},
        {"usage": {}},
        {"usage": {"users": {"total": -1}}},
        {"metadata": []},
        {"nodeName": "A hub"},
    ]
    for wrong in wrongs:
        assert not validator.is_valid(right | wrong), wrong
    for member in right:
        assert not validator.is_valid({key: value for key, value in right.items() if key != member}), member


def test_only_nodeinfo_2_1_knows_a_repository() -> None:
    software = {"name": "antipole", "version": "0.1.0", "repository": "https://initiative.example/source"}
    for version, allowed in (("2.0", False), ("2.1", True)):
        members = jsonschema.Draft4Validator(schema(version)["properties"]["software"])
        assert members.is_valid(software) is allowed
