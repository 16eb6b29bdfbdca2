"""What people do, by dice: initiatives apply, publish, edit, end and withdraw; a hub admits and removes; followers
come, go, like, reply and delete. What was promised to them is written into the journal.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from server.feature import Refusal
from server.storage.database import StorageUnavailable
from tests.simulation.machine import Crashed, Machine
from tests.simulation.peers import PUBLIC, FollowerServer
from tests.simulation.trace import Trace

Version = tuple[str, str]
"""(state, title) of a call; a withdrawn one has no title."""


@dataclass(slots=True)
class Promises:
    """What each call may be by now: one version, or more where nobody knows whether a command was carried out.

    `maybe` holds the titles of calls whose publication was not confirmed.
    """

    calls: dict[str, set[Version]] = field(default_factory=dict)
    maybe: set[str] = field(default_factory=set)
    published: dict[str, float] = field(default_factory=dict)
    """By call: when its publication was asked for."""
    likes: dict[str, dict[str, str]] = field(default_factory=dict)
    """By call: the activities that like it, and whose they are."""
    replies: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    """By reply: its call, its author, and whether it should be there."""
    replied_at: dict[str, float] = field(default_factory=dict)
    """By reply: the second of virtual time in which it was written."""
    tampered: set[str] = field(default_factory=set)
    """Words of the hostile server that nobody may ever show."""


class People:
    def __init__(
        self,
        dice: random.Random,
        trace: Trace,
        hubs: list[Machine],
        initiatives: list[Machine],
        followers: list[FollowerServer],
    ) -> None:
        self.promises = Promises()
        self.blocked: set[tuple[str, str]] = set()
        """(host of the machine, blocked actor): for those nothing is promised any more."""
        self.steady: dict[tuple[str, str], bool] = {}
        """(follower host, initiative host): whether they want to follow."""
        self.first_follows: dict[tuple[str, str], str] = {}
        self._toggled: set[tuple[str, str]] = set()
        self._confirmed_blocks: set[tuple[str, str]] = set()
        self._dice = dice
        self._trace = trace
        self._hubs = hubs
        self._initiatives = initiatives
        self._followers = followers
        self._titles = 0

    async def settle_in(self) -> None:
        for machine in self._initiatives:
            await machine.command(
                "initiative.add", handle="garden", name=f"Garden of {machine.host}", languages=["en"]
            )
        for follower in self._followers:
            for machine in self._initiatives:
                self.follow(follower, machine)

    async def act(self) -> None:
        """One thing, by somebody."""
        kinds: list[tuple[int, Any]] = [
            (3, self._apply),
            (3, self._admit),
            (1, self._remove),
            (1, self._leave),
            (8, self._publish),
            (8, self._edit),
            (3, self._close),
            (2, self._withdraw),
            (3, self._profile),
            (3, self._toggle_follow),
            (4, self._like),
            (4, self._reply),
            (2, self._delete_reply),
            (1, self._block),
        ]
        (kind,) = self._dice.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])
        await kind()

    def follow(self, follower: FollowerServer, machine: Machine) -> None:
        actor = actor_of(machine)
        self.steady[follower.host, machine.host] = True
        follower.follows[actor] = follower.say(f"{actor}/inbox", {"type": "Follow", "object": actor})
        self.first_follows.setdefault((follower.host, machine.host), follower.follows[actor])

    def stayed(self, follower: FollowerServer, machine: Machine) -> bool:
        """It has followed from the beginning, and was never blocked."""
        toggled = (follower.host, machine.host) in self._toggled
        return not toggled and (machine.host, follower.account) not in self.blocked

    def confirmed_block(self, machine: Machine, follower: FollowerServer) -> bool:
        return (machine.host, follower.account) in self._confirmed_blocks

    async def _apply(self) -> None:
        machine, hub = self._dice.choice(self._initiatives), self._dice.choice(self._hubs)
        await self._try(machine, "hub.apply", handle="garden", hub=f"@hub@{hub.host}")

    async def _leave(self) -> None:
        machine, hub = self._dice.choice(self._initiatives), self._dice.choice(self._hubs)
        await self._try(machine, "hub.leave", handle="garden", hub=f"@hub@{hub.host}")

    async def _admit(self) -> None:
        machine, hub = self._dice.choice(self._initiatives), self._dice.choice(self._hubs)
        await self._try(hub, "hub.admit", target=f"@garden@{machine.host}")

    async def _remove(self) -> None:
        machine, hub = self._dice.choice(self._initiatives), self._dice.choice(self._hubs)
        await self._try(hub, "hub.remove", target=f"@garden@{machine.host}", reason="Quiet for long.")

    async def _publish(self) -> None:
        machine, title = self._dice.choice(self._initiatives), self._title()
        self.promises.maybe.add(title)
        asked = asyncio.get_running_loop().time()
        done = await self._try(machine, "call.publish", handle="garden", title=title, text="Dig with us.")
        if isinstance(done, dict):
            self.promises.maybe.discard(title)
            self.promises.calls[done["uri"]] = {("open", title)}
            self.promises.published[done["uri"]] = asked

    async def _edit(self) -> None:
        title = self._title()
        await self._change("call.edit", {("open", title), ("closed", title)}, title=title)

    async def _close(self) -> None:
        await self._change("call.close", None)

    async def _withdraw(self) -> None:
        await self._change("call.withdraw", {("withdrawn", "")})

    async def _change(self, command: str, after: set[Version] | None, **arguments: Any) -> None:
        found = self._a_call()
        if found is None:
            return
        machine, uri = found
        before = self.promises.calls[uri]
        alive = {version for version in before if version[0] != "withdrawn"}
        states = {state for state, _ in alive}
        if command == "call.edit" and after is not None:
            after = {version for version in after if version[0] in states}
        elif command == "call.close":
            after = {("closed", title) for _, title in alive}
        # While it is under way nobody knows.
        self.promises.calls[uri] = before | (after or set())
        done = await self._try(machine, command, uri=uri, **arguments)
        if isinstance(done, dict) and after:
            self.promises.calls[uri] = after
        elif done == "refused":
            self.promises.calls[uri] = before

    async def _profile(self) -> None:
        machine = self._dice.choice(self._initiatives)
        await self._try(machine, "initiative.edit", handle="garden", name=self._title())

    async def _toggle_follow(self) -> None:
        follower, machine = self._dice.choice(self._followers), self._dice.choice(self._initiatives)
        actor = actor_of(machine)
        self._toggled.add((follower.host, machine.host))
        if self.steady.get((follower.host, machine.host)):
            self.steady[follower.host, machine.host] = False
            follow = {"id": follower.follows[actor], "type": "Follow", "actor": follower.account}
            follower.say(f"{actor}/inbox", {"type": "Undo", "object": {**follow, "object": actor}})
        else:
            self.follow(follower, machine)

    async def _like(self) -> None:
        found = self._a_call()
        if found is not None:
            machine, uri = found
            follower = self._dice.choice(self._followers)
            like = follower.say(f"{actor_of(machine)}/inbox", {"type": "Like", "object": uri})
            self.promises.likes.setdefault(uri, {})[like] = follower.account

    async def _reply(self) -> None:
        found = self._a_call()
        if found is None:
            return
        machine, uri = found
        follower = self._dice.choice(self._followers)
        note: dict[str, Any] = {
            "id": follower.new_id("notes"),
            "type": "Note",
            "attributedTo": follower.account,
            "inReplyTo": uri,
            "content": f"<p>{self._title()}</p>",
            "to": [PUBLIC],
        }
        self.promises.replies[note["id"]] = (uri, follower.account, True)
        follower.replies.append((note["id"], machine.host))
        self.promises.replied_at[note["id"]] = asyncio.get_running_loop().time()
        follower.notes[urlsplit(note["id"]).path] = note
        follower.say(f"{actor_of(machine)}/inbox", {"type": "Create", "object": note, "to": [PUBLIC]})

    async def _delete_reply(self) -> None:
        follower = self._dice.choice(self._followers)
        if follower.replies:
            reply, host = follower.replies.pop(self._dice.randrange(len(follower.replies)))
            follower.notes[urlsplit(reply).path] = None
            call, account, _ = self.promises.replies[reply]
            self.promises.replies[reply] = (call, account, False)
            actor = f"https://{host}/actors/garden"
            follower.say(f"{actor}/inbox", {"type": "Delete", "object": reply, "to": [PUBLIC]})

    async def _block(self) -> None:
        machine, follower = self._dice.choice(self._initiatives), self._dice.choice(self._followers)
        self.blocked.add((machine.host, follower.account))
        if isinstance(await self._try(machine, "block.add", target=follower.account), dict):
            self._confirmed_blocks.add((machine.host, follower.account))

    async def _try(self, machine: Machine, name: str, /, **arguments: Any) -> Any:
        """The answer; "refused"; or None when nobody knows whether it was done."""
        shown = " ".join(f"{key}={value}" for key, value in arguments.items())
        try:
            done = await machine.command(name, **arguments)
        except Refusal as refusal:
            self._trace.note(machine.host, f"{name} {shown}: {refusal}")
            return "refused"
        except (StorageUnavailable, Crashed) as error:
            self._trace.note(machine.host, f"{name} {shown}: {type(error).__name__}")
            return None
        self._trace.note(machine.host, f"{name} {shown}: done")
        return done

    def _a_call(self) -> tuple[Machine, str] | None:
        if not self.promises.calls:
            return None
        uri = self._dice.choice(sorted(self.promises.calls))
        return next((m, uri) for m in self._initiatives if uri.startswith(f"{m.origin}/"))

    def _title(self) -> str:
        self._titles += 1
        return f"Title {self._titles}"


def actor_of(machine: Machine) -> str:
    return f"{machine.origin}/actors/garden"


async def live(people: People, actions: int, seconds: float, dice: random.Random) -> None:
    """`actions` of them over `seconds`, now and then several at once."""
    for _ in range(actions):
        if dice.random() < 0.7:
            await asyncio.sleep(dice.expovariate(actions * 0.7 / seconds))
        await people.act()
