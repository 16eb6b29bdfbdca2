"""Initiatives are added, edited and removed; their followers hear of it."""

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from federation.actors import read_actor
from federation.documents import loads
from federation.integrity_proofs import verify_by_owner
from server.feature import Refusal
from tests.fediverse import Fediverse, Node, paths_in

pytestmark = pytest.mark.anyio

ACTOR = "/actors/garden"


@pytest.fixture
async def garden(fediverse: Fediverse) -> Node:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Сад")
    return node


def picture(colour: str = "red", size: int = 700) -> str:
    out = BytesIO()
    image = Image.new("RGB", (size, size), colour)
    image.save(out, "JPEG", exif=b"Exif\x00\x00secret-camera")
    return base64.b64encode(out.getvalue()).decode()


async def test_adding_makes_an_account_that_proves_itself(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    done = await node.command(
        "initiative.add", handle="garden", name="Сад", place="Kyiv", themes=["prisoners"]
    )
    assert done == {"uri": node.origin + ACTOR, "handle": "@garden@garden.example", "notes": []}
    body = (await node.get(ACTOR, accept="application/activity+json")).content
    document = loads(body)
    actor = read_actor(document, body, fediverse.clock.now())
    verify_by_owner(document, actor, now=fediverse.clock.now())
    assert (actor.type, actor.handle, actor.discoverable, actor.indexable) == (
        "Organization",
        "@garden@garden.example",
        True,
        True,
    )
    assert document["location"] == {"type": "Place", "name": "Kyiv, UA"}


@pytest.mark.parametrize(
    "handle", ["", "Garden", "gar den", ".garden", "garden.", "gar/den", "сад", "g" * 31, "../x", "g@x"]
)
async def test_a_handle_that_mastodon_could_not_find_is_refused(garden: Node, handle: str) -> None:
    with pytest.raises(Refusal):
        await garden.command("initiative.add", handle=handle, name="x")


@pytest.mark.parametrize("handle", ["a", "a.b", "a-b", "a_b", "_", "a1.-2", "g" * 30])
async def test_every_handle_that_mastodon_finds_is_taken(garden: Node, handle: str) -> None:
    assert (await garden.command("initiative.add", handle=handle, name="x"))["uri"].endswith(f"/{handle}")


@pytest.mark.parametrize("handle", ["hub", "instance", "garden"])
async def test_the_servers_own_names_and_taken_ones_are_refused(garden: Node, handle: str) -> None:
    with pytest.raises(Refusal, match="choose another"):
        await garden.command("initiative.add", handle=handle, name="x")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"themes": ["war"]}, "cooperation"),
        ({"languages": ["ua"]}, "Ukrainian is uk"),
        ({"place": "Lenin Street 5"}, "no place"),
        ({"name": "x" * 101}, "100"),
        ({"name": ""}, "name is missing"),
        ({"summary": "x" * 5001}, "5000"),
        ({"links": [["Website", "javascript:alert(1)"]]}, "https://"),
        ({"links": ["https://x.example"]}, "pairs"),
        ({"links": [["a", "https://x.example/"]] * 9}, "8 or fewer"),
        ({"icon": "%%%"}, "base64"),
        ({"icon": base64.b64encode(b"<svg onload=alert(1)>").decode()}, "PNG, JPEG or WebP"),
        ({"colour": "red"}, "“colour”"),
        ({"name": 7}, "must be text"),
        ({"themes": [7]}, "list of words"),
    ],
)
async def test_a_mistake_is_told_in_one_sentence_and_changes_nothing(
    garden: Node, wrong: dict[str, Any], hint: str
) -> None:
    before = await garden.rows()
    with pytest.raises(Refusal, match=hint):
        await garden.command("initiative.add", **{"handle": "new", "name": "New"} | wrong)
    assert await garden.rows() == before
    assert not list(garden.services.paths.media.glob("*"))


async def test_a_place_that_can_lead_to_people_is_taken_with_a_warning(garden: Node) -> None:
    done = await garden.command("initiative.edit", handle="garden", place="Minsk")
    assert any("safer" in note for note in done["notes"])
    done = await garden.command("initiative.edit", handle="garden", place="undisclosed")
    assert done["notes"] == []


async def test_of_several_places_the_largest_is_taken_and_named(garden: Node) -> None:
    done = await garden.command("initiative.edit", handle="garden", place="Cambridge")
    assert any("Cambridge, GB" in note and "others" in note for note in done["notes"])
    done = await garden.command("initiative.edit", handle="garden", place="Frankfurt")
    assert done["notes"] == ["Took Frankfurt am Main, DE."]
    done = await garden.command("initiative.edit", handle="garden", place="Leipzig, DE")
    assert done["notes"] == []


async def test_followers_hear_of_an_edit_and_not_of_an_edit_that_changes_nothing(
    fediverse: Fediverse, garden: Node
) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("vera"), await garden.document(ACTOR))
    await garden.command("initiative.edit", handle="garden", name="Сад", languages=["en"])
    await fediverse.settle()
    assert mastodon.types() == ["Accept"]
    before = (await garden.document(ACTOR))["updated"]
    await garden.command(
        "initiative.edit", handle="garden", name="Наш сад", links=[["Web", "https://a.example/"]]
    )
    await fediverse.settle()
    actor = mastodon.last("Update")["object"]
    assert actor == await garden.document(ACTOR)
    assert (actor["name"], actor["updated"] > before) == ("Наш сад", True)


