"""Other people's servers, as far as a test needs them: actors with keys, inboxes that remember, answers on demand."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from federation.http_signatures.scheme import sign_request
from federation.keys import RsaPrivateKey, SigningKey
from federation.ports import Clock

ACTIVITY_JSON = "application/activity+json"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One POST to an inbox: where, with which headers, what, and our answer. `sent_at` is its Date header."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    document: Json
    answered: int

    @property
    def sent_at(self) -> str:
        return self.headers["date"]


@dataclass(slots=True)
class Account:
    """Somebody on a neighbour's server."""

    id: str
    inbox: str
    key: SigningKey
    document: Json


@dataclass(slots=True)
class Neighbour:
    """A server of another make.

    `status` is what its inboxes answer: a number, or None for no answer at all; `next_statuses` come first.
    While `hold` is not set they do not answer at all.
    """

    host: str
    clock: Clock
    network: httpx2.AsyncBaseTransport
    make_rsa: Callable[[], RsaPrivateKey]
    status: int | None = 202
    retry_after: str | None = None
    next_statuses: list[int | None] = field(default_factory=list)
    hold: asyncio.Event | None = None
    at_once: int = 0
    most_at_once: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    documents: dict[str, Json] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    answers: dict[str, Callable[[], httpx2.Response]] = field(default_factory=dict)
    """By path, instead of what the server would say: another type, a redirect, a failure."""
    more_links: list[Json] = field(default_factory=list)
    """What WebFinger says beside `self`, of every account and of the server itself."""

    @property
    def origin(self) -> str:
        return f"https://{self.host}"

    def account(
        self, name: str, *, kind: str = "Person", shared_inbox: bool = True, extra: Json | None = None
    ) -> Account:
        """An actor as Mastodon publishes it."""
        if name in self.accounts:
            return self.accounts[name]
        actor_id = f"{self.origin}/users/{name}"
        private = self.make_rsa()
        key_id = f"{actor_id}#main-key"
        document: Json = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": actor_id,
            "type": kind,
            "preferredUsername": name,
            "name": name.title(),
            "inbox": f"{actor_id}/inbox",
            "outbox": f"{actor_id}/outbox",
            "followers": f"{actor_id}/followers",
            "publicKey": {"id": key_id, "owner": actor_id, "publicKeyPem": private.public.pem},
            **(extra or {}),
        }
        if shared_inbox:
            document["endpoints"] = {"sharedInbox": f"{self.origin}/inbox"}
        self.documents[urlsplit(actor_id).path] = document
        account = Account(actor_id, document["inbox"], SigningKey(key_id, private), document)
        self.accounts[name] = account
        return account

    async def send(
        self,
        account: Account,
        inbox: str,
        activity: Json | bytes,
        *,
        key: SigningKey | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = ACTIVITY_JSON,
    ) -> httpx2.Response:
        """A signed POST as the account, or with somebody else's key; `headers` replace what was signed."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        signed = sign_request(
            method="POST",
            url=inbox,
            body=body,
            key=key or account.key,
            now=self.clock.now(),
            content_type=content_type,
        )
        sent = {**dict(signed), **(headers or {})}
        async with httpx2.AsyncClient(transport=self.network) as client:
            return await client.post(inbox, headers=sent, content=body)

    def rotate(self, account: Account) -> None:
        """From now on its key is another one, under the same id."""
        private = self.make_rsa()
        account.document["publicKey"] = {**account.document["publicKey"], "publicKeyPem": private.public.pem}
        account.key = SigningKey(account.key.key_id, private)

    async def follow(self, account: Account, target: Json) -> httpx2.Response:
        """Follows the actor whose document `target` is."""
        activity = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{account.id}#follows/{quote(target['id'], safe='')}",
            "type": "Follow",
            "actor": account.id,
            "object": target["id"],
        }
        return await self.send(account, target["inbox"], activity)

    async def unfollow(self, account: Account, target: Json) -> httpx2.Response:
        follow = f"{account.id}#follows/{quote(target['id'], safe='')}"
        activity = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{follow}/undo",
            "type": "Undo",
            "actor": account.id,
            "object": {"id": follow, "type": "Follow", "actor": account.id, "object": target["id"]},
        }
        return await self.send(account, target["inbox"], activity)

    def types(self) -> list[str]:
        """The types of what arrived, in order."""
        return [arrived.document["type"] for arrived in self.arrived]

    def last(self, kind: str) -> Json:
        """The latest activity of a type."""
        return next(
            arrived.document for arrived in reversed(self.arrived) if arrived.document["type"] == kind
        )

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        status = self.next_statuses.pop(0) if self.next_statuses and request.method == "POST" else self.status
        if status is None:
            raise httpx2.ConnectError("connection refused", request=request)
        if request.method == "POST":
            body = await request.aread()
            await self._held()
            self.arrived.append(Arrived(path, dict(request.headers), body, json.loads(body), status))
            headers = {"retry-after": self.retry_after} if self.retry_after else {}
            return httpx2.Response(status, headers=headers)
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]()
        if path in self.gone:
            return httpx2.Response(410)
        if path == "/.well-known/webfinger":
            return self._webfinger(request.url.params.get("resource", ""))
        document = self.documents.get(path)
        if document is None:
            return httpx2.Response(404)
        content = json.dumps(document).encode()
        return httpx2.Response(200, content=content, headers={"content-type": ACTIVITY_JSON})

    async def _held(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.hold is not None:
                await self.hold.wait()
        finally:
            self.at_once -= 1

    def _webfinger(self, resource: str) -> httpx2.Response:
        name = resource.removeprefix("acct:").removesuffix(f"@{self.host}")
        account = self.accounts.get(name)
        if account is None and not (name == self.host and self.more_links):
            return httpx2.Response(404)
        own = [] if account is None else [{"rel": "self", "type": ACTIVITY_JSON, "href": account.id}]
        links = [*own, *self.more_links]
        content = json.dumps({"subject": f"acct:{name}@{self.host}", "links": links}).encode()
        return httpx2.Response(200, content=content, headers={"content-type": "application/jrd+json"})
