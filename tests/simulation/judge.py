"""What must be true after every history (SAFETY 2.4.4): each function answers the sentences that are not."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from federation.documents import id_of
from server.initiative.replies.model import WAITING_KEPT
from tests.simulation.machine import Machine
from tests.simulation.network import Message
from tests.simulation.peers import FollowerServer, Said
from tests.simulation.people import People, Version, actor_of

FORGOTTEN = (WAITING_KEPT - timedelta(days=2)).total_seconds()
"""No editor works here: replies wait until they are forgotten, by clocks that may be a day off."""


class Answers:
    """What our machines answered to whom. Checked at the moment of the answer: a row that comes later came too late."""

    def __init__(self, machines: dict[str, Machine], people: People) -> None:
        self.broken: list[str] = []
        self._machines = machines
        self._people = people
        self._explained: dict[str, set[str]] = defaultdict(set)
        """By host: digests of activities that were answered with 2xx, or over which the machine crashed."""

    def heard(self, host: str, message: Message, status: int | None) -> None:
        if message.method != "POST" or not message.whole:
            return
        try:
            activity = json.loads(message.body)
            sender, activity_id = activity["actor"], activity["id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if not isinstance(sender, str) or not isinstance(activity_id, str):
            return
        digest = digest_of(sender, activity_id)
        if status is None or status < 300 or status >= 500:
            self._explained[host].add(digest)
        # Of strangers some words are ignored, which is a 202 as well.
        honest = not sender.endswith("/mallory") and not sender.startswith("https://hostile.")
        if status is None or status >= 300 or not honest or (host, sender) in self._people.blocked:
            return
        machine = self._machines[host]
        if id_of(activity.get("object")) == sender and not machine.rows(
            "SELECT 1 FROM remote_actors WHERE id = ?", sender
        ):
            # What somebody says of themselves to a server that has forgotten them is ignored as well.
            return
        if not machine.rows("SELECT 1 FROM received_activities WHERE digest = ?", digest):
            self.broken.append(f"{host} answered {status} to {activity_id} and does not have it")

    def refused_without_effect(self) -> Iterator[str]:
        for host, machine in self._machines.items():
            for (digest,) in machine.rows("SELECT digest FROM received_activities WHERE body_hash <> ''"):
                if digest not in self._explained[host]:
                    yield f"{host} took in an activity that it never said yes to: {digest}"


def digest_of(sender: str, said: str) -> str:
    """As `server/fediverse/received` knows an activity."""
    return hashlib.sha256(f"{sender}\n{said}".encode()).hexdigest()


def calls_of(machine: Machine) -> dict[str, Version]:
    """All of an initiative's calls, withdrawn ones too."""
    return {uri: (state, title) for uri, state, title in machine.rows("SELECT uri, state, title FROM calls")}


def promises_kept(people: People, initiatives: list[Machine]) -> Iterator[str]:
    """What a command confirmed is so; what it could not confirm is so or not, and nothing else."""
    there = {uri: version for machine in initiatives for uri, version in calls_of(machine).items()}
    for uri, allowed in people.promises.calls.items():
        if there.get(uri) not in allowed:
            yield f"{uri} is {there.get(uri)} and should be one of {sorted(allowed)}"
    for uri, (_, title) in there.items():
        if uri not in people.promises.calls and title not in people.promises.maybe:
            yield f"{uri} ({title}) was published by nobody"


def followers_have_everything(
    people: People, initiatives: list[Machine], followers: list[FollowerServer]
) -> Iterator[str]:
    """Who followed all the time and was never blocked shows each call as its initiative does."""
    for follower in followers:
        for activity_id in follower.clashes:
            yield f"{activity_id} came to {follower.host} with two bodies"
        shown = _shown(follower.arrived)
        for machine in initiatives:
            since = follower.accepted.get(people.first_follows[follower.host, machine.host])
            if since is None or not people.stayed(follower, machine):
                continue
            for uri, version in calls_of(machine).items():
                if people.promises.published.get(uri, -1.0) > since and shown.get(uri) != version:
                    yield f"{follower.host} shows {uri} as {shown.get(uri)}, and it is {version}"


def in_order(followers: list[FollowerServer]) -> Iterator[str]:
    """Versions of one object reach one server in the order in which they were made."""
    for follower in followers:
        latest: dict[str, str] = {}
        for said in follower.arrived:
            before = latest.get(said.object_id, "")
            now = "~" if said.kind == "Delete" else said.updated
            if now <= before:
                yield f"{follower.host} got {said.activity_id} ({said.kind} {now}) of {said.object_id} after {before}"
            latest[said.object_id] = now


def follows_agree(
    people: People, initiatives: list[Machine], followers: list[FollowerServer]
) -> Iterator[str]:
    for machine in initiatives:
        found = {actor for (actor,) in machine.rows("SELECT actor_id FROM followers")}
        for follower in followers:
            if (machine.host, follower.account) in people.blocked:
                if follower.account in found and people.confirmed_block(machine, follower):
                    yield f"{follower.host} is blocked at {machine.host} and follows it"
                continue
            wants = people.steady[follower.host, machine.host]
            if wants != (follower.account in found):
                yield f"{follower.host} follows {machine.host}: {wants} here, {not wants} there"
            if wants and follower.follows[actor_of(machine)] not in follower.accepted:
                yield f"{machine.host} never told {follower.host} that its Follow was accepted"


