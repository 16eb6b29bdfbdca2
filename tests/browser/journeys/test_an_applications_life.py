"""An initiative comes to a hub and goes again; what the hub's editor decides is seen by everybody it concerns."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop, comes_to_say
from tests.browser.people import give_code, give_passphrase
from tests.browser.site import Place

NAME = "Repair café"
CALLS = ("Repair a lamp", "Repair a chair")
REASON = "The shop behind it sells what is repaired."


def test_an_application_is_examined_admitted_edited_featured_and_removed(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    hub, house = workshop.hub, workshop.house
    workshop.initiative("repair", name=NAME, summary="We mend things.", themes=["education"])
    for title in CALLS:
        house.publish("repair", title=title, text="An hour on Sunday.", language="en")
    robin = signed_in(house, workshop.robin, "/desk/@repair/hubs")
    robin.get_by_label("Which hub").fill(hub.hub_handle)
    robin.get_by_role("button", name="Apply").click()
    comes_to_say(robin, "received, waiting for the hub's people", hub)

    kim = new_page()
    the_editor_signs_in_with_the_app(kim, workshop, looks_right)
    waiting = the_checks_are_shown_one_by_one(kim, hub, looks_right)
    it_is_admitted(kim, robin, hub, waiting, looks_right)
    reader = new_page()
    the_editor_sets_its_theme(kim, reader, hub, looks_right)
    a_call_is_put_first(kim, reader, hub, looks_right)
    it_is_removed(kim, f"@repair@{house.authority}", looks_right)
    the_log_tells_it_all(kim, looks_right)
    everybody_reads_the_reason(reader, hub, looks_right)
    comes_to_say(robin, "no longer listed", house)
    expect(robin.get_by_text(REASON).first).to_be_visible()
    looks_right(robin, "no-longer-listed")


def the_editor_signs_in_with_the_app(kim: Page, workshop: Workshop, looks_right: LooksRight) -> None:
    kim.goto(f"{workshop.hub.origin}/desk/hub")
    looks_right(kim, "sign-in")
    give_passphrase(kim, workshop.kim)
    looks_right(kim, "second-step")
    give_code(kim, workshop.kim)
    expect(kim.get_by_role("heading", level=1)).to_have_text("Directory")


def the_checks_are_shown_one_by_one(kim: Page, hub: Place, looks_right: LooksRight) -> int:
    """How many waited when the editor came."""
    badge = kim.get_by_role("navigation", name="Desk").get_by_role("link", name="Applications")
    expect(badge).to_have_text(re.compile(r"Applications [1-9]\d*"))
    looks_right(kim, "badge")
    waiting = int(badge.inner_text().split()[-1])
    badge.click()
    expect(kim.locator("main .call-card")).to_have_count(waiting)
    kim.get_by_role("link", name=NAME).click()
    comes_to_say(kim, "The profile is signed with the key it applied with.", hub)
    checks = kim.get_by_role("region", name="What was checked")
    for line in (
        "Its server answers and shows this account.",
        "leads to this account and back.",
        "No name here looks like this one.",
    ):
        expect(checks.get_by_role("listitem").filter(has_text=line)).to_contain_text("Fine")
    preview = kim.get_by_role("region", name="As others will see it")
    expect(preview).to_contain_text("We mend things.")
    expect(preview).to_contain_text(CALLS[0])
    looks_right(kim, "application")
    return waiting


def it_is_admitted(kim: Page, robin: Page, hub: Place, waiting: int, looks_right: LooksRight) -> None:
    kim.get_by_role("link", name="List it").click()
    looks_right(kim, "admit")
    kim.get_by_label("Reason").fill("Known from the neighbourhood.")
    kim.get_by_role("button", name="List it").click()
    expect(kim.get_by_role("status")).to_contain_text("It is listed now")
    badge = kim.get_by_role("navigation", name="Desk").get_by_role("link", name="Applications")
    expect(badge).to_have_text("Applications" if waiting == 1 else f"Applications {waiting - 1}")
    comes_to_say(robin, "Leave this hub", hub)
    for title in CALLS:
        comes_to_say(kim, title, hub)
    looks_right(kim, "listing")


def the_editor_sets_its_theme(kim: Page, reader: Page, hub: Place, looks_right: LooksRight) -> None:
    kim.get_by_role("link", name="Edit themes and place").click()
    themes = kim.get_by_role("group", name="Themes")
    expect(themes.get_by_role("checkbox", checked=True)).to_have_count(1)
    themes.get_by_role("checkbox", checked=True).uncheck()
    themes.get_by_label("Cooperation as equals").check()
    looks_right(kim, "edit-listing")
    kim.get_by_role("button", name="Save").click()
    expect(kim.get_by_role("status")).to_contain_text("Saved")
    looks_right(kim, "listing-edited")
    reader.goto(f"{hub.origin}/initiatives")
    reader.get_by_role("link", name=NAME).click()
    expect(reader.get_by_role("main")).to_contain_text("Cooperation as equals set by the editors of this hub")
    looks_right(reader, "initiative-with-a-theme-of-editors")


def a_call_is_put_first(kim: Page, reader: Page, hub: Place, looks_right: LooksRight) -> None:
    first = "main article h3, main .call-card h3"
    reader.goto(hub.origin)
    last = reader.locator(first).last.inner_text()
    assert last in CALLS
    assert reader.locator(first).first.inner_text() != last
    kim.get_by_role("listitem").filter(has_text=last).get_by_role("link", name="Put it first").click()
    looks_right(kim, "feature")
    kim.get_by_role("button", name="Put it first").click()
    expect(kim.get_by_role("status")).to_contain_text("The call stands first now")
    reader.goto(hub.origin)
    expect(reader.locator(first).first).to_have_text(last)
    looks_right(reader, "featured-on-the-first-page")


def it_is_removed(kim: Page, handle: str, looks_right: LooksRight) -> None:
    kim.get_by_role("link", name="Remove it from the directory").click()
    looks_right(kim, "remove")
    kim.get_by_role("button", name="Remove it from the directory").click()
    expect(kim.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    kim.get_by_label("Reason").fill(REASON)
    kim.get_by_label("to confirm").fill(handle)
    kim.get_by_role("button", name="Remove it from the directory").click()
    expect(kim.get_by_role("status")).to_contain_text("It is no longer listed")


def the_log_tells_it_all(kim: Page, looks_right: LooksRight) -> None:
    kim.get_by_role("link", name="Log", exact=True).click()
    lines = kim.locator("main ol li").filter(has_text=NAME).all_inner_texts()
    acts = ("Removed", "Call featured", "Themes and place", "Listed")
    assert len(lines) == len(acts)
    for line, act in zip(lines, acts, strict=True):
        assert act in line
        assert "by Kim" in line
    assert REASON in lines[0]
    assert "Known from the neighbourhood." in lines[-1]
    looks_right(kim, "log")


def everybody_reads_the_reason(reader: Page, hub: Place, looks_right: LooksRight) -> None:
    reader.goto(hub.origin)
    expect(reader.get_by_role("main")).not_to_contain_text("Repair a")
    reader.goto(f"{hub.origin}/decisions")
    expect(reader.get_by_role("listitem").filter(has_text=NAME).first).to_contain_text(REASON)
    expect(reader.get_by_role("main")).not_to_contain_text("Kim")
    looks_right(reader, "decisions")
