"""The desk's first page leads to what one edits; the owner of the server owns all of it."""

import pytest

from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("roles", "initiatives", "grants", "there"),
    [
        (["initiative"], [], [Grant("server", "owner")], "/desk/new-initiative"),
        (["initiative"], ["garden"], [Grant("server", "owner")], "/desk/@garden"),
        (["initiative"], ["garden", "letters"], [Grant("@letters", "editor")], "/desk/@letters"),
        (["hub"], [], [Grant("hub", "editor")], "/desk/hub"),
        (["hub"], [], [Grant("server", "owner")], "/desk/hub"),
    ],
)
async def test_whoever_has_one_place_is_led_there(
    fediverse: Fediverse, roles: list[str], initiatives: list[str], grants: list[Grant], there: str
) -> None:
    node = await fediverse.add("here.example", roles=roles)
    for handle in initiatives:
        await node.command("initiative.add", handle=handle, name=handle, languages=["en"])
    who = await person(node, *grants)
    answer = await who.get("/desk")
    assert (answer.status_code, answer.headers["location"]) == (303, there)


async def test_whoever_has_several_chooses(fediverse: Fediverse) -> None:
    node = await fediverse.add("here.example", roles=["initiative", "hub"])
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    owner = await person(node, Grant("server", "owner"))
    page = await owner.get("/desk")
    for path in ("/desk/hub", "/desk/@garden", "/desk/new-initiative"):
        assert f'href="{path}"' in page.text


async def test_whoever_has_nothing_reads_what_to_do(node: Node) -> None:
    who = await person(node)
    assert "can send you an invitation" in text_on(await who.get("/desk"))


async def test_the_name_is_changed_and_free_again(node: Node) -> None:
    robin = await person(node, name="Robin")
    await person(node, name="Wren")
    taken = await robin.post("/desk/account/name", name="wren")
    assert (taken.status_code, "Choose another" in text_on(taken)) == (422, True)
    assert (await robin.post("/desk/account/name", name="Róbin")).status_code == 303
    assert (await robin.post("/desk/account/name", name="Heron")).status_code == 303
    assert "Heron" in text_on(await robin.get("/desk/account"))
    assert (await (await person(node)).get("/desk/account")).status_code == 200
    lines = (await node.command("account.list"))["lines"]
    assert lines == ["Heron  edits nothing", "Robin  edits nothing", "Wren  edits nothing"]


async def test_web_06_a_name_is_shown_literally(node: Node) -> None:
    who = await person(node, name="<b>{{ 7*7 }}</b>")
    page = await who.get("/desk/account")
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in page.text
    assert "49" not in text_on(page)


async def test_nobodys_name_is_public(node: Node) -> None:
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    await person(node, Grant("@garden", "owner"), name="Zaunkoenig")
    for path in ("/", "/@garden", "/directory.json", "/calls.json", "/sign-in", "/nodeinfo/2.1"):
        assert "Zaunkoenig" not in (await node.get(path)).text
    assert "Zaunkoenig" not in str(await node.document("/actors/garden"))


@pytest.mark.parametrize(
    "name",
    ["Rоbin", "R0bin", "Rob\u200bin", "rob in", "Ｒobin", "command line", "Cоmmand-Line", "командний рядок"],
)
async def test_nobody_decides_under_a_name_that_looks_like_somebody_elses(node: Node, name: str) -> None:
    """The log of decisions says by name who it was."""
    await person(node, name="Robin")
    wren = await person(node, name="Wren")
    answer = await wren.post("/desk/account/name", name=name)
    assert (answer.status_code, "Choose another" in text_on(answer)) == (422, True)
    assert (await wren.post("/desk/account/name", name="Wrén")).status_code == 303


async def test_a_newcomer_takes_no_name_that_looks_like_another(node: Node) -> None:
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    owner = await person(node, Grant("@garden", "owner"), name="Robin")
    page = await owner.post("/desk/people/invite", what="editor @garden")
    path = "/invitation/" + page.text.partition("/invitation/")[2][:26]
    new = "nine loud herons over ice"
    for name, status in (("Rоbin", 422), ("Sparrow", 200)):
        answer = await Person(node, "", "").send(path, {"name": name, "secret_new": new, "secret_again": new})
        assert answer.status_code == status
