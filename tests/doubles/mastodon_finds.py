"""How Mastodon gets from a handle to an account, and makes sure that both sides agree (PROTOCOL 3.1)."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
USERNAME = re.compile(r"[a-z0-9_]+([.-]+[a-z0-9_]+)*", re.IGNORECASE)


class NotFound(Exception):
    """One word of why."""


class Deleted(Exception):
    """410 of WebFinger: Mastodon deletes what it has of the account, in every version."""


@dataclass(frozen=True, slots=True)
class Found:
    """`account` is "name@domain" as it is shown; `asked` are the hosts whose WebFinger was asked."""

    account: str
    actor: dict[str, Any]
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Finger:
    subject: str
    href: str


class Finder:
    """`reads_webfinger`: the property of that name counts, as it does from 4.6 on (FEP-2c59)."""

    def __init__(self, network: httpx2.AsyncBaseTransport, *, reads_webfinger: bool = True) -> None:
        self._network = network
        self._reads_webfinger = reads_webfinger
        self._asked: list[str] = []

    async def find(self, handle: str) -> Found:
        """Raises `NotFound` and `Deleted`."""
        self._asked.clear()
        asked = handle.removeprefix("@")
        finger = await self._finger(asked)
        if finger.subject.lower() != asked.lower():
            asked = finger.subject
            finger = await self._finger(asked)
            if finger.subject.lower() != asked.lower():
                raise NotFound("redirected-twice")
        actor = await self._actor(finger.href)
        account = await self.confirm(actor)
        return Found(account, actor, tuple(self._asked))

    async def confirm(self, actor: dict[str, Any]) -> str:
        """What the account is called; its own host and the domain of its handle have to lead back to it."""
        said = actor.get("webfinger") if self._reads_webfinger else None
        asked = said or f"{actor['preferredUsername']}@{urlsplit(actor['id']).netloc}"
        finger = await self._finger(asked)
        if finger.subject.lower() != asked.lower():
            if said is not None:
                raise NotFound("property-redirected")
            asked = finger.subject
            finger = await self._finger(asked)
            if finger.subject.lower() != asked.lower():
                raise NotFound("redirected-twice")
        if finger.href != actor["id"]:
            raise NotFound("leads-elsewhere")
        if USERNAME.fullmatch(asked.partition("@")[0]) is None:
            raise NotFound("bad-username")
        return asked.lower()

    async def _finger(self, account: str) -> _Finger:
        host = account.rpartition("@")[2]
        resource = quote(f"acct:{account}", safe="")
        response = await self._get(f"https://{host}/.well-known/webfinger?resource={resource}")
        if response.status_code == 404:
            template = await self._template(host)
            response = await self._get(template.replace("{uri}", resource))
        if response.status_code == 410:
            raise Deleted
        if response.status_code != 200:
            raise NotFound(f"status-{response.status_code}")
        document = response.json()
        for link in document["links"]:
            if link["rel"] == "self" and link.get("type") in (ACTIVITY_JSON, LD_JSON):
                return _Finger(document["subject"].removeprefix("acct:"), link["href"])
        raise NotFound("no-self-link")

    async def _template(self, host: str) -> str:
        response = await self._get(f"https://{host}/.well-known/host-meta")
        found = re.search(r'rel="lrdd"[^>]*template="([^"]+)"', response.text)
        if response.status_code != 200 or found is None:
            raise NotFound("no-host-meta")
        return found[1].replace("&amp;", "&")

    async def _get(self, url: str) -> httpx2.Response:
        self._asked.append(urlsplit(url).netloc)
        async with httpx2.AsyncClient(transport=self._network, follow_redirects=True) as client:
            return await client.get(url, headers={"accept": "application/jrd+json, application/json"})

    async def _actor(self, url: str) -> dict[str, Any]:
        async with httpx2.AsyncClient(transport=self._network) as client:
            response = await client.get(url, headers={"accept": f"{ACTIVITY_JSON}, {LD_JSON}"})
        if response.status_code != 200:
            raise NotFound(f"actor-{response.status_code}")
        actor: dict[str, Any] = response.json()
        if actor["id"] != url:
            raise NotFound("another-id")
        return actor
