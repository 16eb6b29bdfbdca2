"""The hub's desk: every page opens, every act is done once and said, and what is wrong is said beside its field."""

import pytest

from server.hub.listings.model import short_id
from server.web.identity import Grant
from tests.people import person, text_on
from tests.server.hub.desk_world import APPLICATION, AT, GARDEN, LISTING, Desk

pytestmark = pytest.mark.anyio

ALWAYS = [
    "/desk/hub",
    "/desk/hub/applications",
    "/desk/hub/listings",
    "/desk/hub/announcements",
    "/desk/hub/announcements/cap",
    "/desk/hub/blocks",
    "/desk/hub/blocks/add",
    "/desk/hub/blocks/import",
    "/desk/hub/reports",
    "/desk/hub/log",
    "/desk/hub/pages",
    "/desk/hub/pages/rules/uk",
]
OF_OWNERS = {"/desk/hub/announcements/cap", "/desk/hub/pages", "/desk/hub/pages/rules/uk"}


@pytest.mark.parametrize("path", ALWAYS)
async def test_a_page_of_the_desk_opens_for_its_editors_and_for_nobody_else(desk: Desk, path: str) -> None:
    for language in ("en", "uk", "ru", "de"):
        page = await desk.owner.get(path, **{"accept-language": language})
        assert page.status_code == 200
        assert page.headers["content-language"] == language
        assert page.text.count("<h1") == 1
        assert "style=" not in page.text
        assert "<script" not in page.text
    assert (await desk.editor.get(path)).status_code == (403 if path in OF_OWNERS else 200)
    somebody = await person(desk.hub, Grant("@garden", "owner"))
    assert (await somebody.get(path)).status_code == 403
    assert (await desk.hub.get(path)).status_code == 303


async def test_what_is_dangerous_asks_for_the_passphrase_again(desk: Desk) -> None:
    await desk.admit()
    stale = await person(desk.hub, Grant("hub", "owner"), fresh=False)
    for path in (f"{LISTING}/remove", "/desk/hub/blocks/add"):
        assert (await stale.get(path)).status_code != 200
        answer = await stale.post(
            path, reason="x", **({"target": GARDEN} if "blocks" in path else {"confirm": AT})
        )
        assert "removed" not in await desk.acts()
    assert answer.status_code != 303 or "done=" not in answer.headers["location"]
    assert await desk.acts() == ["admit"]


async def test_an_application_shows_profile_calls_and_checks_and_gives_no_power(desk: Desk) -> None:
    await desk.publish("Plant a tree")
    await desk.apply()
    words = text_on(await desk.editor.get(APPLICATION))
    for expected in (
        AT,
        "Leipzig, DE",
        "Education",
        "Plant a tree",
        "leads to this account and back",
        "signed with",
    ):
        assert expected in words
    assert (await desk.hub.get("/calls.json")).json()["total"] == 0
    assert "1" in text_on(await desk.editor.get("/desk/hub"))
    menu = (await desk.editor.get("/desk/hub")).text
    assert '<span class="badge' in menu


async def test_what_was_previewed_goes_with_the_decision(desk: Desk) -> None:
    await desk.publish("Plant a tree")
    await desk.apply()
    assert (await desk.hub.rows())["hub_previewed_calls"] == 1
    answer = await desk.editor.post(f"{APPLICATION}/refuse", reason="Tell us more first.")
    assert answer.status_code == 303
    rows = await desk.hub.rows()
    assert (rows["hub_previewed_calls"], rows["hub_examinations"]) == (0, 0)


async def test_a_refusal_needs_a_reason_which_reaches_them(desk: Desk) -> None:
    await desk.apply()
    answer = await desk.editor.post(f"{APPLICATION}/refuse", reason="  ")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert await desk.acts() == []
    await desk.editor.post(f"{APPLICATION}/refuse", reason="Tell us \u202emore")
    await desk.fediverse.settle()
    (line,) = (await desk.garden.command("hub.memberships"))["lines"]
    assert "Tell us more" in line
    (decision,) = await desk.log()
    assert (decision.act, decision.by, decision.reason, decision.handle) == (
        "refuse",
        "Robin",
        "Tell us more",
        AT,
    )
    assert (await desk.editor.get(APPLICATION)).status_code == 404


async def test_two_editors_at_once_decide_once(desk: Desk) -> None:
    await desk.apply()
    assert (await desk.editor.post(f"{APPLICATION}/admit", reason="")).status_code == 303
    assert (await desk.owner.post(f"{APPLICATION}/refuse", reason="no")).status_code == 404
    assert await desk.acts() == ["admit"]


async def test_a_removal_is_typed_and_public(desk: Desk) -> None:
    await desk.admit()
    page = await desk.editor.get(f"{LISTING}/remove")
    assert "announced is taken back" in text_on(page)
    wrong = await desk.editor.post(f"{LISTING}/remove", reason="Gone astray", confirm="yes")
    assert wrong.status_code == 422
    assert "Gone astray" in wrong.text
    assert await desk.acts() == ["admit"]
    assert (await desk.editor.post(f"{LISTING}/remove", reason="Gone astray", confirm=AT)).status_code == 303
    await desk.fediverse.settle()
    assert (await desk.hub.get("/directory.json")).json()["total"] == 0
    public = text_on(await desk.hub.get("/decisions"))
    assert "Gone astray" in public
    assert "Robin" not in public
    assert text_on(await desk.editor.get(LISTING)).count("Gone astray") == 1