def effects_once(people: People, initiatives: list[Machine]) -> Iterator[str]:
    """A like is a number: a second effect of one activity shows in it."""
    for machine in initiatives:
        received = {digest for (digest,) in machine.rows("SELECT digest FROM received_activities")}
        # What came more than a month ago is known by its effect alone.
        pruned = machine.rows("SELECT 1 FROM counters WHERE name = 'activities_received' AND value > 0")
        counted = dict(machine.rows("SELECT call_uri, n FROM call_reactions WHERE kind = 'like'"))
        for uri, (state, _) in calls_of(machine).items():
            likes = people.promises.likes.get(uri, {})
            taken = sum(digest_of(account, like) in received for like, account in likes.items())
            most = len(likes) if pruned else taken
            if state != "withdrawn" and not taken <= counted.get(uri, 0) <= most:
                yield f"{uri} has {counted.get(uri, 0)} likes of {taken} activities"


def replies_agree(people: People, initiatives: list[Machine]) -> Iterator[str]:
    now = asyncio.get_running_loop().time()
    for machine in initiatives:
        found = {reply for (reply,) in machine.rows("SELECT id FROM call_replies")}
        withdrawn = {uri for uri, (state, _) in calls_of(machine).items() if state == "withdrawn"}
        for reply, (uri, account, wanted) in people.promises.replies.items():
            if not uri.startswith(f"{machine.origin}/") or (machine.host, account) in people.blocked:
                continue
            if wanted and reply not in found and now - people.promises.replied_at[reply] > FORGOTTEN:
                continue
            if (reply in found) != (wanted and uri not in withdrawn):
                yield f"the reply {reply} to {uri} should be {'there' if wanted else 'gone'}"


def hubs_agree(hubs: list[Machine], initiatives: list[Machine]) -> Iterator[str]:
    """Both sides know whether an initiative is listed, and a hub shows its calls as it published them last."""
    for hub in hubs:
        listed = dict(hub.rows("SELECT actor_id, state FROM hub_listings"))
        kept: dict[str, dict[str, Version]] = defaultdict(dict)
        for actor, uri, state, title in hub.rows("SELECT actor_id, uri, state, title FROM hub_calls"):
            kept[actor][uri] = (state, title)
        for machine in initiatives:
            actor = actor_of(machine)
            found = machine.rows("SELECT state FROM hub_applications WHERE hub = ?", f"@hub@{hub.host}")
            says = found[0][0] if found else "nothing"
            if (says == "listed") != (listed.get(actor) == "listed"):
                yield f"{hub.host} says {listed.get(actor)} of {machine.host}, which says {says}"
            living = {uri: v for uri, v in calls_of(machine).items() if v[0] != "withdrawn"}
            wanted = living if listed.get(actor) == "listed" else {}
            for uri in sorted({*wanted, *kept[actor]}):
                if wanted.get(uri) != kept[actor].get(uri):
                    yield f"{hub.host} shows {uri} as {kept[actor].get(uri)}, and it is {wanted.get(uri)}"


def nothing_left(machines: list[Machine], followers: list[FollowerServer]) -> Iterator[str]:
    """No lease is stuck, nothing waits for ever, and what is kept for a while only is bounded."""
    for machine in machines:
        for table in ("deliveries", "errands"):
            sql = f"SELECT COUNT(*), COUNT(lease_until) FROM {table} WHERE state = 'pending'"
            ((waiting, leased),) = machine.rows(sql)
            if waiting or leased:
                yield f"{machine.host} still has {waiting} {table} to do, {leased} leased"
        ((origins,),) = machine.rows("SELECT COUNT(*) FROM origins")
        ((actors,),) = machine.rows("SELECT COUNT(*) FROM remote_actors")
        known = len(machines) * 2 + len(followers) + 1
        if origins or actors > known:
            yield f"{machine.host} keeps {origins} breakers and {actors} actors, of {known} there are"
    for follower in followers:
        if follower.unsaid:
            yield f"{follower.host} is not heard: {follower.unsaid} activities"


def no_hostile_words(people: People, machines: list[Machine]) -> Iterator[str]:
    for machine in machines:
        kept = [
            (table, text)
            for table in ("calls", "hub_calls")
            for (text,) in machine.rows(f"SELECT document FROM {table}")
        ]
        for reply, actor, text in machine.rows("SELECT id, actor_id, content FROM call_replies"):
            author = people.promises.replies[reply][1] if reply in people.promises.replies else actor
            # Who is blocked is not heard, so nobody contradicts a neighbour who uses their address under its own name.
            if actor == author or (machine.host, author) not in people.blocked:
                kept.append(("call_replies", text))
        for table, text in kept:
            yield from (
                f"{machine.host} keeps {word} in {table}" for word in people.promises.tampered if word in text
            )


def _shown(arrived: list[Said]) -> dict[str, Version]:
    """As a server that takes each version as it comes."""
    shown: dict[str, Any] = {}
    for said in arrived:
        deleted = said.kind == "Delete"
        shown[said.object_id] = ("withdrawn", "") if deleted else (said.status, said.title)
    return shown
