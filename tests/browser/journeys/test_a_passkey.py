"""A passkey as the second step, with an authenticator that the browser pretends to have."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop
from tests.browser.people import give_passphrase, make_first_account
from tests.browser.site import NamedPlace, set_up_link

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": False,
    "automaticPresenceSimulation": True,
}


def give_authenticator(page: Page) -> None:
    debugger = page.context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def test_a_passkey_is_added_and_signs_in(tmp_path: Path, new_page: NewPage, looks_right: LooksRight) -> None:
    with NamedPlace(tmp_path / "named", "hub", "Named") as named:
        page = new_page()
        give_authenticator(page)
        person = make_first_account(page, set_up_link(named), "Kim")
        page.get_by_role("link", name="Add a second step").click()
        looks_right(page, "add-a-second-step")
        page.get_by_role("link", name="Take a passkey instead").click()
        looks_right(page, "no-passkeys-yet")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_label("What you call it")).to_have_attribute("aria-invalid", "true")
        page.get_by_label("What you call it").fill("Blue stick")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("status")).to_contain_text("The passkey is added")
        expect(page.get_by_role("listitem").filter(has_text="Blue stick")).to_be_visible()
        looks_right(page, "passkey-added")
        page.goto(f"{named.origin}/desk/hub")
        expect(page.get_by_role("heading", level=1)).to_have_text("Directory")

        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{named.origin}/desk/hub")
        give_passphrase(page, person)
        looks_right(page, "second-step-by-passkey")
        page.get_by_role("button", name="Use your passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Directory")

        # Without script, or with the stick at home, a recovery code does.
        page = new_page(script=False)
        page.goto(f"{named.origin}/desk/hub")
        give_passphrase(page, person)
        expect(page.get_by_role("button", name="Use your passkey")).to_be_hidden()
        page.get_by_label("Recovery code").fill(person.codes.pop())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Directory")
        page.goto(f"{named.origin}/desk/account/passkeys")
        expect(page.get_by_role("link", name="Take an authenticator app instead")).to_be_visible()
        looks_right(page, "passkeys-without-script")


def test_at_an_address_without_a_name_none_is_offered(
    workshop: Workshop, signed_in: SignedIn, looks_right: LooksRight
) -> None:
    """Browsers refuse them there, so nobody shall try."""
    page = signed_in(workshop.house, workshop.robin, "/desk/account")
    give_authenticator(page)
    expect(page.get_by_role("main")).to_contain_text("browsers know passkeys only for servers with a name")
    page.get_by_role("link", name="Add an authenticator app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a second step")
    expect(page.get_by_role("link", name="passkey")).to_have_count(0)
    page.goto(f"{workshop.house.origin}/desk/account/passkeys")
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    looks_right(page, "no-passkeys-possible")
