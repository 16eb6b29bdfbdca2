"""A server with Mastodon's habits around followers: it follows, is followed, and compares both by FEP-8fcf.

As `app/services/activitypub/*_synchronization_service.rb` do it: a header of a signed Create is believed when the
collection is the sender's and the digest differs; the list is fetched with a signature, at most ten pages; followers of
its own that are not in the list are dropped only if the list's digest is the one that was said; whoever is in the list
and does not follow sends an Undo without the id of any Follow.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx2

from federation.http_signatures.scheme import RawRequest, inspect, prove, sign_request
from federation.keys import load_public_pem
from federation.vocabulary import ACTIVITY_JSON
from tests.fediverse import Fediverse
from tests.neighbours import Account, Arrived, Json, Neighbour

HEADER = "collection-synchronization"
MAX_PAGES = 10
NOBODY = "00" * 32


def mastodon(fediverse: Fediverse, host: str) -> "Mastodon":
    """Such a server at https://`host`, with an instance actor."""
    double = Mastodon(host, fediverse.clock, fediverse.network, fediverse.make_rsa)
    double.account("instance", kind="Application")
    fediverse.neighbours[host] = double
    return double


@dataclass(frozen=True, slots=True)
class Synchronization:
    """A job in its queue."""

    actor_id: str
    url: str
    digest: str


