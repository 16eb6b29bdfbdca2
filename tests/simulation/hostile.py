"""A server that wishes us ill: forged, stolen, replayed and broken requests. None of its words may ever be shown."""

import asyncio
import contextlib
import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx2

from federation.keys import SigningKey
from tests.simulation.machine import Machine
from tests.simulation.network import Message
from tests.simulation.peers import PUBLIC, FollowerServer
from tests.simulation.people import People, actor_of

MOST_HEARD = 200
INSISTENT = 5


@dataclass(slots=True)
class Hostile:
    """Speaks through `server`, a server as any other, and listens on the line (`heard`)."""

    server: FollowerServer
    dice: random.Random
    people: People
    initiatives: list[Machine]
    hubs: list[Machine]
    honest: list[FollowerServer]
    captured: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        # An account of ours on a server where honest people live.
        self.honest[0].accounts["/users/mallory"] = self.server.private

    def heard(self, host: str, message: Message, status: int | None) -> None:
        if message.method == "POST" and len(self.captured) < MOST_HEARD:
            self.captured.append(message)

    async def attack(self) -> None:
        kinds = (
            self._in_the_name_of_another,
            self._change_a_call,
            self._replay,
            self._rewrite,
            self._garbage,
            self._as_a_neighbour,
        )
        await self.dice.choice(kinds)()

    async def _in_the_name_of_another(self) -> None:
        """IDC-01: a reply by somebody else, with our own signature."""
        uri = self._a_call()
        victim = self.dice.choice(self.honest)
        target = self.dice.choice(self.initiatives)
        note = {
            "id": f"{victim.account}/notes/{self._word()}",
            "type": "Note",
            "attributedTo": victim.account,
            "inReplyTo": uri,
            "content": f"<p>{self._word()}</p>",
            "to": [PUBLIC],
        }
        activity = {"type": "Create", "id": f"{victim.account}/{self._word()}", "actor": victim.account}
        await self._post(target, {**activity, "object": note, "to": [PUBLIC]})

    async def _change_a_call(self) -> None:
        """IDC-02, IDC-04: an edit or a deletion of what is not ours, at its author's or at a hub."""
        uri = self._a_call()
        target = self.dice.choice([*self.initiatives, *self.hubs])
        owner = self.dice.choice((self.server.account, actor_of(self.initiatives[0])))
        note = {
            "id": uri,
            "type": "Note",
            "attributedTo": owner,
            "name": self._word(),
            "content": "<p>Send us money.</p>",
            "callStatus": "open",
            "updated": "2026-12-24T00:00:00Z",
            "to": [PUBLIC],
        }
        kind = self.dice.choice(("Update", "Create", "Delete"))
        activity = {"type": kind, "id": self.server.new_id("evil"), "actor": self.server.account}
        await self._post(target, {**activity, "object": uri if kind == "Delete" else note, "to": [PUBLIC]})

    async def _replay(self) -> None:
        """SIG-06: what was heard on the line, as it was."""
        if self.captured:
            await self._send(self.dice.choice(self.captured))

    async def _rewrite(self) -> None:
        """SIG-01: the same headers over other words; and our own id used twice."""
        if self.captured:
            heard = self.dice.choice(self.captured)
            body = heard.body.replace(b"Title", self._word().encode())
            if body != heard.body:
                await self._send(Message("POST", heard.url, heard.headers, body))

    async def _as_a_neighbour(self) -> None:
        """IDC-03, IDC-04: the words of somebody on the same server, deleted or changed by another account of it."""
        replies = self.honest[0].replies
        if not replies:
            return
        reply, host = self.dice.choice(replies)
        account = f"https://{self.honest[0].host}/users/mallory"
        call, _, _ = self.people.promises.replies[reply]
        note = {
            "id": reply,
            "type": "Note",
            "attributedTo": account,
            "inReplyTo": call,
            "content": f"<p>{self._word()}</p>",
            "to": [PUBLIC],
        }
        kind = self.dice.choice(("Update", "Delete"))
        activity: dict[str, Any] = {"type": kind, "id": f"{account}/{self._word()}", "actor": account}
        activity |= {"to": [PUBLIC], "object": reply if kind == "Delete" else note}
        said = {"@context": "https://www.w3.org/ns/activitystreams", **activity}
        key = SigningKey(f"{account}#main-key", self.server.private)
        for _ in range(INSISTENT):
            inbox = f"https://{host}/actors/garden/inbox"
            if await self.server.post(inbox, json.dumps(said).encode(), key=key) not in (None, 401):
                break
            # Its key could not be fetched, in this weather.
            await asyncio.sleep(600)

    async def _garbage(self) -> None:
        target = self.dice.choice([*self.initiatives, *self.hubs])
        body = self.dice.choice(
            (b"", b"{", b"[" * 5000, b'{"type": "Create"}', b"\xff\xfe", b'{"a": 1, "a": 2}')
        )
        await self.server.post(f"{target.origin}/inbox", body)

    async def _post(self, target: Machine, activity: dict[str, Any]) -> None:
        said = {"@context": "https://www.w3.org/ns/activitystreams", **activity}
        await self.server.post(f"{target.origin}/inbox", json.dumps(said).encode())

    async def _send(self, message: Message) -> None:
        with contextlib.suppress(httpx2.HTTPError):
            await self.server.network.send(self.server.host, message)

    def _a_call(self) -> str:
        calls = sorted(self.people.promises.calls)
        return self.dice.choice(calls) if calls else f"{self.initiatives[0].origin}/calls/{'0' * 20}"

    def _word(self) -> str:
        word = f"hostile{len(self.people.promises.tampered)}word"
        self.people.promises.tampered.add(word)
        return word
