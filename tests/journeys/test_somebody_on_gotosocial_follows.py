"""Olga has an account on a GoToSocial server, which asks everybody for signatures. So may we."""

import base64
from io import BytesIO

import httpx2
import pytest
from PIL import Image

from federation.actors import fetch_actor
from server.fediverse import followers
from tests.doubles.gotosocial import GoToSocial, gotosocial
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio


async def an_initiative(fediverse: Fediverse, *, secure: bool) -> Node:
    garden = await fediverse.add("garten.example", roles=["initiative"], secure_mode=secure)
    icon = BytesIO()
    Image.new("RGB", (8, 8), "green").save(icon, "PNG")
    await garden.command(
        "initiative.add",
        handle="garten",
        name="Garten am Kanal",
        languages=["de", "en"],
        themes=["cooperation"],
        place="Leipzig",
        links=[["Seite", "https://garten.example/"]],
        icon=base64.b64encode(icon.getvalue()).decode(),
    )
    return garden


async def publish(garden: Node, **more: object) -> str:
    words = {
        "title": "Bäume pflanzen",
        "text": "Kommt *alle*.",
        "kind": "host",
        "size": "day",
        "themes": ["cooperation"],
    }
    uri: str = (await garden.command("call.publish", handle="garten", **(words | more)))["uri"]
    return uri


@pytest.fixture
def gts(fediverse: Fediverse) -> GoToSocial:
    return gotosocial(fediverse, "gts.example")


@pytest.mark.parametrize("secure", [False, True])
async def test_ac_1_8_follows_go_both_ways_and_a_call_arrives_between_servers_in_secure_mode(
    fediverse: Fediverse, gts: GoToSocial, secure: bool
) -> None:
    garden = await an_initiative(fediverse, secure=secure)
    olga = gts.user("olga")
    actor = await gts.follow(olga, "@garten@garten.example")
    assert olga.following == {actor.id: False}
    await fediverse.settle()
    assert olga.following == {actor.id: True}

    here = garden.services.here
    target = await fetch_actor(here.client, olga.id)
    await garden.services.database.write(lambda tx: followers.follow(tx, here, actor.id, target))
    await fediverse.settle()
    following = await garden.services.database.read(lambda tx: followers.following_of(tx, actor.id, olga.id))
    assert following is not None
    assert following.state == "accepted"
    assert list(olga.followers) == [actor.id]

    uri = await publish(garden)
    await fediverse.settle()
    assert [status.id for status in gts.timeline] == [uri]
    assert gts.refused == []

    await gts.unfollow(olga, actor)
    await publish(garden, title="Danach")
    await fediverse.settle()
    assert [status.id for status in gts.timeline] == [uri]


async def test_ac_4_2_name_fields_and_icon_are_shown_and_an_update_within_a_minute(
    fediverse: Fediverse, gts: GoToSocial
) -> None:
    garden = await an_initiative(fediverse, secure=False)
    actor = await gts.follow(gts.user("olga"), "@garten@garten.example")
    await fediverse.settle()
    assert (actor.name, actor.account) == ("Garten am Kanal", "garten@garten.example")
    assert ("Ort", "Leipzig, DE") in actor.fields
    assert ("Seite", "https://garten.example/") in actor.fields
    assert actor.icon is not None
    assert gts.pictures[actor.icon].startswith(b"\x89PNG")
    assert not actor.is_group

    fediverse.clock.advance(minutes=5)
    red = BytesIO()
    Image.new("RGB", (8, 8), "red").save(red, "PNG")
    await garden.command(
        "initiative.edit",
        handle="garten",
        name="Garten am Fluss",
        links=[["Laden", "https://laden.example/"]],
        icon=base64.b64encode(red.getvalue()).decode(),
    )
    fediverse.clock.advance(seconds=60)
    await fediverse.settle()
    shown = gts.actors[actor.id]
    assert shown.name == "Garten am Fluss"
    assert ("Laden", "https://laden.example/") in shown.fields
    assert "Seite" not in dict(shown.fields)
    assert shown.icon not in (None, actor.icon)
    assert set(gts.pictures) == {actor.icon, shown.icon}


