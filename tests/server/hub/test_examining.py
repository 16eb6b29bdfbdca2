"""What is found out about an applicant, and what cannot trouble the hub in doing so."""

from html import escape
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.documents.profile import ProfileLink
from server.hub.curation import store
from server.hub.curation.alike import alike
from server.hub.curation.links_back import points_back
from server.hub.curation.model import MAX_LINKED_PAGE, MAX_LINKS, MAX_PREVIEWED, Finding
from server.hub.listings.store import KnownListing
from server.taxonomy.confusables import skeleton
from tests.people import text_on
from tests.server.hub.desk_world import APPLICATION, Desk
from tests.server.hub.small_hub import NOON, Initiative, SmallHub

pytestmark = pytest.mark.anyio

ME = "https://garten.example/actors/garten"


@pytest.mark.parametrize(
    "page",
    [
        f'<a rel="me" href="{ME}">we</a>',
        f"<A HREF='{ME}/' REL='nofollow ME noopener'>we</A>",
        f"<link rel=me href={ME}>",
        '<p><a rel="me"\n href="https://GARTEN.example/actors/garten#top">',
        '<a rel="me" href="&#104;ttps://garten.example/actors/garten">',
        f'<img alt="a > b"><a rel="me" href="{ME}">',
        f'<!--><a rel="me" href="{ME}">',
        f'<!-- <a> --><a\n/rel = "me"\thref= {ME} >',
        f'<script>"</scripts>"</script ><a rel=me href={ME}>',
        f'< a> 1 < 2 </> <a rel="me" href="{ME}">',
    ],
)
def test_a_page_points_back(page: str) -> None:
    assert points_back(page.encode(), [ME])


@pytest.mark.parametrize(
    "page",
    [
        f'<a href="{ME}">we</a>',
        f'<a rel="menu" href="{ME}">we</a>',
        f'<!-- <a rel="me" href="{ME}">we</a> -->',
        f'<script>"<a rel=me href={ME}>"</script>',
        f'<a rel="me" href="{ME}.evil.example">',
        f'<a rel="me" href="https://evil.example/{ME}">',
        '<a rel="me" href="/actors/garten">',
        f'<a rel="nofollow" rel="me" href="{ME}">',
        f'<meta rel="me" href="{ME}">',
        f'<img alt="<a rel=me href={ME}>">',
        f"<img alt='<a rel=me href={ME}>",
        f'<title><a rel="me" href="{ME}"></title>',
        f'<textarea><a rel="me" href="{ME}">',
        f'<template><a rel="me" href="{ME}"></template>',
        f'<style><a rel="me" href="{ME}"></style>',
        f'<a rel="me" href="{ME}"',
        f'<a rel="me" href="{ME}',
        f'<a rel="me" href="javascript:{ME}">',
        "",
    ],
)
def test_a_page_does_not_point_back(page: str) -> None:
    assert not points_back(page.encode(), [ME])


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!",
        "<!--",
        "<!x",
        "<?",
        "</",
        "</a",
        "<a",
        "<a/",
        "<a_",
        "<a_=",
        "<a_=_",
        "<a_'_",
        "<a_b='",
        '<a_b="',
        "<a>",
        "<script>",
        "<title><",
        "<!--_--_",
        "&#x",
        "&amp",
        "<script></scrip",
        "<![CDATA[",
        "<textarea></t",
        "<a_a=b_",
        "<a_rel=me_href=&_",
    ],
)
def test_res_15_no_page_whatever_takes_long(piece: str) -> None:
    """HTMLParser needed ten minutes for some of these."""
    text = piece.replace("_", " ").encode()
    page = (text * (MAX_LINKED_PAGE // len(text) + 1))[:MAX_LINKED_PAGE]
    began = process_time()
    assert not points_back(page, [ME])
    assert process_time() - began < 2


@given(st.binary(max_size=400))
def test_no_page_whatever_raises(page: bytes) -> None:
    assert points_back(page, [ME]) in (True, False)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.booleans())
def test_of_all_addresses_only_ours_points_back(path: str, ours: bool) -> None:
    href = ME if ours else f"https://other.example/{path}"
    page = f'<title>{escape(path)}</title><a class="x" rel="me" href="{escape(href)}">x</a>'
    assert points_back(page.encode(), [ME]) is ours


def known(name: str, handle: str) -> KnownListing:
    return KnownListing(handle, handle, handle, "listed", NOON, name, (), False, None, NOON)


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Gаrden", "@x@x.example"),  # the second letter is Cyrillic
        ("GARDEN", "@x@x.example"),
        ("Gardens", "@x@x.example"),
        ("Garden.", "@x@x.example"),
        ("Something else", "@gаrden@x.example"),
        ("Something else", "@garclen@x.example"),
    ],
)
def test_con_09_names_that_look_alike_are_found(name: str, handle: str) -> None:
    assert alike("me", name, handle, [known("Garden", "@garden@garden.example")])


@pytest.mark.parametrize(("name", "handle"), [("Forest", "@forest@x.example"), ("", "@g@x.example")])
def test_names_that_do_not_are_left_alone(name: str, handle: str) -> None:
    assert alike("me", name, handle, [known("Garden", "@garden@garden.example")]) == []


@given(st.text(max_size=60))
def test_any_text_has_a_skeleton_to_which_space_around_it_is_nothing(text: str) -> None:
    assert skeleton(f" {text} ") == skeleton(text)


async def findings(hub: SmallHub, actor_id: str) -> list[Finding]:
    found = await hub.services.database.read(lambda tx: store.examination_of(tx, actor_id))
    return [] if found is None else list(found.findings)


