"""The wire of the GoToSocial double: what it signs, what it demands to be signed, and which keys it knows."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from federation.errors import FederationError
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.keys import RsaPrivateKey, load_public_pem
from federation.ports import Clock
from tests.doubles.signing import sign_as_hs2019

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
USER_AGENT = "gotosocial/0.20.0 (+https://gts.example)"
Json = dict[str, Any]


@dataclass(slots=True)
class User:
    """Somebody who lives there: `following` are actors' ids, answered or not."""

    name: str
    id: str
    private: RsaPrivateKey
    following: dict[str, bool] = field(default_factory=dict)
    followers: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def key_id(self) -> str:
        return f"{self.id}/main-key"


class Refused(Exception):
    """Answered with a status and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Wire:
    """`blocked` are hosts whose keys count for nothing."""

    def __init__(self, origin: str, clock: Clock, network: httpx2.AsyncBaseTransport) -> None:
        self.blocked: set[str] = set()
        self._origin = origin
        self._clock = clock
        self._network = network
        self._keys: dict[str, str] = {}

    async def require_signature(self, request: httpx2.Request, body: bytes, user: User) -> str:
        """Whose key it is; the key is fetched in the name of `user` and kept for good."""
        headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
        if "signature" not in request.headers or "signature-input" in request.headers:
            raise Refused(401)
        raw = RawRequest(request.method, request.url.raw_path.decode(), headers, body)
        try:
            claim = inspect(raw, origin=self._origin, now=self._clock.now())
            if urlsplit(claim.key_id).netloc in self.blocked:
                raise Refused(403)
            if claim.key_id not in self._keys:
                await self._learn_key(user, claim.key_id)
            prove(claim, raw, load_public_pem(self._keys[claim.key_id]))
        except FederationError:
            raise Refused(401) from None
        return claim.key_id.partition("#")[0].removesuffix("/main-key")

    async def _learn_key(self, user: User, key_id: str) -> None:
        response = await self.get(user, key_id.partition("#")[0])
        if response.status_code != 200:
            raise Refused(401)
        document = response.json()
        key = document["publicKey"]
        if key["id"] != key_id or key["owner"] != document["id"]:
            raise Refused(401)
        self._keys[key_id] = key["publicKeyPem"]

    async def finger(self, name: str, host: str) -> tuple[str, str]:
        """(account, actor's id)."""
        resource = quote(f"acct:{name}@{host}", safe="")
        url = f"https://{host}/.well-known/webfinger?resource={resource}"
        async with httpx2.AsyncClient(transport=self._network, follow_redirects=True) as client:
            response = await client.get(
                url, headers={"accept": "application/jrd+json", "user-agent": USER_AGENT}
            )
        assert response.status_code == 200, (url, response.status_code)
        document = response.json()
        own = [
            link["href"]
            for link in document["links"]
            if link["rel"] == "self" and link.get("type") in (ACTIVITY_JSON, LD_JSON)
        ]
        return str(document["subject"]).removeprefix("acct:"), str(own[0])

    async def get(
        self,
        user: User,
        url: str,
        *,
        accept: str = f"{ACTIVITY_JSON}, {LD_JSON}",
        without_query: bool = False,
    ) -> httpx2.Response:
        signed = sign_as_hs2019(
            "GET", url, None, user.key_id, user.private, self._clock.now(), without_query=without_query
        )
        async with httpx2.AsyncClient(transport=self._network) as client:
            return await client.get(url, headers={**signed, "accept": accept, "user-agent": USER_AGENT})

    async def post(self, user: User, inbox: str, activity: Json) -> None:
        body = json.dumps(activity).encode()
        signed = sign_as_hs2019("POST", inbox, body, user.key_id, user.private, self._clock.now())
        headers = {**signed, "content-type": LD_JSON, "user-agent": USER_AGENT}
        async with httpx2.AsyncClient(transport=self._network) as client:
            response = await client.post(inbox, headers=headers, content=body)
        assert response.status_code in (200, 202), (inbox, response.status_code, response.text)