@pytest.mark.parametrize("secure", [False, True])
async def test_ac_5_2_a_call_is_seen_found_by_its_tags_changed_and_taken_back(
    fediverse: Fediverse, gts: GoToSocial, secure: bool
) -> None:
    garden = await an_initiative(fediverse, secure=secure)
    await gts.follow(gts.user("olga"), "@garten@garten.example")
    await fediverse.settle()
    uri = await publish(garden)
    await fediverse.settle()
    (status,) = gts.timeline
    assert status.id == uri
    assert "Bäume pflanzen" in status.content
    assert "Kommt alle." in status.content
    assert status.warning == ""
    # the initiative's first language
    assert status.language == "de"
    assert status.hashtags
    assert all(f"#{tag}" in status.content.lower() for tag in status.hashtags)

    # An edit within the same second is shown as well.
    fediverse.clock.advance(seconds=0.01)
    await garden.command("call.edit", uri=uri, title="Sträucher pflanzen")
    await fediverse.settle()
    (status,) = gts.timeline
    assert status.edited
    assert "Sträucher pflanzen" in status.content
    assert "Bäume" not in status.content

    await garden.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert gts.timeline == []
    assert gts.refused == []


async def test_who_follows_nobody_gets_nothing(fediverse: Fediverse, gts: GoToSocial) -> None:
    """The double keeps what such a server keeps: else the tests above would prove little."""
    garden = await an_initiative(fediverse, secure=False)
    olga = gts.user("olga")
    actor = await gts.follow(olga, "@garten@garten.example")
    await fediverse.settle()
    olga.following.clear()
    await publish(garden)
    await fediverse.settle()
    assert gts.timeline == []
    assert actor.id in gts.actors


async def test_an_account_deleted_there_is_forgotten_here(fediverse: Fediverse, gts: GoToSocial) -> None:
    garden = await an_initiative(fediverse, secure=True)
    olga = gts.user("olga")
    actor = await gts.follow(olga, "@garten@garten.example")
    await fediverse.settle()
    assert await garden.services.database.read(lambda tx: followers.count(tx, actor.id)) == 1
    await gts.delete_account(olga)
    await fediverse.settle()
    assert await garden.services.database.read(lambda tx: followers.count(tx, actor.id)) == 0


async def test_an_initiative_deleted_here_vanishes_there(fediverse: Fediverse, gts: GoToSocial) -> None:
    garden = await an_initiative(fediverse, secure=True)
    olga = gts.user("olga")
    await gts.follow(olga, "@garten@garten.example")
    await fediverse.settle()
    await publish(garden)
    await fediverse.settle()
    await garden.command("initiative.remove", handle="garten")
    await fediverse.settle()
    assert (gts.timeline, gts.actors, olga.following) == ([], {}, {})


@pytest.mark.parametrize(("sent", "status"), [({}, 418), ({"user-agent": "x"}, 401)])
async def test_the_double_asks_of_others_what_its_model_asks(
    fediverse: Fediverse, gts: GoToSocial, sent: dict[str, str], status: int
) -> None:
    olga = gts.user("olga")
    for path, expected in (("", status), ("/main-key", 200 if sent else 418)):
        request = httpx2.Request("GET", olga.id + path, headers=sent)
        assert (await gts.answer(request)).status_code == expected
    post = httpx2.Request("POST", f"{olga.id}/inbox", headers={"user-agent": "x"}, content=b"{}")
    assert (await gts.answer(post)).status_code == 406


async def test_ac_1_8_a_hub_and_an_initiative_both_in_secure_mode_find_each_other(
    fediverse: Fediverse,
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"], secure_mode=True)
    garden = await an_initiative(fediverse, secure=True)
    await garden.command("hub.apply", handle="garten", hub="@hub@hub.example")
    await fediverse.settle()
    assert len((await hub.command("hub.applications"))["lines"]) == 1
    await hub.command("hub.admit", target="@garten@garten.example")
    await fediverse.settle()
    uri = await publish(garden)
    await fediverse.settle()
    calls = (await hub.get("/calls.json")).json()
    assert uri in str(calls)
