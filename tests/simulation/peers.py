"""Servers of followers: they keep what they are sent, once for each id, and repeat what they say until it is heard."""

import asyncio
import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

import httpx2

from federation.http_signatures.scheme import sign_request
from federation.keys import RsaPrivateKey, SigningKey
from tests.simulation.network import Message, Network, Reply
from tests.simulation.trace import Trace
from tests.simulation.virtual_time import SkewedClock
from tests.simulation.weather import Leaving

ACTIVITY_JSON = b"application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MOST_TRIES = 400
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A version of an object as it arrived here for the first time."""

    activity_id: str
    kind: str
    object_id: str
    updated: str
    title: str
    status: str


@dataclass(slots=True)
class FollowerServer(Leaving):
    """One account, `people`, on a server of another make. `ready` answers nothing but 2xx while it is not away."""

    host: str
    network: Network
    clock: SkewedClock
    dice: random.Random
    private: RsaPrivateKey
    trace: Trace
    away: bool = False
    seen: dict[str, bytes] = field(default_factory=dict)
    arrived: list[Said] = field(default_factory=list)
    accepted: dict[str, float] = field(default_factory=dict)
    """By Follow: when its Accept came first."""
    clashes: list[str] = field(default_factory=list)
    waiting: "asyncio.Queue[tuple[str, Json]]" = field(default_factory=asyncio.Queue)
    follows: dict[str, str] = field(default_factory=dict)
    """By actor: the id of the latest Follow."""
    replies: list[tuple[str, str]] = field(default_factory=list)
    """(id, host of the call), as long as they were not deleted."""
    notes: dict[str, Json | None] = field(default_factory=dict)
    """By path: what is served of them; None: deleted."""
    accounts: dict[str, RsaPrivateKey] = field(default_factory=dict)
    """By path: who else lives here, the honest account included."""
    unsaid: int = 0
    numbers: int = 0

    def __post_init__(self) -> None:
        self.accounts["/users/people"] = self.private

    @property
    def account(self) -> str:
        return f"https://{self.host}/users/people"

    @property
    def key(self) -> SigningKey:
        return SigningKey(f"{self.account}#main-key", self.private)

    def new_id(self, what: str) -> str:
        self.numbers += 1
        return f"{self.account}/{what}/{self.numbers}"

    def say(self, inbox: str, activity: Json) -> str:
        """To be sent after all that was said before; answers its id."""
        said = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.new_id(activity["type"].lower()),
            "actor": self.account,
            **activity,
        }
        self.unsaid += 1
        self.waiting.put_nowait((inbox, said))
        return str(said["id"])

    async def speak(self) -> None:
        """For ever: one after the other, each until somebody has understood or refused it."""
        while True:
            inbox, activity = await self.waiting.get()
            for tries in range(MOST_TRIES):
                status = await self.post(inbox, json.dumps(activity).encode())
                if status is not None and (status < 300 or status in (400, 403, 404, 410, 413, 415)):
                    break
                await asyncio.sleep(min(60 * 2**tries, 3600) * self.dice.uniform(0.8, 1.2))
            else:
                self.trace.note(self.host, f"gives up {activity['id']}")
            self.unsaid -= 1

    async def post(self, inbox: str, body: bytes, *, key: SigningKey | None = None) -> int | None:
        """The answer's status; None without an answer."""
        if self.away:
            return None
        signed = sign_request(
            method="POST",
            url=inbox,
            body=body,
            key=key or self.key,
            now=self.clock.now(),
            content_type=ACTIVITY_JSON.decode(),
        )
        headers = [(name.encode(), value.encode()) for name, value in signed]
        try:
            reply = await self.network.send(self.host, Message("POST", httpx2.URL(inbox), headers, body))
        except httpx2.HTTPError:
            return None
        return reply.status

    async def answer(self, message: Message) -> Reply:
        path = message.url.path
        if message.method == "POST":
            if not message.whole:
                return Reply(400, [], b"")
            self._take(json.loads(message.body), message.body)
            return Reply(202, [], b"")
        if path in self.accounts:
            document = self._document(path, self.accounts[path])
            return Reply(200, [(b"content-type", ACTIVITY_JSON)], json.dumps(document).encode())
        if path in self.notes:
            note = self.notes[path]
            status = 410 if note is None else 200
            return Reply(status, [(b"content-type", ACTIVITY_JSON)], json.dumps(note).encode())
        if path == "/.well-known/webfinger":
            link = {"rel": "self", "type": ACTIVITY_JSON.decode(), "href": self.account}
            found = {"subject": f"acct:people@{self.host}", "links": [link]}
            return Reply(200, [(b"content-type", b"application/jrd+json")], json.dumps(found).encode())
        return Reply(404, [], b"")

    def _take(self, activity: Json, body: bytes) -> None:
        """An activity has its effect once, whatever way and however often it comes."""
        same = self.seen.get(activity["id"])
        if same is not None:
            # An Announce bears the hour of its sending; everything else is the same bytes for ever.
            if same != body and activity["type"] != "Announce":
                self.clashes.append(activity["id"])
            return
        self.seen[activity["id"]] = body
        if activity["type"] == "Accept":
            now = asyncio.get_running_loop().time()
            self.accepted.setdefault(_id_of(activity["object"]), now)
            return
        said = activity.get("object")
        if activity["type"] in ("Create", "Update", "Delete"):
            words = said if isinstance(said, dict) else {}
            self.arrived.append(
                Said(
                    activity["id"],
                    activity["type"],
                    _id_of(said),
                    words.get("updated") or words.get("published") or "",
                    words.get("name") or "",
                    # "https://w3id.org/antipole/ns#open", or shortened.
                    re.split("[#:]", words.get("callStatus") or "")[-1],
                )
            )

    def _document(self, path: str, private: RsaPrivateKey) -> Json:
        account = f"https://{self.host}{path}"
        return {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": account,
            "type": "Person",
            "preferredUsername": path.rpartition("/")[2],
            "name": "People",
            "inbox": f"{account}/inbox",
            "endpoints": {"sharedInbox": f"https://{self.host}/inbox"},
            "publicKey": {"id": f"{account}#main-key", "owner": account, "publicKeyPem": private.public.pem},
        }


def _id_of(value: Any) -> str:
    return str(value["id"]) if isinstance(value, dict) else str(value)
