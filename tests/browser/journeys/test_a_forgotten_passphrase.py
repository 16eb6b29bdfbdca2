"""Whoever has forgotten the passphrase asks whoever runs the server, who has a command for it and no e-mail."""

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop
from tests.browser.people import PASSPHRASE, Person, give_passphrase, make_account

NEW = "nine loud storks under ground"


def test_a_link_from_the_command_line_lets_them_in_again(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    workshop.initiative("forgetful")
    house = workshop.house
    robin = signed_in(house, workshop.robin, "/desk/people/invite")
    robin.get_by_role("radio", name="edit the initiative @forgetful").check()
    robin.get_by_role("button", name="Make the link").click()
    sam = new_page(script=False)
    sam.goto(robin.locator("#invitation-link").inner_text())
    make_account(sam, "Sam", "Make the account and accept")

    link = house.command("account", "reset", "Sam").splitlines()[-1]
    sam.goto(f"{house.origin}/desk/@forgetful")
    expect(sam.get_by_role("heading", level=1)).to_have_text("Sign in")
    sam.goto(link)
    looks_right(sam, "a-new-passphrase")
    sam.get_by_label("Passphrase", exact=True).fill(NEW)
    sam.get_by_label("The same passphrase again").fill(NEW)
    sam.get_by_role("button", name="Set the passphrase and sign in").click()
    expect(sam.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    looks_right(sam, "new-codes")

    other = new_page(script=False)
    other.goto(f"{house.origin}/desk")
    give_passphrase(other, Person("Sam", [], PASSPHRASE))
    expect(other.get_by_role("alert")).to_contain_text("The name or the passphrase is not right")
    looks_right(other, "the-old-one-is-wrong")
    give_passphrase(other, Person("Sam", [], NEW))
    expect(other.get_by_role("heading", level=1)).to_have_text("Forgetful")


def test_the_page_that_asks_once_more_before_what_is_dangerous(
    workshop: Workshop, signed_in: SignedIn, looks_right: LooksRight
) -> None:
    """It comes five minutes after signing in; nobody waits for it here, so its form is made by hand."""
    page = signed_in(workshop.house, workshop.robin)
    page.evaluate(
        """() => {
            const form = document.querySelector("form[action='/sign-out']");
            form.action = "/sign-in/again";
            form.append(Object.assign(document.createElement("input"), {name: "secret_passphrase", value: "wrong"}));
            form.submit();
        }"""
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Your passphrase once more")
    expect(page.get_by_role("alert")).to_be_visible()
    looks_right(page, "once-more")
    page.get_by_label("Passphrase").fill(workshop.robin.passphrase)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