async def look(hub: SmallHub) -> None:
    hub.clock.advance(seconds=11)
    await hub.work()


async def test_each_link_is_asked_once_and_none_more_than_the_bound(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    links = tuple(ProfileLink(f"Page {n}", f"https://page{n}.example/") for n in range(MAX_LINKS + 2))
    initiative.serve(links=links)
    html = "text/html"
    hub.world.serve("https://page0.example/", f'<a rel="me" href="{initiative.id}">we</a>'.encode(), html)
    hub.world.serve("https://page1.example/", b"nothing here", html)
    hub.world.serve("https://page2.example/", b"x" * 300_000, html)
    hub.world.down.add("page3.example")
    await hub.apply(initiative)
    assert [url for url in hub.world.asked if "page" in url] == []
    await look(hub)
    asked = [url for url in hub.world.asked if "page" in url]
    assert asked == [f"https://page{n}.example/" for n in range(MAX_LINKS)]
    found = {finding.about: finding.answer for finding in await findings(hub, initiative.id) if finding.about}
    assert found == {
        "https://page0.example/": "yes",
        "https://page1.example/": "no",
        "https://page2.example/": "no",
        "https://page3.example/": "silent",
    }


async def test_who_applies_and_leaves_in_circles_makes_the_hub_ask_nobody(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    initiative.serve(links=(ProfileLink("Victim", "https://victim.example/"),))
    for _ in range(5):
        follow = await hub.apply(initiative)
        await hub.receive(initiative.activity("Undo", follow.id))
        hub.clock.advance(seconds=1)
    await look(hub)
    assert [url for url in hub.world.asked if "victim" in url] == []
    assert await hub.rows("hub_examinations") == []


async def test_an_account_that_changed_since_is_told_apart(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    hub.world.serve(initiative.id, initiative.document().replace(b"Garten am", b"Garden am"))
    for url in [url for url in hub.world.pages if "webfinger" in url]:
        del hub.world.pages[url]
    await look(hub)
    found = {finding.question: finding.answer for finding in await findings(hub, initiative.id)}
    assert (found["profile"], found["proof"]) == ("yes", "no")
    assert found["handle"] in ("no", "silent")


async def test_a_server_that_is_silent_now_is_said_to_be(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    hub.world.down.add(initiative.host)
    await look(hub)
    assert await findings(hub, initiative.id) == [Finding("profile", "silent")]


async def test_only_a_few_signed_open_calls_are_previewed(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    calls = [initiative.call(number) for number in range(1, MAX_PREVIEWED + 4)]
    for call in calls:
        initiative.serve_call(call)
    forged, closed = initiative.call(50), initiative.call(51, state="closed")
    hub.world.serve(forged.uri, initiative.note(forged).replace(b"Plant tree", b"Sell trees"))
    initiative.serve_call(closed)
    uris = [forged.uri, closed.uri, *(call.uri for call in calls)]
    initiative.serve_outbox(
        *({"type": "Create", "actor": initiative.id, "object": uri} for uri in uris),
        {"type": "Create", "actor": initiative.id, "object": "https://victim.example/1"},
    )
    await hub.apply(initiative)
    await look(hub)
    previewed = {row["uri"] for row in await hub.rows("hub_previewed_calls")}
    assert previewed == {call.uri for call in calls[:MAX_PREVIEWED]}
    assert await hub.rows("hub_calls") == []
    assert [url for url in hub.world.asked if "victim" in url] == []
    assert (await hub.get("/calls.json")).json()["total"] == 0
    await hub.command("hub.admit", target=initiative.at)
    assert await hub.rows("hub_previewed_calls") == []


async def test_e5_the_same_page_under_two_names_is_said(hub: SmallHub) -> None:
    garten, other = Initiative(hub.world), Initiative(hub.world, "other.example", "other")
    link = (ProfileLink("Website", "https://www.garten.example/about"),)
    garten.serve(links=link)
    other.serve(links=link, name="Other")
    await hub.admit(garten)
    await hub.apply(other)
    await look(hub)
    assert Finding("same-address", "yes", garten.at) in await findings(hub, other.id)


async def test_the_page_of_an_applicant_warns_of_what_looks_alike_and_of_blocked_neighbours(
    desk: Desk,
) -> None:
    await desk.admit()
    forest = await desk.fediverse.add("sub.garden.example", roles=["initiative"])
    await forest.command("initiative.add", handle="gardens", name="Gаrden")
    await forest.command("hub.apply", handle="gardens", hub="@hub@hub.example")
    await desk.fediverse.settle()
    await desk.hub.command("block.add", target="https://other.sub.garden.example")
    page = await desk.editor.get("/desk/hub/applications")
    path = page.text.split('href="/desk/hub/applications/')[1].split('"')[0]
    words = text_on(await desk.editor.get(f"/desk/hub/applications/{path}"))
    assert "Could be mistaken for ⁨Garden⁩, @garden@garden.example" in words
    assert "other.sub.garden.example⁩, which is blocked here" in words
    assert "being asked" in words


async def test_an_editor_has_it_checked_again(desk: Desk) -> None:
    await desk.apply()
    before = text_on(await desk.editor.get(APPLICATION))
    desk.fediverse.clock.advance(minutes=30)
    assert (await desk.editor.post(f"{APPLICATION}/check")).status_code == 303
    await desk.fediverse.settle()
    after = text_on(await desk.editor.get(APPLICATION))
    assert ("08:00 (UTC)." in before, "08:30 (UTC)." in after) == (True, True)
    assert await desk.acts() == []