async def test_foreign_words_stay_words(desk: Desk) -> None:
    await desk.garden.command("initiative.edit", handle="garden", name="<b>Moc</b>\u202e {{ 7*7 }}")
    await desk.admit()
    for path in (
        LISTING,
        f"{LISTING}/edit",
        f"{LISTING}/remove",
        "/desk/hub/listings",
        "/desk/hub/log",
        "/decisions",
    ):
        page = await desk.editor.get(path)
        assert "<b>Moc" not in page.text
        assert "&lt;b&gt;Moc&lt;/b&gt; {{ 7*7 }}" in page.text, path
        assert "\u202e" not in page.text


async def test_listings_are_found_by_words_in_any_writing(desk: Desk) -> None:
    await desk.admit()
    for words, found in (
        ("GARDÉN", True),
        ("@garden@garden", True),
        ("forest", False),
        ("' OR 1=1--", False),
    ):
        page = await desk.editor.post("/desk/hub/listings", words=words, show="listed", theme="")
        assert (AT in text_on(page)) is found, words
    assert (
        await desk.editor.post("/desk/hub/listings", words="", show="nonsense", theme="")
    ).status_code == 200
    assert AT not in text_on(await desk.editor.get("/desk/hub/listings?show=disputed"))
    desk.fediverse.clock.advance(days=181)
    later = await person(desk.hub, Grant("hub", "editor"), name="Robin")
    assert AT in text_on(await later.get("/desk/hub/listings?show=stale"))
    assert "was not heard from" in text_on(await later.get("/desk/hub"))


async def test_what_is_not_there_is_404(desk: Desk) -> None:
    for path in (
        "/desk/hub/applications/nobody",
        "/desk/hub/applications/nobody/admit",
        "/desk/hub/listings/nobody",
        "/desk/hub/listings/nobody/edit",
        "/desk/hub/listings/nobody/remove",
        "/desk/hub/calls/nothing/feature",
        "/desk/hub/calls/nothing/hold",
        "/desk/hub/blocks/nobody/lift",
        "/desk/hub/reports/nothing",
        "/desk/hub/reports/nothing/forward",
        "/desk/hub/pages/other/en",
        "/desk/hub/pages/rules/fr",
    ):
        assert (await desk.owner.get(path)).status_code == 404, path
    assert (
        await desk.owner.post("/desk/hub/reports/nothing", outcome="settled", reason="")
    ).status_code == 404


async def test_unknown_fields_are_refused(desk: Desk) -> None:
    """WEB-10."""
    await desk.apply()
    assert (await desk.editor.post(f"{APPLICATION}/admit", reason="", state="listed")).status_code == 400
    assert await desk.acts() == []


async def test_the_cap_is_a_number_within_bounds_and_counts_from_then_on(desk: Desk) -> None:
    path = "/desk/hub/announcements/cap"
    for wrong in ("", "0", "101", "many", "١٢", "1e1"):
        assert (await desk.owner.post(path, cap=wrong, reason="")).status_code == 422, wrong
    assert (await desk.editor.post(path, cap="3", reason="")).status_code == 403
    assert (await desk.owner.post(path, cap="1", reason="too many")).status_code == 303
    assert (await desk.owner.post(path, cap="1", reason="again")).status_code == 303
    (decision,) = await desk.log()
    assert (decision.act, decision.about, decision.by) == ("announce-cap", "24 → 1", "Olena")
    await desk.admit()
    await desk.publish("Call 1", "Call 2", "Call 3")
    words = text_on(await desk.editor.get("/desk/hub/announcements"))
    assert "1 of 1 announcements" in words
    assert "at most 1 a day" in text_on(await desk.hub.get("/follow"))


async def test_a_call_is_held_back_and_let_go(desk: Desk) -> None:
    reader = desk.fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await desk.hub.document("/actors/hub"))
    await desk.owner.post("/desk/hub/announcements/cap", cap="1", reason="")
    await desk.admit()
    await desk.publish("First")
    (uri,) = await desk.publish("Second")
    assert reader.types().count("Announce") == 1
    path = f"/desk/hub/calls/{short_id(uri)}/hold"
    assert (await desk.editor.post(path, reason="not yet")).status_code == 303
    desk.fediverse.clock.advance(hours=17)
    await desk.fediverse.settle()
    assert reader.types().count("Announce") == 1
    tomorrow = await person(desk.hub, Grant("hub", "editor"), name="Robin")
    assert "Held back" in text_on(await tomorrow.get("/desk/hub/announcements"))
    assert (await tomorrow.post(path, reason="")).status_code == 303
    await desk.fediverse.settle()
    assert reader.types().count("Announce") == 2
    assert (await tomorrow.get(path)).status_code == 404
    assert [act for act in await desk.acts() if act in ("hold-back", "let-go")] == ["hold-back", "let-go"]
