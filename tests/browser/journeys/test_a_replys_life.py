"""Somebody answers a call from elsewhere: an editor looks, shows, hides for ever, and closes the call for replies."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop, comes_to_say
from tests.browser.people import give_passphrase, lose_session
from tests.browser.site import Place
from tests.browser.strangers import Stranger

KIND = "I can bring a ladder."
UNKIND = "You will regret this."
CHANGED = "I can bring two ladders."


def test_replies_wait_are_shown_hidden_for_ever_and_kept_out(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    house = workshop.house
    workshop.initiative("orchard")
    call = house.publish("orchard", title="Pick apples", text="Bring gloves.", language="en")
    editor = signed_in(house, workshop.robin, "/desk/@orchard", width=390, dark=True, script=False)
    reader = new_page(390, script=False)
    nothing_waits(editor, looks_right)
    with Stranger(48, "gardener") as kind, Stranger(48, "shouter") as unkind:
        kind.answers(call, "/notes/kind", f"<p>{KIND}</p>")
        unkind.answers(call, "/notes/unkind", f"<p>{UNKIND}</p>")
        they_wait_unseen(editor, reader, call, looks_right)
        one_is_shown(editor, reader, call, kind, looks_right)
        one_is_hidden_for_ever(editor, unkind, call, looks_right)
        numbers_are_for_the_desk(editor, reader, call, kind, house, looks_right)
        a_changed_one_waits_again(editor, reader, call, kind, looks_right)
        the_call_is_closed_for_replies(editor, call, unkind, house, looks_right)


def nothing_waits(editor: Page, looks_right: LooksRight) -> None:
    editor.get_by_role("link", name="Replies", exact=True).click()
    expect(editor.get_by_text("No reply waits.")).to_be_visible()
    looks_right(editor, "nothing-waits")


def they_wait_unseen(editor: Page, reader: Page, call: str, looks_right: LooksRight) -> None:
    editor.reload()
    badge = editor.get_by_role("navigation", name="Desk").get_by_role("link", name="Replies")
    expect(badge).to_have_text("Replies 2")
    rows = editor.get_by_role("main").get_by_role("listitem")
    expect(rows.filter(has_text=KIND).first).to_contain_text("@gardener@127.0.0.48")
    looks_right(editor, "two-wait")
    for address in (call, f"{call}/all-replies"):
        reader.goto(address)
        expect(reader.get_by_role("main")).not_to_contain_text(KIND)
    expect(reader.get_by_role("main")).to_contain_text("No reply is shown here.")
    looks_right(reader, "no-reply-is-shown")


def one_is_shown(editor: Page, reader: Page, call: str, kind: Stranger, looks_right: LooksRight) -> None:
    row_of(editor, KIND).get_by_role("button", name="Show it").click()
    expect(editor.get_by_role("status")).to_contain_text("stands on the call's page now")
    expect(editor.get_by_role("main")).not_to_contain_text(KIND)
    for address in (call, f"{call}/all-replies"):
        reader.goto(address)
        shown = reader.get_by_role("main").get_by_role("listitem").filter(has_text=KIND)
        expect(shown).to_contain_text(kind.handle)
        assert shown.get_by_role("link").first.get_attribute("href") == f"{kind.origin}/notes/kind.html"
        expect(reader.get_by_role("main")).not_to_contain_text(UNKIND)
        looks_right(reader, "shown")


def one_is_hidden_for_ever(editor: Page, unkind: Stranger, call: str, looks_right: LooksRight) -> None:
    row_of(editor, UNKIND).get_by_role("link", name="Hide it for ever").click()
    expect(editor.get_by_role("heading", level=1)).to_have_text("Hide a reply for ever")
    expect(editor.get_by_role("main")).to_contain_text(UNKIND)
    expect(editor.get_by_role("main")).to_contain_text("cannot be brought back")
    looks_right(editor, "hide-for-ever")
    editor.get_by_role("button", name="Hide it for ever").click()
    expect(editor.get_by_role("status")).to_contain_text("Its words are erased here")
    looks_right(editor, "hidden")
    unkind.answers(call, "/notes/unkind", f"<p>{UNKIND} Again.</p>", kind="Update")
    editor.reload()
    expect(editor.get_by_role("main")).not_to_contain_text(UNKIND)
    # Whoever goes back to it reads that it is gone.
    editor.go_back()
    editor.reload()
    expect(editor.get_by_role("status")).to_contain_text("not here any more")


def numbers_are_for_the_desk(
    editor: Page, reader: Page, call: str, kind: Stranger, house: Place, looks_right: LooksRight
) -> None:
    for what in ("Like", "Announce"):
        kind.says(what, call, call)
    editor.goto(f"{house.origin}/desk/@orchard/calls/{call.rpartition('/')[2]}")
    expect(editor.get_by_role("region", name="Replies")).to_contain_text("1 like · passed on 1 time")
    looks_right(editor, "numbers")
    reader.goto(call)
    assert not re.search(r"\blike|passed on", reader.get_by_role("main").inner_text())


def a_changed_one_waits_again(
    editor: Page, reader: Page, call: str, kind: Stranger, looks_right: LooksRight
) -> None:
    """What an editor has read is shown, and nothing that was put in its place."""
    kind.answers(call, "/notes/kind", f"<p>{CHANGED}</p>", kind="Update")
    reader.reload()
    expect(reader.get_by_role("main")).not_to_contain_text("ladder")
    editor.get_by_role("link", name="Look at the replies").click()
    kind.answers(call, "/notes/kind", f"<p>{CHANGED} Tomorrow.</p>", kind="Update")
    row_of(editor, CHANGED).get_by_role("button", name="Show it").click()
    expect(editor.get_by_role("alert")).to_contain_text("It is not as you read it")
    expect(editor.get_by_role("main")).to_contain_text("Tomorrow.")
    looks_right(editor, "not-as-you-read-it")
    editor.get_by_role("button", name="Show it").click()
    expect(editor.get_by_role("status")).to_contain_text("stands on the call's page now")


def the_call_is_closed_for_replies(
    editor: Page, call: str, unkind: Stranger, house: Place, looks_right: LooksRight
) -> None:
    editor.goto(f"{house.origin}/desk/@orchard/replies/{call.rpartition('/')[2]}")
    expect(editor.get_by_role("region", name="On the call's page")).to_contain_text(CHANGED)
    editor.get_by_role("button", name="Close it for replies").click()
    expect(editor.get_by_role("status")).to_contain_text("Closed for replies.")
    looks_right(editor, "closed-for-replies")
    unkind.answers(call, "/notes/late", f"<p>{UNKIND}</p>")
    editor.reload()
    expect(editor.get_by_role("main")).not_to_contain_text(UNKIND)
    editor.get_by_role("button", name="Open it for replies").click()
    expect(editor.get_by_role("status")).to_contain_text("Open for replies again.")


def test_a_reply_is_not_hidden_by_a_form_that_was_sent_signed_out(
    workshop: Workshop, signed_in: SignedIn, looks_right: LooksRight
) -> None:
    house, robin = workshop.house, workshop.robin
    workshop.initiative("meadow")
    call = house.publish("meadow", title="Mow", text="With a scythe.", language="en")
    with Stranger(48, "mower") as stranger:
        stranger.answers(call, "/notes/mine", f"<p>{KIND}</p>")
    page = signed_in(house, robin, "/desk/@meadow/replies", width=390, script=False)
    page.get_by_role("link", name="Hide it for ever").click()
    lose_session(page)
    page.get_by_role("button", name="Hide it for ever").click()
    give_passphrase(page, robin)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hide a reply for ever")
    expect(page.get_by_role("main")).to_contain_text(KIND)
    looks_right(page, "hide-after-signing-in-again")
    lose_session(page)
    page.goto(f"{house.origin}/desk/@meadow/replies")
    give_passphrase(page, robin)
    lose_session(page)
    row_of(page, KIND).get_by_role("button", name="Show it").click()
    give_passphrase(page, robin)
    expect(page.get_by_role("heading", level=1)).to_have_text("Show a reply")
    looks_right(page, "show-after-signing-in-again")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("status")).to_contain_text("stands on the call's page now")
    comes_to_say(page, "1 reply is shown", house)


def row_of(page: Page, words: str) -> Locator:
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=words).first