@dataclass(slots=True)
class Mastodon(Neighbour):
    """`following`: by the id of an actor of ours, the accounts here that follow it; `followers`: by the name of an
    account here, who of others follows it. `told` are the synchronization headers it got, None where there was none.
    `lies`: by the name of an account, what is listed in place of its followers.
    """

    following: dict[str, set[str]] = field(default_factory=dict)
    followers: dict[str, set[str]] = field(default_factory=dict)
    jobs: list[Synchronization] = field(default_factory=list)
    told: list[str | None] = field(default_factory=list)
    lists_asked: list[str] = field(default_factory=list)
    known: dict[str, Json] = field(default_factory=dict)
    posts: int = 0
    lies: dict[str, list[str]] = field(default_factory=dict)

    # What its people do

    async def join(self, name: str, target: Json) -> Account:
        """Follows; it counts when the Accept arrives."""
        account = self.account(name)
        await self.follow(account, target)
        return account

    async def leave(self, name: str, target: Json) -> None:
        account = self.account(name)
        self.following[target["id"]].discard(account.id)
        await self.unfollow(account, target)

    async def post(
        self, name: str, inbox: str, *, header: str | None = "", text: str = "Hello"
    ) -> httpx2.Response:
        """A Create to followers. `header` replaces the true one; None leaves it out."""
        account = self.account(name)
        self.posts += 1
        note_id = f"{account.id}/statuses/{self.posts}"
        audience = {"to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [f"{account.id}/followers"]}
        note = {"id": note_id, "type": "Note", "attributedTo": account.id, "content": text, **audience}
        activity = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{note_id}/activity",
            "type": "Create",
            "actor": account.id,
            "object": note,
            **audience,
        }
        origin = "https://" + urlsplit(inbox).netloc
        value = self.header_of(account, origin) if header == "" else header
        return await self._send_with(account, inbox, activity, value)

    def header_of(self, account: Account, origin: str) -> str:
        """In the order of Mastodon's parameters, which is not the FEP's."""
        name = account.document["preferredUsername"]
        digest = xor(sorted(self._followers_at(name, origin)))
        collection = f"{account.id}/followers"
        return f'collectionId="{collection}", digest="{digest}", url="{collection}_synchronization"'

    # What its workers do

    async def work(self) -> None:
        """Runs what was queued."""
        while self.jobs:
            await self._synchronize(self.jobs.pop(0))

    async def _synchronize(self, job: Synchronization) -> None:
        items, url = [], job.url
        for _ in range(MAX_PAGES):
            document = await self.signed_get(url)
            items += document.get("orderedItems", []) or document.get("items", [])
            following = document.get("first") or document.get("next")
            if following is None:
                break
            url = following
        for actor_id in items:
            if actor_id not in self.following.get(job.actor_id, set()) and self._lives_here(actor_id):
                await self._undo_unknown(actor_id, job.actor_id)
        if xor(items) != job.digest:
            return
        for actor_id in self.following.get(job.actor_id, set()) - set(items):
            name = actor_id.rpartition("/")[2]
            await self.leave(name, await self._actor(job.actor_id))

    async def _undo_unknown(self, actor_id: str, target: str) -> None:
        account = self.accounts[actor_id.rpartition("/")[2]]
        activity = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{actor_id}#follows//undo",
            "type": "Undo",
            "actor": actor_id,
            "object": {"id": f"{actor_id}#follows/", "type": "Follow", "actor": actor_id, "object": target},
        }
        await self.send(account, (await self._actor(target))["inbox"], activity)

    async def signed_get(self, url: str, account: Account | None = None) -> Json:
        """As the instance actor unless told otherwise. An answer that is no document fails the test."""
        response = await self.get(url, account)
        assert response.status_code == 200, (url, response.status_code)
        return cast(Json, response.json())

    async def get(self, url: str, account: Account | None = None) -> httpx2.Response:
        key = (account or self.accounts["instance"]).key
        headers = sign_request(method="GET", url=url, body=None, key=key, now=self.clock.now())
        async with httpx2.AsyncClient(transport=self.network) as client:
            return await client.get(url, headers=[*headers, ("accept", ACTIVITY_JSON)])

    # What others see

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if request.method == "GET" and path.endswith("/followers_synchronization"):
            return await self._list(request)
        response = await super(Mastodon, self).answer(request)
        if request.method == "POST" and response.status_code == 202:
            await self._take(self.arrived[-1])
        return response

    async def _list(self, request: httpx2.Request) -> httpx2.Response:
        self.lists_asked.append(str(request.url))
        if "signature" not in request.headers:
            return httpx2.Response(401)
        name = request.url.path.split("/")[2]
        raw = _raw(request)
        claim = inspect(raw, origin=self.origin, now=self.clock.now())
        prove(claim, raw, await self._key(claim.key_id))
        origin = "https://" + urlsplit(claim.key_id).netloc
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": str(request.url),
            "type": "OrderedCollection",
            "orderedItems": self.lies.get(name) or sorted(self._followers_at(name, origin)),
        }
        return httpx2.Response(200, content=json.dumps(document), headers={"content-type": ACTIVITY_JSON})

    async def _take(self, arrived: Arrived) -> None:
        activity = arrived.document
        actor_id, kind = activity["actor"], activity["type"]
        raw = RawRequest("POST", arrived.path, list(arrived.headers.items()), arrived.body)
        claim = inspect(raw, origin=self.origin, now=self.clock.now())
        prove(claim, raw, await self._key(claim.key_id))
        value = arrived.headers.get(HEADER)
        assert value is None or HEADER in claim.covered
        if kind == "Create":
            self.told.append(value)
        if kind == "Accept":
            self.following.setdefault(actor_id, set()).add(activity["object"]["actor"])
        elif kind == "Follow":
            name = activity["object"].rpartition("/")[2]
            self.followers.setdefault(name, set()).add(actor_id)
            accept = {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": f"{activity['object']}#accepts/follows/{quote(activity['id'], safe='')}",
                "type": "Accept",
                "actor": activity["object"],
                "object": {key: activity[key] for key in ("id", "type", "actor", "object")},
            }
            await self.send(self.accounts[name], (await self._actor(actor_id))["inbox"], accept)
        elif kind == "Undo" and activity["object"]["type"] == "Follow":
            self.followers.get(activity["object"]["object"].rpartition("/")[2], set()).discard(actor_id)
        if value is not None:
            await self._queue(actor_id, value)

    async def _queue(self, actor_id: str, value: str) -> None:
        said = dict(re.findall(r'(\w+)="([^"]*)"', value))
        actor = await self._actor(actor_id)
        elsewhere = urlsplit(said["url"]).netloc != urlsplit(actor_id).netloc
        ours = xor(sorted(self.following.get(actor_id, set())))
        if said["collectionId"] == actor["followers"] and not elsewhere and said["digest"] != ours:
            self.jobs.append(Synchronization(actor_id, said["url"], said["digest"]))

    async def _send_with(
        self, account: Account, inbox: str, activity: Json, value: str | None
    ) -> httpx2.Response:
        body = json.dumps(activity).encode()
        headers = sign_request(
            method="POST",
            url=inbox,
            body=body,
            key=account.key,
            now=self.clock.now(),
            more_headers=[] if value is None else [(HEADER, value)],
        )
        async with httpx2.AsyncClient(transport=self.network) as client:
            return await client.post(inbox, headers=headers, content=body)

    async def _key(self, key_id: str) -> Any:
        return load_public_pem((await self._actor(key_id.partition("#")[0]))["publicKey"]["publicKeyPem"])

    async def _actor(self, actor_id: str) -> Json:
        if actor_id not in self.known:
            self.known[actor_id] = await self.signed_get(actor_id)
        return self.known[actor_id]

    def _followers_at(self, name: str, origin: str) -> set[str]:
        return {actor_id for actor_id in self.followers.get(name, set()) if actor_id.startswith(f"{origin}/")}

    def _lives_here(self, actor_id: str) -> bool:
        return actor_id.startswith(f"{self.origin}/") and actor_id.rpartition("/")[2] in self.accounts


def xor(ids: list[str]) -> str:
    """Written anew, so that one mistake is not made on both sides."""
    combined = bytearray(32)
    for actor_id in ids:
        for index, byte in enumerate(hashlib.sha256(actor_id.encode()).digest()):
            combined[index] ^= byte
    return combined.hex()


def _raw(request: httpx2.Request) -> RawRequest:
    headers = [(name.lower(), value) for name, value in request.headers.multi_items()]
    return RawRequest(request.method, request.url.raw_path.decode(), headers, b"")
