"""People who answer calls, for tests of what becomes of it."""

import itertools
from dataclasses import dataclass
from typing import Any

from server.initiative.replies import actions, store
from server.initiative.replies.model import Reply, Tally
from server.storage.database import Transaction
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour
from tests.people import Person, person

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
Json = dict[str, Any]
_NUMBERS = itertools.count(1)


@dataclass
class Garden:
    """An initiative with one call, an editor, and Vera, who has an account elsewhere."""

    fediverse: Fediverse
    node: Node
    call: str
    editor: Person
    mastodon: Neighbour
    vera: Account

    @property
    def call_path(self) -> str:
        return self.call.removeprefix(self.node.origin)

    @property
    def call_id(self) -> str:
        return self.call.rpartition("/")[2]

    def note(self, author: Account | None = None, **members: Any) -> Json:
        """A reply as Mastodon writes it, with these members instead of its own; None takes one away."""
        author = author or self.vera
        note: Json = {
            "id": f"{author.id}/statuses/{next(_NUMBERS)}",
            "type": "Note",
            "inReplyTo": self.call,
            "published": "2026-11-23T08:00:00Z",
            "attributedTo": author.id,
            "to": [PUBLIC],
            "cc": [f"{author.id}/followers"],
            "content": "<p>I bring spades.</p>",
            "contentMap": {"en": "<p>I bring spades.</p>"},
        }
        if "content" in members:
            del note["contentMap"]
        return {key: value for key, value in {**note, **members}.items() if value is not None}

    async def send(
        self,
        kind: str,
        thing: Json | str,
        author: Account | None = None,
        server: Neighbour | None = None,
        **more: Any,
    ) -> int:
        """Signed by the author; answers the status."""
        author = author or self.vera
        self.fediverse.clock.advance(seconds=1)
        act: Json = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{author.id}/activities/{next(_NUMBERS)}",
            "type": kind,
            "actor": author.id,
            "to": [PUBLIC],
            "object": thing,
            **more,
        }
        inbox = f"{self.node.origin}/inbox"
        return (await (server or self.mastodon).send(author, inbox, act)).status_code

    async def reply(
        self, author: Account | None = None, server: Neighbour | None = None, **members: Any
    ) -> str:
        """Sends one, and answers its id."""
        note = self.note(author, **members)
        assert await self.send("Create", note, author, server) == 202
        return str(note["id"])

    def serve(self, note: Json) -> None:
        """From now on its server has it at its address."""
        self.mastodon.documents[note["id"].removeprefix(self.mastodon.origin)] = {
            "@context": "https://www.w3.org/ns/activitystreams",
            **note,
        }

    async def held(self, reply_id: str) -> Reply | None:
        return await self.node.services.database.read(lambda tx: store.find(tx, reply_id))

    async def show(self, reply_id: str) -> None:
        """An editor's yes."""

        def act(tx: Transaction) -> bool:
            reply = store.find(tx, reply_id)
            return reply is not None and actions.show(tx, reply, reply.version)

        assert await self.node.services.database.write(act)

    async def shown(self, **members: Any) -> str:
        """A reply that stands on the call's page."""
        reply_id = await self.reply(**members)
        await self.show(reply_id)
        return reply_id

    async def tally(self) -> Tally:
        return await self.node.services.database.read(lambda tx: store.tally(tx, self.call))

    async def page(self) -> str:
        """The call as everybody sees it, and all its replies."""
        first = (await self.node.get(self.call_path)).text
        return first + (await self.node.get(f"{self.call_path}/all-replies")).text


async def a_garden(fediverse: Fediverse) -> Garden:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    done = await node.command("call.publish", handle="garden", title="Plant with us", text="On Saturday.")
    mastodon = fediverse.neighbour("mastodon.example")
    editor = await person(node, Grant("@garden", "editor"))
    return Garden(fediverse, node, done["uri"], editor, mastodon, mastodon.account("vera"))
