"""Documents of the shapes that other software sends are understood or ignored without a word of complaint."""

from pathlib import Path

import pytest

from tests.fediverse import WORLD, Fediverse
from tests.peers.post_samples import documents_in, fake_actor, owner_of, play, send

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
