"""Accounts on somebody else's server, with keys of their own, and requests signed before any clock runs."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from federation.http_signatures.scheme import sign_request
from federation.integrity_proofs import attach
from federation.keys import (
    Ed25519PrivateKey,
    ProofKey,
    RsaPrivateKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
)
from federation.multibase import multikey
from federation.vocabulary import ACTIVITY_JSON, ACTOR_CONTEXT, OBJECT_CONTEXT, PUBLIC
from server.clock import iso

Json = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """An actor at `origin`/users/`name`."""

    origin: str
    name: str
    kind: str = "Person"
    rsa: RsaPrivateKey = field(default_factory=generate_rsa, repr=False)
    ed25519: Ed25519PrivateKey = field(default_factory=generate_ed25519, repr=False)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1), repr=False)

    @property
    def path(self) -> str:
        return f"/users/{self.name}"

    @property
    def id(self) -> str:
        return self.origin + self.path

    def document(self) -> Json:
        """The actor as its server shows it, proved as hubs demand it."""
        now = iso(datetime.now(UTC))
        actor = {
            "@context": ACTOR_CONTEXT,
            "id": self.id,
            "type": self.kind,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.id}/inbox",
            "outbox": f"{self.id}/outbox",
            "discoverable": True,
            "indexable": True,
            "published": now,
            "updated": now,
            "publicKey": {
                "id": f"{self.id}#main-key",
                "owner": self.id,
                "publicKeyPem": self.rsa.public.pem,
            },
            "assertionMethod": [
                {
                    "id": f"{self.id}#ed25519-key",
                    "type": "Multikey",
                    "controller": self.id,
                    "publicKeyMultibase": multikey(self.ed25519.public),
                }
            ],
        }
        return self._proved(actor)

    def activity(self, kind: str, thing: Any) -> Json:
        return {
            "@context": OBJECT_CONTEXT,
            "id": f"{self.id}/activities/{next(self.numbers)}",
            "type": kind,
            "actor": self.id,
            "object": thing,
            "to": [PUBLIC],
        }

    def call(self, number: int) -> Json:
        """A Create of a proved call to action, about as long as people write them."""
        now = iso(datetime.now(UTC))
        text = f"Write to the {number}. prisoner of the list. " + "A letter of ten lines is enough. " * 8
        note = {
            "@context": OBJECT_CONTEXT,
            "id": f"{self.id}/calls/{number}",
            "type": "Note",
            "attributedTo": self.id,
            "name": f"Write letter {number}",
            "content": f"<p>{text}</p>",
            "contentMap": {"en": f"<p>{text}</p>"},
            "source": {"content": text, "mediaType": "text/markdown"},
            "published": now,
            "updated": now,
            "to": [PUBLIC],
            "callStatus": "antipole:open",
            "callType": "antipole:write",
            "callSize": "antipole:hour",
            "theme": ["antipole:evidence"],
        }
        return self.activity("Create", self._proved(note))

    def request(self, authority: str, activity: Mapping[str, Any]) -> bytes:
        """A POST of `activity` to the shared inbox of `authority`, signed now, as it goes over the wire."""
        body = json.dumps(activity).encode()
        headers = sign_request(
            method="POST",
            url=f"http://{authority}/inbox",
            body=body,
            key=SigningKey(f"{self.id}#main-key", self.rsa),
            now=datetime.now(UTC),
            content_type=ACTIVITY_JSON,
        )
        lines = [f"{name}: {value}" for name, value in (*headers, ("content-length", str(len(body))))]
        return "\r\n".join(["POST /inbox HTTP/1.1", *lines, "", ""]).encode("latin-1") + body

    def _proved(self, document: Json) -> Json:
        return attach(document, ProofKey(f"{self.id}#ed25519-key", self.ed25519), datetime.now(UTC))
