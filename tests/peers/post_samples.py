"""Posts every document of a folder to an inbox, each from a matching fake actor, and says what was answered.

    python -m tests.peers.post_samples FOLDER

An activity is sent as it is; an object or collection is wrapped in a `Create` by its owner, an actor in an `Update` by
itself. The owner's host is exchanged for one under `.example`, where an actor with a fresh key answers under the
owner's id. Everything must be answered 202: what concerns us is understood, the rest is ignored without complaint.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from federation.keys import SigningKey
from federation.vocabulary import ACTOR_TYPES
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour

Json = dict[str, Any]
INBOX = "https://reader.example/inbox"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back for one document; `rows` tells which tables grew."""

    name: str
    kind: str
    status: int
    reason: str
    rows: dict[str, int]


def documents_in(folder: Path) -> Iterator[tuple[str, Json]]:
    """Every JSON document below `folder`; of a list each member."""
    for file in sorted(folder.rglob("*.json")):
        found = json.loads(file.read_text(encoding="utf-8"))
        members = found if isinstance(found, list) else [found]
        for number, member in enumerate(members):
            suffix = f"[{number}]" if isinstance(found, list) else ""
            yield f"{file.relative_to(folder)}{suffix}", member


def owner_of(document: Json) -> str:
    """Whose document it is: the sender of an activity, the author of an object, an actor itself."""
    if document.get("type") in ACTOR_TYPES:
        return str(document["id"])
    for key in ("actor", "attributedTo"):
        value = document.get(key)
        first = value[0] if isinstance(value, list) else value
        found = first.get("id") if isinstance(first, dict) else first
        if isinstance(found, str):
            return found
    origin = "/".join(str(document.get("id", "https://nobody.invalid/")).split("/")[:3])
    return f"{origin}/owner"


def moved(document: Json, owner: str, host: str) -> tuple[Json, str]:
    """The document and its owner's id with the owner's host exchanged for `host`."""
    parts = urlsplit(owner)
    before, after = f"{parts.scheme}://{parts.netloc}", f"https://{host}"
    return json.loads(json.dumps(document).replace(before, after)), owner.replace(before, after)


def as_activity(document: Json, owner: str) -> Json:
    kind = document.get("type")
    if "actor" in document and ("object" in document or "target" in document):
        return document
    verb = "Update" if isinstance(kind, str) and kind in ACTOR_TYPES else "Create"
    number = abs(hash(json.dumps(document, sort_keys=True)))
    origin = "/".join(owner.split("/")[:3])
    return {
        "@context": document.get("@context", "https://www.w3.org/ns/activitystreams"),
        "id": f"{origin}/activities/{number}",
        "type": verb,
        "actor": owner,
        "object": document,
    }


def fake_actor(neighbour: Neighbour, owner: str) -> Account:
    """Somebody with a fresh key who answers under exactly this id."""
    path = urlsplit(owner).path or "/"
    key = SigningKey(f"{owner}#main-key", neighbour.make_rsa())
    document: Json = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": owner,
        "type": "Person",
        "preferredUsername": "somebody",
        "inbox": f"{neighbour.origin}/inbox",
        "publicKey": {"id": key.key_id, "owner": owner, "publicKeyPem": key.private.public.pem},
    }
    neighbour.documents[path] = document
    return Account(owner, document["inbox"], key, document)


async def play(folder: Path, directory: Path) -> list[Answered]:
    """Sends everything to an instance with both roles, one initiative and nothing else."""
    async with Fediverse(directory) as fediverse:
        reader = await fediverse.add("reader.example", roles=["initiative", "hub"])
        await reader.command("initiative.add", handle="garden", name="Garden")
        return [
            await send(fediverse, reader, f"s{number}.example", name, document)
            for number, (name, document) in enumerate(documents_in(folder))
        ]


async def send(fediverse: Fediverse, reader: Node, host: str, name: str, document: Json) -> Answered:
    document, owner = moved(document, owner_of(document), host)
    neighbour = fediverse.neighbour(host)
    account = fake_actor(neighbour, owner)
    before = await reader.rows()
    answer = await neighbour.send(account, INBOX, as_activity(document, owner))
    after = await reader.rows()
    grown = {table: after[table] - before[table] for table in after if after[table] != before[table]}
    reason = "" if answer.status_code == 202 else answer.text
    return Answered(name, str(document.get("type")), answer.status_code, reason, grown)


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("Usage: python -m tests.peers.post_samples FOLDER", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory:
        answers = asyncio.run(play(Path(sys.argv[1]), Path(directory)))
    for answer in answers:
        print(answer.status, answer.kind, answer.name, answer.reason, answer.rows or "")
    refused = [answer for answer in answers if answer.status != 202]
    print(f"{len(answers)} documents, {len(refused)} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
