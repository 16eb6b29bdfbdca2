"""An owner shares the work with somebody, and later takes it back; the link travels through a curious messenger."""

import urllib.request

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop
from tests.browser.people import PASSPHRASE, Person, make_account


def test_an_editor_is_invited_edits_and_loses_the_right(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    workshop.initiative("choir")
    workshop.initiative("bakery")
    house = workshop.house
    robin = signed_in(house, workshop.robin, "/desk/people", script=False)
    link = the_owner_makes_a_link(robin, looks_right)
    a_messenger_looks_at_it_first(link)

    alex = new_page(390, script=False)
    the_editor_accepts(alex, link, looks_right)
    answer = new_page(script=False).goto(link)
    assert answer is not None
    assert answer.status in (404, 410), "an invitation works once"
    the_editor_edits(alex, house.origin, looks_right)
    the_editor_sees_nothing_else(alex, house.origin, looks_right)

    other = new_page(script=False)
    other.goto(f"{house.origin}/desk")
    other.get_by_label("Your name here").fill("Alex")
    other.get_by_label("Passphrase").fill(PASSPHRASE)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Choir")

    the_owner_takes_it_away(robin, looks_right)
    for page in (alex, other):
        page.goto(f"{house.origin}/desk/@choir/calls")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    # Nor does the page that was still open.
    alex.go_back()


def the_owner_makes_a_link(robin: Page, looks_right: LooksRight) -> str:
    looks_right(robin, "people")
    robin.get_by_role("link", name="Invite somebody").click()
    looks_right(robin, "invite")
    robin.get_by_role("button", name="Make the link").click()
    expect(robin.get_by_role("alert")).to_be_visible()
    robin.get_by_role("radio", name="edit the initiative @choir").check()
    robin.get_by_role("button", name="Make the link").click()
    expect(robin.get_by_role("heading", level=1)).to_have_text("The invitation is ready")
    looks_right(robin, "invited")
    link = robin.locator("#invitation-link").inner_text()
    robin.get_by_role("link", name="People", exact=True).first.click()
    expect(robin.get_by_role("listitem").filter(has_text="An open invitation")).to_be_visible()
    expect(robin.get_by_role("main")).not_to_contain_text(link)
    looks_right(robin, "people-with-invitation")
    return link


def a_messenger_looks_at_it_first(link: str) -> None:
    """Messengers fetch what is sent through them, to show a preview."""
    for method in ("HEAD", "GET", "GET"):
        with urllib.request.urlopen(urllib.request.Request(link, method=method), timeout=10) as answer:
            assert answer.status == 200
            assert answer.headers.get("set-cookie") is None


def the_editor_accepts(alex: Page, link: str, looks_right: LooksRight) -> Person:
    alex.goto(link)
    looks_right(alex, "invitation")
    expect(alex.get_by_role("main")).to_contain_text("edit the initiative @choir")
    person = make_account(alex, "Alex", "Make the account and accept")
    alex.get_by_role("link", name="Go on", exact=True).click()
    expect(alex.get_by_role("heading", level=1)).to_have_text("Choir")
    looks_right(alex, "editors-first-page")
    return person


def the_editor_edits(alex: Page, origin: str, looks_right: LooksRight) -> None:
    alex.get_by_role("link", name="Profile", exact=True).click()
    alex.get_by_label("Summary").fill("We sing on Wednesdays.")
    alex.get_by_role("button", name="Save the profile").click()
    expect(alex.get_by_role("status")).to_contain_text("Saved")
    alex.goto(f"{origin}/@choir")
    expect(alex.get_by_role("main")).to_contain_text("We sing on Wednesdays.")


def the_editor_sees_nothing_else(alex: Page, origin: str, looks_right: LooksRight) -> None:
    alex.goto(f"{origin}/desk/people")
    expect(alex.get_by_role("main")).to_contain_text("You own nothing on this server")
    expect(alex.get_by_role("main")).not_to_contain_text("Robin")
    looks_right(alex, "people-for-an-editor")
    hidden = {
        "/desk/@bakery": 404,
        "/desk/@bakery/profile": 404,
        "/desk/@nobody": 404,
        "/desk/@choir/delete": 404,
        "/desk/new-initiative": 403,
        "/desk/people/invite": 403,
    }
    answers = {}
    for path in hidden:
        answer = alex.goto(origin + path)
        assert answer is not None
        answers[path] = answer.status
    assert answers == hidden


def the_owner_takes_it_away(robin: Page, looks_right: LooksRight) -> None:
    robin.reload()
    robin.get_by_role("link", name="Take it away from Alex").click()
    expect(robin.get_by_role("heading", level=1)).to_have_text("Take a right away")
    looks_right(robin, "take-away")
    robin.get_by_role("button", name="Take it away").click()
    expect(robin.get_by_role("status")).to_contain_text("The right is taken away")
    expect(robin.get_by_role("main")).not_to_contain_text("Alex")
