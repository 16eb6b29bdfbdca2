"""JSON-LD without a network: the contexts our documents name, and a check that no term of ours is dropped.

A JSON-LD processor drops, without a word, every key that the document's @context does not define. A peer that
reads documents in that way (Fedify, and whoever uses a JSON-LD library) then does not see the member at all:
an actor whose context lacks the proof's terms has no proof there.
"""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from pyld import jsonld

FOLDER = Path(__file__).parent

CONTEXTS = {
    "https://www.w3.org/ns/activitystreams": "activitystreams.json",
    "https://www.w3.org/ns/cid/v1": "cid-v1.json",
    "https://www.w3.org/ns/did/v1": "did-v1.json",
    "https://w3id.org/security/v1": "security-v1.json",
    "https://w3id.org/security/data-integrity/v1": "security-data-integrity-v1.json",
    "https://w3id.org/security/data-integrity/v2": "security-data-integrity-v2.json",
    "https://w3id.org/security/multikey/v1": "security-multikey-v1.json",
    "https://purl.archive.org/socialweb/webfinger": "webfinger.json",
}


class UnknownContext(LookupError):
    """A document names a context that is not in this folder."""


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def schema(version: str) -> dict[str, Any]:
    """The JSON schema (draft 4) of NodeInfo "2.0" or "2.1"."""
    document: dict[str, Any] = json.loads(_read(f"nodeinfo-{version}.schema.json"))
    return document


def loader(url: str, options: object = None) -> dict[str, Any]:
    """A document loader for pyld that knows the contexts of this folder and asks nobody for another."""
    if url not in CONTEXTS:
        raise UnknownContext(f"{url} is not in {FOLDER.name}/: nothing is fetched in tests")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": json.loads(_read(CONTEXTS[url])),
    }


def expand(document: dict[str, Any]) -> list[Any]:
    """The document expanded, without what a context does not define.

    The ActivityStreams context maps every unknown term to a blank node (`@vocab` is `_:`), so that pyld keeps
    as `_:term` what other processors drop; JSON-LD 1.1 calls such properties obsolete. Here they are dropped.
    """
    expanded: list[Any] = jsonld.expand(document, {"documentLoader": loader})
    pruned = _without_blank_terms(expanded)
    assert isinstance(pruned, list)
    return pruned


def dropped_terms(document: dict[str, Any]) -> list[str]:
    """The paths of all keys in a compact document that say nothing once it is expanded, `proof` included.

    A key survives if taking it away changes the expansion. A path looks like `attachment[0].value`; where a
    whole object is dropped its own path is listed and those inside it are not.
    """
    whole = copy.deepcopy(document)
    return _dropped(whole, expand(document), whole, "")


def _dropped(whole: dict[str, Any], expanded: list[Any], part: object, path: str) -> list[str]:
    found: list[str] = []
    if isinstance(part, list):
        for index, item in enumerate(part):
            found += _dropped(whole, expanded, item, f"{path}[{index}]")
    if isinstance(part, dict):
        for key in [key for key in part if key != "@context"]:
            here = f"{path}.{key}" if path else key
            value = part.pop(key)
            silent = expand(copy.deepcopy(whole)) == expanded
            part[key] = value
            found += [here] if silent else _dropped(whole, expanded, value, here)
    return found


def _without_blank_terms(part: object) -> object:
    if isinstance(part, list):
        kept = [_without_blank_terms(item) for item in part if not _is_blank(item)]
        return [item for item in kept if item != {}]
    if isinstance(part, dict):
        pruned = {
            key: _without_blank_terms(value)
            for key, value in part.items()
            if not _is_blank(key) and not _is_blank(value)
        }
        # A property all of whose values were dropped says nothing; one that was empty from the start does.
        return {key: value for key, value in pruned.items() if value != [] or part[key] == []}
    return part


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and value.startswith("_:")
