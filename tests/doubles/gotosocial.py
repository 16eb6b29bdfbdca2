"""A server with GoToSocial's habits, as far as they decide whether it and ours understand each other.

Every GET of an actor or a post and every POST has to be signed (it cannot be told otherwise), requests without a
User-Agent get 418, keys lie under a path of their own, there is no shared inbox, signatures bear the label hs2019 over
RSA-SHA256, and a Create is kept only from somebody who is followed or when it mentions somebody here. What it looks up
it asks for in the name of whoever wants to know.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from federation.keys import RsaPrivateKey
from federation.ports import Clock
from tests.doubles.gotosocial_shows import ShownActor, ShownStatus, shown_actor, shown_status
from tests.doubles.gotosocial_wire import ACTIVITY_JSON, LD_JSON, Json, Refused, User, Wire
from tests.fediverse import Fediverse

TAKEN = (ACTIVITY_JSON, "application/ld+json", LD_JSON)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def gotosocial(fediverse: Fediverse, host: str) -> "GoToSocial":
    """Such a server at https://`host`."""
    double = GoToSocial(host, fediverse.clock, fediverse.network, fediverse.make_rsa)
    fediverse.doubles[host] = double
    return double


class GoToSocial:
    """`refused` lists what it would not take: method, path, status, in order."""

    def __init__(
        self,
        host: str,
        clock: Clock,
        network: httpx2.AsyncBaseTransport,
        make_rsa: Callable[[], RsaPrivateKey],
    ) -> None:
        self.host = host
        self.origin = f"https://{host}"
        self.users: dict[str, User] = {}
        self.actors: dict[str, ShownActor] = {}
        self.statuses: dict[str, ShownStatus] = {}
        self.pictures: dict[str, bytes] = {}
        self.refused: list[tuple[str, str, int]] = []
        self.wire = Wire(self.origin, clock, network)
        self._make_rsa = make_rsa
        self._numbers = 0
        self.instance = self.user(host)

    def user(self, name: str) -> User:
        if name not in self.users:
            self.users[name] = User(name, f"{self.origin}/users/{name}", self._make_rsa())
        return self.users[name]

    @property
    def timeline(self) -> list[ShownStatus]:
        """What followers here see, newest first."""
        return sorted(self.statuses.values(), key=lambda status: status.published, reverse=True)

    # What its people do

    async def look_up(self, user: User, handle: str) -> ShownActor:
        """From "@name@host" to the profile: WebFinger, then the actor in the user's name."""
        name, _, host = handle.removeprefix("@").partition("@")
        subject, actor_id = await self.wire.finger(name, host)
        document = await self.dereference(user, actor_id)
        # The account's own host has the last word on its domain.
        confirmed, again = await self.wire.finger(document["preferredUsername"], urlsplit(actor_id).netloc)
        if again != actor_id or document["id"] != actor_id:
            raise AssertionError(f"{handle} does not lead back to itself: {again}")
        return await self._show(user, document, confirmed or subject)

    async def follow(self, user: User, handle: str) -> ShownActor:
        actor = await self.look_up(user, handle)
        user.following.setdefault(actor.id, False)
        await self.wire.post(user, actor.inbox, self._follow(user, actor.id))
        return actor

    async def unfollow(self, user: User, actor: ShownActor) -> None:
        """With the Follow inside, as it always sends it."""
        del user.following[actor.id]
        undo = {"type": "Undo", "actor": user.id, "object": self._follow(user, actor.id), "to": actor.id}
        await self.wire.post(user, actor.inbox, self._activity(user, "undo", undo))

    async def delete_account(self, user: User) -> None:
        """Tells whom it follows and who follows it; from then on it answers 410."""
        user.deleted = True
        delete = self._activity(
            user, "delete", {"type": "Delete", "actor": user.id, "object": user.id, "to": PUBLIC}
        )
        for actor_id in {*user.following, *user.followers}:
            await self.wire.post(user, self.actors[actor_id].inbox, delete)

    async def dereference(self, user: User, url: str) -> Json:
        """A document in the user's name; the request is repeated without its query when that is refused."""
        response = await self.wire.get(user, url)
        if response.status_code == 401 and "?" in url:
            response = await self.wire.get(user, url, without_query=True)
        if response.status_code != 200:
            raise AssertionError(f"{url} answered {response.status_code}")
        assert response.headers["content-type"].startswith((ACTIVITY_JSON, "application/ld+json"))
        document: Json = response.json()
        assert document["id"] == url, (document["id"], url)
        return document

    # What others get of it

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        try:
            if not request.headers.get("user-agent", ""):
                raise Refused(418)
            if request.method == "POST":
                return await self._take(request)
            return await self._answer_get(request, path)
        except Refused as refused:
            self.refused.append((request.method, path, refused.status))
            return httpx2.Response(refused.status)

    async def _answer_get(self, request: httpx2.Request, path: str) -> httpx2.Response:
        if path == "/.well-known/webfinger":
            return self._webfinger(request.url.params.get("resource", ""))
        if path == "/.well-known/nodeinfo":
            rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
            return _json({"links": [{"rel": rel, "href": f"{self.origin}/nodeinfo/2.0"}]})
        if path == "/nodeinfo/2.0":
            return _json({"version": "2.0", "software": {"name": "gotosocial", "version": "0.20.0"}})
        name = path.removeprefix("/users/").removesuffix("/main-key")
        user = self.users.get(name) if path.startswith("/users/") else None
        if user is None:
            raise Refused(404)
        if user.deleted:
            raise Refused(410)
        if path.endswith("/main-key"):
            # The one document without a signature, or two such servers could not meet.
            return _json(self._key_stub(user), ACTIVITY_JSON)
        await self.wire.require_signature(request, b"", self.instance)
        return _json(self._document(user), ACTIVITY_JSON)

    def _webfinger(self, resource: str) -> httpx2.Response:
        name = resource.removeprefix("acct:").removesuffix(f"@{self.host}")
        user = self.users.get(name)
        if user is None or user.deleted:
            raise Refused(410 if user else 404)
        link = {"rel": "self", "type": ACTIVITY_JSON, "href": user.id}
        return _json({"subject": f"acct:{name}@{self.host}", "links": [link]}, "application/jrd+json")

    def _key_stub(self, user: User) -> Json:
        key = {"id": user.key_id, "owner": user.id, "publicKeyPem": user.private.public.pem}
        return {
            "@context": ["https://w3id.org/security/v1", "https://www.w3.org/ns/activitystreams"],
            "id": user.id,
            "type": "Person",
            "preferredUsername": user.name,
            "publicKey": key,
        }

    def _document(self, user: User) -> Json:
        return {
            **self._key_stub(user),
            "type": "Application" if user is self.instance else "Person",
            "name": user.name.title(),
            "inbox": f"{user.id}/inbox",
            "outbox": f"{user.id}/outbox",
            "followers": f"{user.id}/followers",
            "following": f"{user.id}/following",
            "featured": f"{user.id}/collections/featured",
            "manuallyApprovesFollowers": False,
            "discoverable": False,
            "url": f"{self.origin}/@{user.name}",
        }

    # What comes in

    async def _take(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        if request.headers.get("content-type") not in TAKEN:
            raise Refused(406)
        name = request.url.path.removeprefix("/users/").removesuffix("/inbox")
        user = self.users.get(name) if request.url.path.endswith("/inbox") else None
        if user is None:
            raise Refused(404)
        signer = await self.wire.require_signature(request, body, user)
        activity: Json = json.loads(body)
        if activity["actor"] != signer:
            raise Refused(403)
        take = {
            "Follow": self._take_follow,
            "Accept": self._take_accept,
            "Reject": self._take_reject,
            "Undo": self._take_undo,
            "Create": self._take_create,
            "Announce": self._take_announce,
            "Update": self._take_update,
            "Delete": self._take_delete,
        }.get(activity["type"])
        if take is not None:
            await take(user, activity)
        return httpx2.Response(202)

    async def _take_follow(self, user: User, activity: Json) -> None:
        """Open accounts accept at once, with the Follow inside."""
        if activity["object"] != user.id:
            raise Refused(403)
        actor = await self._known(user, activity["actor"])
        user.followers[actor.id] = activity["id"]
        follow = {name: activity[name] for name in ("id", "type", "actor", "object")}
        accept = {"type": "Accept", "actor": user.id, "object": follow, "to": actor.id}
        await self.wire.post(user, actor.inbox, self._activity(user, "accepts", accept))

    async def _take_accept(self, user: User, activity: Json) -> None:
        if activity["actor"] in user.following and self._is_own_follow(user, activity):
            user.following[activity["actor"]] = True

    async def _take_reject(self, user: User, activity: Json) -> None:
        if self._is_own_follow(user, activity):
            user.following.pop(activity["actor"], None)

    def _is_own_follow(self, user: User, activity: Json) -> bool:
        follow = activity["object"]
        own = self._follow(user, activity["actor"])
        return bool((follow["id"] if isinstance(follow, dict) else follow) == own["id"])

    async def _take_undo(self, user: User, activity: Json) -> None:
        undone = activity["object"]
        if isinstance(undone, dict) and undone.get("type") == "Follow":
            user.followers.pop(activity["actor"], None)
        elif isinstance(undone, dict) and undone.get("type") == "Announce":
            held = self.statuses.get(undone["object"])
            if held is not None:
                self.statuses[held.id] = replace(held, boosted_by=None)

    async def _take_create(self, user: User, activity: Json) -> None:
        """Without somebody here who follows, or is mentioned, it is dropped without a word."""
        note = activity["object"]
        mentioned = any(
            tag.get("href") == user.id for tag in note.get("tag", []) if tag.get("type") == "Mention"
        )
        if not (user.following.get(activity["actor"]) or mentioned):
            return
        if note["attributedTo"] != activity["actor"] or not _same_host(note["id"], activity["actor"]):
            raise Refused(403)
        self.statuses.setdefault(note["id"], shown_status(note))

    async def _take_announce(self, user: User, activity: Json) -> None:
        """The post is fetched from where it is from, in the name of whoever follows the one who passed it on."""
        if not user.following.get(activity["actor"]):
            return
        uri = activity["object"]
        if uri not in self.statuses:
            note = await self.dereference(user, uri)
            assert _same_host(note["attributedTo"], uri)
            await self._known(user, note["attributedTo"])
            self.statuses[uri] = shown_status(note)
        self.statuses[uri] = replace(self.statuses[uri], boosted_by=activity["actor"])

    async def _take_update(self, user: User, activity: Json) -> None:
        changed = activity["object"]
        if changed["id"] == activity["actor"]:
            if changed["id"] in self.actors:
                await self._show(user, changed, self.actors[changed["id"]].account)
            return
        held = self.statuses.get(changed["id"])
        if held is None:
            return
        if changed["attributedTo"] != activity["actor"] or held.author != activity["actor"]:
            raise Refused(403)
        new = shown_status(changed)
        if new.updated > held.updated:
            self.statuses[held.id] = replace(new, edited=True, boosted_by=held.boosted_by)

    async def _take_delete(self, user: User, activity: Json) -> None:
        gone = activity["object"]
        gone_id = gone["id"] if isinstance(gone, dict) else gone
        if gone_id == activity["actor"]:
            self.actors.pop(gone_id, None)
            for held in [held for held in self.statuses.values() if held.author == gone_id]:
                del self.statuses[held.id]
            for each in self.users.values():
                each.following.pop(gone_id, None)
                each.followers.pop(gone_id, None)
        elif gone_id in self.statuses:
            if self.statuses[gone_id].author != activity["actor"]:
                raise Refused(403)
            del self.statuses[gone_id]

    # Keeping what it knows

    async def _known(self, user: User, actor_id: str) -> ShownActor:
        if actor_id not in self.actors:
            document = await self.dereference(user, actor_id)
            account, found = await self.wire.finger(document["preferredUsername"], urlsplit(actor_id).netloc)
            assert found == actor_id
            await self._show(user, document, account)
        return self.actors[actor_id]

    async def _show(self, user: User, document: Mapping[str, Any], account: str) -> ShownActor:
        actor = shown_actor(document, account)
        if actor.icon is not None and actor.icon not in self.pictures:
            picture = await self.wire.get(user, actor.icon, accept="*/*")
            assert picture.headers["content-type"].startswith("image/"), picture.headers
            self.pictures[actor.icon] = picture.content
        self.actors[actor.id] = actor
        return actor

    def _follow(self, user: User, actor_id: str) -> Json:
        number = quote(actor_id, safe="")
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{user.id}/follow/{number}",
            "type": "Follow",
            "actor": user.id,
            "object": actor_id,
            "to": actor_id,
        }

    def _activity(self, user: User, kind: str, activity: Json) -> Json:
        self._numbers += 1
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{user.id}/{kind}/{self._numbers:026}",
            **activity,
        }


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).netloc == urlsplit(other).netloc


def _json(document: Json, media_type: str = "application/json") -> httpx2.Response:
    return httpx2.Response(200, content=json.dumps(document).encode(), headers={"content-type": media_type})
