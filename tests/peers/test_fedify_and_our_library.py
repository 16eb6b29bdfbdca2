"""`federation` against Fedify on the wire, without our server: what each sends the other takes in."""

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TypeVar

import pytest

from federation.actors import RemoteActor, fetch_actor
from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.errors import FederationError, NotAuthentic
from federation.http_signatures.scheme import RawRequest
from federation.inbox import VerifiedActivity, receive
from federation.integrity_proofs import verify_by_owner
from federation.keys import RsaPrivateKey, SigningKey, generate_rsa
from tests.peers.fedify.driver import FedifyPeer
from tests.peers.tiny_server import AS2, PUBLIC, TinyServer

pytestmark = pytest.mark.peer

T = TypeVar("T")


class RealTime:
    def now(self) -> datetime:
        return datetime.now(UTC)


class NobodyRemembered:
    async def by_id(self, actor_id: str) -> RemoteActor | None:
        return None

    async def by_key_id(self, key_id: str) -> RemoteActor | None:
        return None

    async def knows_origin(self, origin: str) -> bool:
        return False


class Judge(TinyServer):
    """A server whose inbox lets our library decide; it keeps what the library said of each knock."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "judge", "Organization")
        self.knocks: list[tuple[set[str], VerifiedActivity | FederationError]] = []
        self.reads_rfc9421 = True

    def signing_key(self) -> SigningKey:
        return SigningKey(f"{self.actor}#main-key", RsaPrivateKey(self.rsa_key))

    async def instance_key(self) -> SigningKey:
        return self.signing_key()

    def run(self, act: Callable[[FederationClient], Awaitable[T]]) -> T:
        """Runs one act with a client that may speak to loopback addresses."""

        async def with_client() -> T:
            client = FederationClient(
                policy=NetworkPolicy((ip_network("127.0.0.0/8"),)),
                keys=self,
                clock=RealTime(),
                user_agent="antipole-tests",
            )
            try:
                return await act(client)
            finally:
                await client.aclose()

        return asyncio.run(with_client())

    def judge(self, path: str, headers: list[tuple[str, str]], body: bytes) -> int:
        request = RawRequest("POST", path, [(name.lower(), value) for name, value in headers], body)
        names = {name.lower() for name, _ in headers}
        if "signature-input" in names and not self.reads_rfc9421:
            return 401
        try:
            verified = self.run(
                lambda client: receive(
                    request,
                    origin=self.origin,
                    client=client,
                    actors=NobodyRemembered(),
                    clock=RealTime(),
                )
            )
        except FederationError as refusal:
            self.knocks.append((names, refusal))
            return refusal.status
        assert isinstance(verified, VerifiedActivity)
        self.knocks.append((names, verified))
        return 202


@pytest.fixture
def judge() -> Iterator[Judge]:
    with Judge(36) as judge:
        yield judge


@pytest.fixture
def stranger() -> Iterator[FedifyPeer]:
    """A Fedify server that has never spoken to anybody, so that it knocks with RFC 9421 first."""
    with FedifyPeer(37) as peer:
        yield peer


def test_ac_1_10_fedifys_first_knock_after_rfc_9421_is_taken_in(judge: Judge, stranger: FedifyPeer) -> None:
    stranger.follow(judge.handle)
    ((headers, verified),) = judge.knocks
    assert "signature-input" in headers
    assert isinstance(verified, VerifiedActivity)
    assert (verified.type, verified.actor.id, verified.object_id) == ("Follow", stranger.actor, judge.actor)
    assert verified.actor.handle == stranger.handle


def test_ac_1_10_fedifys_second_knock_after_the_older_scheme_is_taken_in(
    judge: Judge, stranger: FedifyPeer
) -> None:
    judge.reads_rfc9421 = False
    stranger.follow(judge.handle)
    ((headers, verified),) = judge.knocks
    assert "signature-input" not in headers
    assert isinstance(verified, VerifiedActivity)
    assert (verified.type, verified.actor.id) == ("Follow", stranger.actor)


def test_fedifys_own_actor_is_read_with_its_keys_of_several_kinds(judge: Judge, stranger: FedifyPeer) -> None:
    """Fedify lists an Ed25519 key under publicKey and an RSA key under assertionMethod as well."""
    actor = judge.run(lambda client: fetch_actor(client, stranger.actor))
    assert f"{stranger.actor}#main-key" in actor.public_keys
    assert list(actor.assertion_methods) == [f"{stranger.actor}#multikey-2"]
    assert actor.shared_inbox is not None


def test_ac_1_10_fedifys_proofs_verify_here_and_changed_ones_do_not(
    judge: Judge, stranger: FedifyPeer
) -> None:
    stranger.follow(judge.actor)
    actor = judge.run(lambda client: fetch_actor(client, stranger.actor))
    follow = judge.inbox[0]
    verify_by_owner(follow, actor, now=RealTime().now())
    tampered = copy.deepcopy(follow) | {"object": f"{judge.origin}/other"}
    with pytest.raises(NotAuthentic):
        verify_by_owner(tampered, actor, now=RealTime().now())


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
def test_ac_1_10_fedify_takes_in_what_our_client_signs(
    judge: Judge, fedify: FedifyPeer, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.knocks.MAX_KNOCKS", 1)  # no other scheme makes up for a refusal
    note = judge.note(f"/notes/{scheme}", "<p>signiert</p>")
    activity = {
        "@context": AS2,
        "id": f"{judge.origin}/activities/{scheme}-77",
        "type": "Create",
        "actor": judge.actor,
        "object": note,
        "to": [PUBLIC],
    }
    inbox = fedify.actor.replace("/users/reader", "/inbox")
    body = json.dumps(activity).encode()

    async def post(client: FederationClient, body: bytes, key: SigningKey) -> int:
        if scheme == "rfc9421":
            client.hint(inbox.removesuffix("/inbox"))
        return (await client.post(inbox, body, key)).status

    assert judge.run(lambda client: post(client, body, judge.signing_key())) == 202
    fedify.wait(
        lambda: any(one["id"] == activity["id"] for one in fedify.received()), "the Create was not taken in"
    )

    other = SigningKey(f"{judge.actor}#main-key", generate_rsa())
    forged = body.replace(b"-77", b"-78")
    assert judge.run(lambda client: post(client, forged, other)) == 401