async def test_an_icon_is_made_anew_described_and_removed_with_what_it_was_for(garden: Node) -> None:
    media = garden.services.paths.media
    await garden.command("initiative.edit", handle="garden", icon=picture(), icon_alt="Яблуня")
    (first,) = media.iterdir()
    assert b"secret-camera" not in first.read_bytes()
    icon = (await garden.document(ACTOR))["icon"]
    assert icon == {
        "type": "Image",
        "mediaType": "image/png",
        "url": f"{garden.origin}/media/{first.name}",
        "name": "Яблуня",
    }
    assert (await garden.get(icon["url"])).headers["content-type"] == "image/png"
    await garden.command("initiative.edit", handle="garden", icon=picture("blue"))
    (second,) = media.iterdir()
    assert second != first
    await garden.command("initiative.edit", handle="garden", icon="")
    assert not list(media.iterdir())
    assert "icon" not in await garden.document(ACTOR)


async def test_removing_erases_everything_tells_everybody_and_keeps_the_handle_taken(
    fediverse: Fediverse, garden: Node
) -> None:
    mastodon, former = fediverse.neighbour("mastodon.test.example"), fediverse.neighbour("former.example")
    actor = await garden.document(ACTOR)
    for neighbour in (mastodon, former):
        await neighbour.follow(neighbour.account("vera"), actor)
    await garden.command("initiative.edit", handle="garden", icon=picture(), summary="Sentinel one")
    uri = (await garden.command("call.publish", handle="garden", title="T", text="Sentinel two"))["uri"]
    await fediverse.settle()
    await former.unfollow(former.account("vera"), actor)
    await fediverse.settle()

    await garden.command("initiative.remove", handle="garden")
    await fediverse.settle()
    for neighbour in (mastodon, former):
        delete = neighbour.last("Delete")
        assert (delete["actor"], delete["object"]) == (actor["id"], actor["id"])
    for path in (ACTOR, "/@garden", uri):
        gone = await garden.get(path, accept="application/activity+json")
        assert (gone.status_code, gone.json()["type"]) == (410, "Tombstone")
        assert (await garden.get(path)).status_code in (303, 410)
    assert not list(garden.services.paths.media.iterdir())
    rows = await garden.rows()
    assert (rows["initiatives"], rows["initiative_links"], rows["followers"]) == (0, 0, 0)
    await garden.stop()
    data = garden.stored()
    assert b"Sentinel" not in data
    await garden.start()
    with pytest.raises(Refusal, match="never given away"):
        await garden.command("initiative.add", handle="garden", name="Another")
    with pytest.raises(Refusal, match="was removed"):
        await garden.command("initiative.edit", handle="garden", name="Another")


async def test_an_initiative_that_is_not_there_is_refused_with_those_that_are(garden: Node) -> None:
    for command in ("initiative.edit", "initiative.remove"):
        arguments = {"name": "x"} if command.endswith("edit") else {}
        with pytest.raises(Refusal, match="there are: garden"):
            await garden.command(command, handle="nobody", **arguments)


async def test_the_initiatives_of_an_instance_are_listed_a_line_each(garden: Node) -> None:
    await garden.command("initiative.add", handle="letters", name="Листи")
    assert await garden.command("initiative.list") == {
        "lines": ["@garden@garden.example  Сад", "@letters@garden.example  Листи"]
    }


async def test_the_page_says_all_without_script_and_nothing_dangerous(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command(
        "initiative.add",
        handle="garden",
        name="<script>alert(1)</script>",
        summary="<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1))",
        links=[['"><script>', "https://a.example/?q='x'&y"]],
        languages=["uk", "de"],
    )
    page = await node.get("/@garden")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "<strong>bold</strong>" in page.text
    assert "@garden@garden.example" in page.text
    assert "undisclosed" in page.text
    assert "read the feed instead" in page.text
    german = await node.get("/@garden?lang=de")
    assert '<html lang="de">' in german.text


async def test_servers_get_the_actor_at_the_page_and_nobody_is_not_found(garden: Node) -> None:
    assert (await garden.document("/@garden"))["id"] == garden.origin + ACTOR
    assert (await garden.get("/@nobody")).status_code == 404
    assert (await garden.get("/@nobody", accept="application/activity+json")).status_code == 404


async def test_nobody_is_named_in_what_an_initiative_publishes(fediverse: Fediverse, garden: Node) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("wasilissa"), await garden.document(ACTOR))
    await fediverse.settle()
    for path in (
        "/@garden",
        "/",
        "/directory.json",
        "/calls.json",
        "/feed.atom",
        f"{ACTOR}/followers",
        ACTOR,
    ):
        body = (await garden.get(path, accept="application/activity+json, text/html")).text
        assert "wasilissa" not in body
        assert "mastodon.test.example" not in body
    assert not [text for text in paths_in(json.loads(body)) if "wasilissa" in text]
