"""Documents of the shapes that other software sends are understood or ignored without a word of complaint."""

import json
import sys
from functools import partial
from html import unescape
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.documents.rich_text import plain_text
from server.initiative.replies import actions
from server.initiative.replies import store as replies
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.fediverse import WORLD, Fediverse
from tests.neighbours import Account
from tests.peers.post_samples import Json, as_activity, documents_in, fake_actor, owner_of, play, send
from tests.people import text_on

QUIET = {"received_activities"}
"""An ignored activity leaves a digest, so that it is not looked at twice; nothing with a name in it."""


@pytest.mark.anyio
async def test_every_document_of_the_world_is_taken_without_complaint_and_leaves_no_name(
    tmp_path: Path,
) -> None:
    answers = await play(WORLD, tmp_path)
    assert len(answers) >= 30
    assert [(answer.name, answer.reason) for answer in answers if answer.status != 202] == []
    assert [(answer.name, answer.rows) for answer in answers if set(answer.rows) - QUIET] == []


@pytest.mark.anyio
async def test_the_same_shapes_are_refused_when_they_reach_for_somebody_we_know(tmp_path: Path) -> None:
    """The ignoring above must not open a door: an owner who follows us is protected from its neighbours."""
    name = "mobilizon.example/create_event_of_a_group.json"
    document = dict(documents_in(WORLD))[name]
    async with Fediverse(tmp_path) as fediverse:
        reader = await fediverse.add("reader.example", roles=["initiative", "hub"])
        garden = await reader.command("initiative.add", handle="garden", name="Garden")
        host = "mobilizon.example"
        group = fake_actor(fediverse.neighbour(host), document["attributedTo"])
        follow = await fediverse.neighbour(host).follow(group, await reader.document(garden["uri"]))
        answer = await send(fediverse, reader, host, name, document)
    assert owner_of(document) != document["attributedTo"]
    assert (follow.status_code, answer.status) == (202, 403)
    assert answer.rows == {}


def pasture() -> dict[str, Any]:
    """The inputs of fediverse-pasture-inputs. Its types name a class of another package for annotations only."""
    stand_ins = {name: ModuleType(name) for name in ("fediverse_pasture", *PASTURE_MODULES)}
    stand_ins[PASTURE_MODULES[-1]].__dict__["Entry"] = object
    sys.modules.update(stand_ins)
    return dict(import_module("fediverse_pasture_inputs").available)


PASTURE_MODULES = ("fediverse_pasture.runner", "fediverse_pasture.runner.entry")
NO_REPLIES = {
    # Answers to somebody else, by somebody else or two, without an address, of a type that is no post.
    *(("in_reply_to", number) for number in range(7)),
    ("attributed_to", 2),
    ("necessary_properties", 1),
    ("necessary_properties", 4),
    *(("object_types", number) for number in (7, 8, 9, 10, 13)),
    # Nothing is left of it once it is clean.
    ("html_tags", 26),
    ("html_tags", 27),
    ("html_tags_article", 26),
    ("html_tags_article", 27),
}


@pytest.mark.anyio
async def test_ac_10_4_every_input_of_the_pasture_is_read_or_cleanly_ignored(tmp_path: Path) -> None:
    """As a reply to a call, sent to an initiative and to a hub: 202 for all of them, since what is wrong with some is
    none of our business; what can be read stands on the public page after an editor's yes.
    """
    async with Fediverse(tmp_path) as fediverse:
        reader = await fediverse.add("reader.example", roles=["initiative", "hub"])
        garden = (await reader.command("initiative.add", handle="garden", name="Garden"))["uri"]
        neighbour = fediverse.neighbour("pasture.example")
        hub = reader.services.here.uris.actor(reader.services.here.settings.hub_handle)
        refused, missing, unread, tried = [], set(), [], 0
        for name, group in sorted(pasture().items()):
            call = (await reader.command("call.publish", handle="garden", title=name, text="x"))["uri"]
            for number, example in enumerate(group.examples):
                tried += 1
                fediverse.clock.advance(seconds=10)
                author = neighbour.account(f"{name}-{number}".replace("_", "-"))
                note = as_reply(author, call, example)
                for inbox in (garden, hub):
                    act = as_activity({**note, "id": note["id"] and f"{note['id']}-{inbox[-3:]}"}, author.id)
                    answer = await neighbour.send(author, f"{inbox}/inbox", act)
                    if answer.status_code != 202:
                        refused.append((name, number, answer.status_code, answer.text))
                waiting = await reader.services.database.read(partial(waiting_by, author.id))
                if len(waiting) != 2:
                    assert not waiting
                    missing.add((name, number))
                    continue
                await reader.services.database.write(partial(show_all, waiting))
                page = unescape(text_on(await reader.get(f"{call}/all-replies")))
                # Tags within a word leave no gap for a reader.
                if "".join(words_of(example).split()) not in "".join(page.split()):
                    unread.append((name, number, words_of(example)))
        assert tried > 250
        assert refused == []
        assert missing == NO_REPLIES
        assert unread == []


def as_reply(author: Account, call: str, example: Json) -> Json:
    """The base document of the pasture with what the example adds, takes away, or says otherwise."""
    note: Json = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{author.id}/1",
        "type": "Note",
        "attributedTo": author.id,
        "to": ["as:Public"],
        "published": "2026-11-23T07:00:00Z",
        "inReplyTo": call,
    }
    text = json.dumps(example).replace("http://pasture-one-actor/actor", author.id)
    return {**note, **json.loads(text.replace("http://pasture-one-actor", "https://pasture.example"))}


def words_of(example: Json) -> str:
    """What a reader is to find of it."""
    content = example.get("content") or next(iter(example["contentMap"].values()))
    return plain_text(content)


def waiting_by(actor_id: str, tx: Transaction) -> list[str]:
    sql = "SELECT id FROM call_replies WHERE actor_id = :actor_id AND state = 'waiting'"
    return [row["id"] for row in tx.all(Query("test", sql, "Of one.", Path()), actor_id=actor_id)]


def show_all(ids: list[str], tx: Transaction) -> None:
    for reply_id in ids:
        reply = replies.find(tx, reply_id)
        assert reply is not None
        assert actions.show(tx, reply, reply.version)
