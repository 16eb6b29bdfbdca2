"""A tiny fediverse for the tests of this folder: documents at addresses, and peers that sign."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx2

from federation.actors import RemoteActor, read_actor
from federation.addresses import NetworkPolicy
from federation.client import FederationClient, nobody
from federation.http_signatures import rfc9421
from federation.http_signatures.digests import sha256_content_digest
from federation.http_signatures.scheme import RawRequest, Scheme, inspect, prove, sign_request
from federation.inbox import Forwarded, Ignored, VerifiedActivity, receive
from federation.keys import (
    Ed25519PrivateKey,
    ProofKey,
    RsaPrivateKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
)
from federation.multibase import multikey_ed25519
from federation.vocabulary import ACTIVITY_JSON, ACTOR_CONTEXT

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OUR_AUTHORITY = "home.example"
OUR_ORIGIN = f"https://{OUR_AUTHORITY}"
OUR_INBOX = f"{OUR_ORIGIN}/inbox"


@cache
def rsa_key(name: str) -> RsaPrivateKey:
    """Keys cost a tenth of a second each, so every name has one for the whole run."""
    return generate_rsa()


@cache
def ed25519_key(name: str) -> Ed25519PrivateKey:
    return generate_ed25519()


@dataclass
class HandTurnedClock:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def forward(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class OurKeys:
    async def instance_key(self) -> SigningKey:
        return SigningKey(f"https://{OUR_AUTHORITY}/actor#main-key", rsa_key("home"))


@dataclass
class Memory:
    """What the application remembers."""

    actors: list[RemoteActor] = field(default_factory=list)

    async def by_id(self, actor_id: str) -> RemoteActor | None:
        return next((actor for actor in self.actors if actor.id == actor_id), None)

    async def by_key_id(self, key_id: str) -> RemoteActor | None:
        return next(
            (
                actor
                for actor in self.actors
                if key_id in actor.public_keys or key_id in actor.assertion_methods
            ),
            None,
        )

    async def knows_origin(self, origin: str) -> bool:
        return any(actor.id.startswith(f"{origin}/") for actor in self.actors)


Route = Callable[[httpx2.Request], httpx2.Response]


class World:
    """Answers by address, and `otherwise` with 404. Every request is kept in `requests`."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.otherwise: Route = lambda _: httpx2.Response(404)
        self.requests: list[httpx2.Request] = []
        self.clock = HandTurnedClock()
        self.memory = Memory()
        self.client = self.make_client()

    def make_client(
        self, policy: NetworkPolicy | None = None, refuses: Callable[[str], bool] = nobody
    ) -> FederationClient:
        return FederationClient(
            policy=policy or NetworkPolicy(),
            keys=OurKeys(),
            clock=self.clock,
            user_agent="antipole-test",
            fallback=httpx2.MockTransport(self._answer),
            refuses=refuses,
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.routes.get(str(request.url), self.otherwise)(request)

    def serve(
        self, url: str, document: Any, *, media_type: str = ACTIVITY_JSON, status: int = 200, **headers: str
    ) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        sent = {"content-type": media_type} | {name.replace("_", "-"): text for name, text in headers.items()}
        self.routes[url] = lambda _: httpx2.Response(status, content=body, headers=sent)

    def redirect(self, url: str, target: str, status: int = 302) -> None:
        self.routes[url] = lambda _: httpx2.Response(status, headers={"location": target})

    @property
    def asked(self) -> list[str]:
        return [str(request.url) for request in self.requests]


@dataclass
class Peer:
    """An actor of another server who signs with a key named after itself."""

    name: str
    host: str = "peer.example"
    key_name: str = ""
    key_id: str = ""

    def __post_init__(self) -> None:
        self.key_name = self.key_name or f"{self.name}@{self.host}"
        self.key_id = self.key_id or f"{self.id}#main-key"

    @property
    def id(self) -> str:
        return f"https://{self.host}/users/{self.name}"

    @property
    def method(self) -> str:
        return f"{self.id}#ed25519-key"

    @property
    def proof_key(self) -> ProofKey:
        return ProofKey(self.method, ed25519_key(self.key_name))

    def document(self, **changes: Any) -> dict[str, Any]:
        return {
            "@context": ACTOR_CONTEXT,
            "id": self.id,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.id}/inbox",
            "outbox": f"{self.id}/outbox",
            "followers": f"{self.id}/followers",
            "endpoints": {"sharedInbox": f"https://{self.host}/inbox"},
            "publicKey": {
                "id": self.key_id,
                "owner": self.id,
                "publicKeyPem": rsa_key(self.key_name).public.pem,
            },
            "assertionMethod": [
                {
                    "id": self.method,
                    "type": "Multikey",
                    "controller": self.id,
                    "publicKeyMultibase": multikey_ed25519(ed25519_key(self.key_name).public.raw),
                }
            ],
        } | changes

    def read(self, **changes: Any) -> RemoteActor:
        document = self.document(**changes)
        return read_actor(document, json.dumps(document).encode(), NOW)

    def activity(self, kind: str, object: Any, **changes: Any) -> dict[str, Any]:
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{self.id}/activities/1",
            "type": kind,
            "actor": self.id,
            "object": object,
        } | changes

    def note(self, **changes: Any) -> dict[str, Any]:
        return {
            "id": f"{self.id}/notes/1",
            "type": "Note",
            "attributedTo": self.id,
            "content": "<p>hi</p>",
        } | changes

    def post(
        self,
        document: Any,
        *,
        now: datetime = NOW,
        url: str = OUR_INBOX,
        key: SigningKey | None = None,
        scheme: Scheme = "cavage",
        more_headers: Sequence[tuple[str, str]] = (),
    ) -> RawRequest:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = sign_request(
            method="POST",
            url=url,
            body=body,
            key=key or self.signing_key,
            now=now,
            scheme=scheme,
            more_headers=more_headers,
        )
        return RawRequest("POST", "/inbox", headers, body)

    def get(
        self, path: str, *, now: datetime = NOW, key: SigningKey | None = None, scheme: Scheme = "cavage"
    ) -> RawRequest:
        url = OUR_ORIGIN + path
        headers = sign_request(
            method="GET", url=url, body=None, key=key or self.signing_key, now=now, scheme=scheme
        )
        return RawRequest("GET", path, headers, b"")

    @property
    def signing_key(self) -> SigningKey:
        return SigningKey(self.key_id, rsa_key(self.key_name))

    def post_by_ed25519(self, document: Any, *, now: datetime = NOW) -> RawRequest:
        """Signed after RFC 9421 by the key for proofs, as Mastodon 4.7 and Fedify read it."""
        body = json.dumps(document).encode()
        headers = [
            ("host", OUR_AUTHORITY),
            ("content-digest", sha256_content_digest(body)),
            ("content-type", ACTIVITY_JSON),
        ]
        headers += rfc9421.sign(
            "POST",
            OUR_INBOX,
            headers,
            self.method,
            ed25519_key(self.key_name),
            rfc9421.POST_COVERS,
            now,
        )
        return RawRequest("POST", "/inbox", headers, body)


