"""The main job with a follower on somebody else's software: real processes, real sockets, a real Fedify server.

An initiative and a hub run as `antipole serve`; the reader on the Fedify server follows both, a second reader
follows the hub alone. What arrives is judged by what their timelines show.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.contexts import dropped_terms
from tests.peers.fedify.driver import FedifyPeer
from tests.peers.instance import Instance, wait_until

pytestmark = pytest.mark.peer

Json = dict[str, Any]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SECONDS_TO_FOLLOWER = 10
SECONDS_TO_BOOST = 60


@dataclass(frozen=True, slots=True)
class World:
    """An initiative listed by a hub, a reader of both, and a reader of the hub alone."""

    initiative: Instance
    hub: Instance
    actor: str
    hub_actor: str
    reader: FedifyPeer
    hub_reader: FedifyPeer

    def publish(self, title: str, text: str, **options: str) -> str:
        options = {"title": title, "text": text, "language": "uk"} | options
        return self.initiative.command("call", "publish", "seed", **options).strip().splitlines()[-1]

    def call(self, verb: str, uri: str, **options: str) -> None:
        self.initiative.command("call", verb, uri, **options)

    def received(self, kind: str, uri: str) -> Json:
        """The activity of that kind about that object, as it came over the wire."""

        def found() -> list[Json]:
            return [one for one in self.reader.received() if (one["type"], one["object"]) == (kind, uri)]

        self.reader.wait(lambda: bool(found()), f"no {kind} of {uri} arrived", seconds=SECONDS_TO_BOOST)
        raw: Json = found()[-1]["raw"]
        return raw


def actor_of(instance: Instance, handle: str) -> str:
    _, jrd = instance.get(f"/.well-known/webfinger?resource=acct:{handle}@{instance.authority}")
    return next(str(link["href"]) for link in jrd["links"] if link["rel"] == "self")


@pytest.fixture(scope="module")
def world(fedify: FedifyPeer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("instances")
    with (
        Instance(folder / "hub", 22, "hub", "Hub of the tests") as hub,
        Instance(folder / "initiative", 21, "initiative", "Initiatives of the tests") as initiative,
        FedifyPeer(10) as hub_reader,
    ):
        initiative.command(
            "initiative",
            "add",
            "seed",
            name="Саджанці",
            summary="Ми садимо *дерева*.",
            language="uk",
            theme="education",
            place="Leipzig, DE",
        )
        handle = f"@seed@{initiative.authority}"
        initiative.command("hub", "apply", "seed", f"@hub@{hub.authority}")
        wait_until(
            lambda: any(line.startswith(handle) for line in hub.command("hub", "applications").splitlines()),
            "the application did not reach the hub",
            30,
            hub.log,
        )
        hub.command("hub", "admit", handle)
        wait_until(
            lambda: any(item["handle"] == handle for item in hub.get("/directory.json")[1]["items"]),
            "the admitted initiative is not in the directory",
            30,
            hub.log,
        )
        world = World(initiative, hub, actor_of(initiative, "seed"), actor_of(hub, "hub"), fedify, hub_reader)
        assert fedify.follow(handle)["actor"] == world.actor
        assert fedify.follow(f"@hub@{hub.authority}")["actor"] == world.hub_actor
        hub_reader.follow(f"@hub@{hub.authority}")
        yield world


def test_ac_8_1_a_call_reaches_a_follower_of_the_initiative_in_its_own_language(world: World) -> None:
    started = time.monotonic()
    uri = world.publish("Пишіть листи", "Один лист на тиждень **допомагає**.", size="minutes", kind="write")
    post = world.reader.wait_for_post(
        uri, lambda post: True, "the call is not shown", seconds=SECONDS_TO_FOLLOWER
    )
    assert time.monotonic() - started < SECONDS_TO_FOLLOWER
    assert (post["type"], post["author"], post["via"]) == ("Note", world.actor, "Create")
    assert post["language"] == "uk"
    assert post["contentMap"] == {"uk": post["content"]}
    for said in ("<strong>Пишіть листи</strong>", "<strong>допомагає</strong>"):
        assert said in post["content"]
    assert not post["edited"]
    assert not post["deleted"]


def test_ac_8_1_a_follower_of_the_hub_alone_sees_the_call_boosted_and_fetched_from_its_origin(
    world: World,
) -> None:
    uri = world.publish("Übersetzt mit", "Deutsch und Ukrainisch.", language="de", kind="translate")

    def boosted(post: Json) -> bool:
        return world.hub_actor in post["boostedBy"]

    there = world.hub_reader.wait_for_post(uri, boosted, "the call is not boosted", seconds=SECONDS_TO_BOOST)
    assert (there["via"], there["author"], there["language"]) == ("Announce", world.actor, "de")
    assert "Übersetzt mit" in there["content"]
    world.reader.wait_for_post(
        uri, boosted, "the boost did not reach the other reader", seconds=SECONDS_TO_BOOST
    )


def test_ac_8_1_an_edit_a_closing_and_a_withdrawal_arrive(world: World) -> None:
    uri = world.publish("Вчіть разом", "Щовівторка.")
    world.reader.wait_for_post(uri, lambda post: True, "the call is not shown")

    world.call("edit", uri, text="Щосереди.")
    edited = world.reader.wait_for_post(uri, lambda post: post["edited"], "the edit is not shown")
    assert "Щосереди." in edited["content"]
    assert "Щовівторка." not in edited["content"]
    assert datetime.fromisoformat(edited["updated"]) > datetime.fromisoformat(edited["published"])

    world.call("close", uri)
    closed = world.reader.wait_for_post(uri, lambda post: post["edits"] == 2, "the closing is not shown")
    first_line = closed["content"].partition("</p>")[0]
    assert "Вчіть разом" not in first_line, "the first line says that it is enough"
    assert "Щосереди." in closed["content"]
    assert closed["language"] == "uk"

    world.call("withdraw", uri)
    gone = world.reader.wait_for_post(uri, lambda post: post["deleted"], "the withdrawal is not shown")
    assert gone["content"] is None
    status, tombstone = world.initiative.get(uri, "application/activity+json")
    assert (status, tombstone["type"], tombstone["id"]) == (410, "Tombstone", uri)


def test_ac_5_7_two_edits_within_a_second_both_arrive_at_a_fedify_reader(world: World) -> None:
    uri = world.publish("Підписуйте", "Перше.")
    world.reader.wait_for_post(uri, lambda post: True, "the call is not shown")
    world.call("edit", uri, text="Друге.")
    world.call("edit", uri, text="Третє.")
    post = world.reader.wait_for_post(uri, lambda post: post["edits"] == 2, "an edit was lost")
    assert "Третє." in post["content"]


def test_ac_8_1_the_proofs_of_what_is_served_verify_strictly(world: World) -> None:
    uri = world.publish("Приходьте", "До парку.")
    for url, owner in ((uri, world.actor), (world.actor, world.actor)):
        answer = world.reader.verify_proof(url)
        assert (answer["verified"], answer["owner"], answer["reason"]) == (True, owner, None), url
    world.call("edit", uri, text="До бібліотеки.")
    assert world.reader.verify_proof(uri)["verified"], "the edited call is proved anew"

    call = world.initiative.document(uri)
    actor = world.initiative.document(world.actor)
    for document, change in (
        (call, {"content": call["content"].replace("бібліотеки", "лісу")}),
        (call, {"updated": call["published"]}),
        (actor, {"inbox": "http://127.0.0.99/inbox"}),
        (actor, {"name": "Somebody else"}),
    ):
        tampered = world.reader.verify_proof(document["id"], document | change)
        assert (tampered["verified"], tampered["reason"]) == (False, "the proof does not verify"), change


def test_ac_4_1_the_served_actor_has_every_field_and_no_dropped_term(world: World) -> None:
    document = world.initiative.document(world.actor)
    for member in (
        *("@context", "id", "type", "preferredUsername", "webfinger", "name", "summary", "url", "inbox"),
        *("outbox", "followers", "following", "featured", "endpoints", "published", "updated"),
        *("manuallyApprovesFollowers", "discoverable", "indexable", "location", "attachment"),
        *("publicKey", "assertionMethod", "proof"),
    ):
        assert member in document, member
    assert dropped_terms(document) == []
    read = world.reader.parse(document, "Organization")
    assert (read["id"], read["name"]) == (world.actor, "Саджанці")
    assert read["inbox"] == document["inbox"]
    assert read["sharedInbox"] == document["endpoints"]["sharedInbox"]
    assert read["publicKeys"] == [{"id": document["publicKey"]["id"], "owner": world.actor}]
    assert len(read["assertionMethods"]) == 1


def test_ac_4_1_the_served_hub_and_instance_actors_drop_no_term(world: World) -> None:
    for url, actor_type in ((world.hub_actor, "Group"), (f"{world.hub.origin}/actor", "Application")):
        document = world.hub.document(url)
        assert dropped_terms(document) == [], url
        assert world.reader.parse(document, actor_type)["inbox"] == document["inbox"]


def test_ac_5_1_what_comes_over_the_wire_is_read_by_fedify_and_drops_no_term(world: World) -> None:
    uri = world.publish(
        "Допоможіть",
        "Нам потрібні руки.",
        kind="skill",
        size="day",
        theme="education",
        start="2027-05-01T10:00:00+02:00",
        deadline="2027-04-30",
        place="Leipzig, DE",
        link="https://seed.example/help",
    )
    announce = world.received("Announce", uri)
    world.call("close", uri)
    update = world.received("Update", uri)
    world.call("withdraw", uri)
    delete = world.received("Delete", uri)
    create = world.received("Create", uri)
    for activity in (create, update, delete, announce):
        assert dropped_terms(activity) == [], activity["type"]
        read = world.reader.parse(activity, activity["type"])
        assert read["objects"] == [uri]
        assert PUBLIC in read["to"] + read["cc"]
    assert isinstance(announce["object"], str), "a hub announces by URI"
    assert world.reader.parse(create, "Create")["object"]["startTime"] == "2027-05-01T08:00:00Z"
    assert delete["object"]["type"] == "Tombstone"


def test_ac_5_1_served_documents_are_read_by_fedify_and_drop_no_term(world: World) -> None:
    uri = world.publish("Читайте", "Разом.")
    actor = world.initiative.document(world.actor)
    for url, type_name in (
        (uri, "Note"),
        (actor["outbox"], "OrderedCollection"),
        (actor["featured"], "OrderedCollection"),
        (actor["followers"], "OrderedCollection"),
    ):
        document = world.initiative.document(url)
        assert dropped_terms(document) == [], url
        assert world.reader.parse(document, type_name)["id"] == url


def test_a_reader_who_unfollows_gets_no_more(world: World) -> None:
    with FedifyPeer(11) as passing:
        passing.follow(world.actor)
        before = world.initiative.stats()["followers"]
        passing.unfollow(world.actor)
        wait_until(
            lambda: world.initiative.stats()["followers"] == before - 1,
            "the Undo was not taken in",
            10,
            world.initiative.log,
        )
        uri = world.publish("Останнє", "Для тих, хто залишився.")
        world.reader.wait_for_post(uri, lambda post: True, "the call is not shown")
        assert not [one for one in passing.received() if one["object"] == uri]