def _as_received(request: httpx2.Request) -> RawRequest:
    headers = [(name.lower(), value) for name, value in request.headers.multi_items()]
    return RawRequest(request.method, request.url.raw_path.decode(), headers, request.content)


def assert_signed(request: httpx2.Request, key_name: str, world: World) -> None:
    """By that key, now, for the server that it was sent to."""
    raw = _as_received(request)
    claim = inspect(raw, origin=f"https://{request.url.netloc.decode()}", now=world.clock.now())
    prove(claim, raw, rsa_key(key_name).public)


ALICE = Peer("alice")
BOB = Peer("bob")
MALLORY = Peer("mallory", "evil.example")
HUB = f"https://{OUR_AUTHORITY}/hub"


async def take(world: World, request: RawRequest, **options: Any) -> VerifiedActivity | Forwarded | Ignored:
    return await receive(
        request,
        origin=OUR_ORIGIN,
        client=world.client,
        actors=world.memory,
        clock=world.clock,
        **options,
    )


async def accepted(world: World, request: RawRequest) -> VerifiedActivity:
    result = await take(world, request)
    assert isinstance(result, VerifiedActivity)
    return result


def replaced(request: RawRequest, name: str, value: str | None) -> RawRequest:
    """The same request with one header changed, or taken away."""
    headers = [(n, v) for n, v in request.headers if n != name]
    return RawRequest(
        request.method, request.target, headers + ([(name, value)] if value is not None else []), request.body
    )
