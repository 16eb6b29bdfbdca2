"""Whoever writes for a long time is signed out meanwhile; nothing of it is lost, and nothing is done unasked."""

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop
from tests.browser.people import give_code, give_passphrase, lose_session

LONG = "\n\n".join(f"Paragraph {number}: “what” & <who>, ёїß 🕊." for number in range(1, 120))


def test_a_call_that_was_typed_for_long(
    workshop: Workshop, signed_in: SignedIn, looks_right: LooksRight
) -> None:
    workshop.initiative("readers")
    house, robin = workshop.house, workshop.robin
    page = signed_in(house, robin, "/desk/@readers/calls/new", width=390, script=False)
    witness = signed_in(house, robin, "/desk/@readers/calls", script=False)
    page.get_by_label("Title").fill("Read to somebody")
    page.get_by_label("Text", exact=True).fill(LONG)
    page.get_by_label("How long it takes").select_option(label="an hour")
    themes = page.get_by_role("group", name="Themes").get_by_role("checkbox")
    themes.nth(0).check()
    themes.nth(5).check()
    page.get_by_label("From anywhere, or undisclosed").check()

    lose_session(page)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("What you had typed is kept")).to_be_visible()
    looks_right(page, "sign-in-with-what-was-typed")
    give_passphrase(page, robin)

    expect(page.get_by_role("heading", level=1)).to_have_text("Write a call")
    expect(page.get_by_label("Title")).to_have_value("Read to somebody")
    expect(page.get_by_label("Text", exact=True)).to_have_value(LONG)
    expect(page.get_by_label("How long it takes").locator("option:checked")).to_have_text("an hour")
    assert [box.is_checked() for box in themes.all()] == [True, *[False] * 4, True, False]
    expect(page.get_by_label("From anywhere, or undisclosed")).to_be_checked()
    looks_right(page, "the-form-filled")
    witness.reload()
    expect(witness.get_by_role("main")).not_to_contain_text("Read to somebody")

    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("The draft is saved")
    expect(page.get_by_label("Text", exact=True)).to_have_value(LONG)
    witness.reload()
    expect(witness.get_by_role("link", name="Read to somebody")).to_be_visible()


def test_a_page_of_the_hub_with_the_second_step_between(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    hub, kim = workshop.hub, workshop.kim
    page = signed_in(hub, kim, "/desk/hub/pages/rules/en", script=False)
    page.get_by_label("Text", exact=True).fill(LONG)
    lose_session(page)
    page.get_by_role("button", name="Save").click()
    give_passphrase(page, kim)
    expect(page.get_by_text("What you had typed is kept")).to_be_visible()
    looks_right(page, "second-step-with-what-was-typed")
    give_code(page, kim)
    expect(page.get_by_label("Text", exact=True)).to_have_value(LONG)
    reader = new_page()
    reader.goto(f"{hub.origin}/rules")
    expect(reader.get_by_role("main")).not_to_contain_text("Paragraph 7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    reader.reload()
    expect(reader.get_by_role("main")).to_contain_text("Paragraph 7")


def test_a_form_from_before_signing_in_again_is_shown_not_executed(
    workshop: Workshop, signed_in: SignedIn
) -> None:
    """The session of a tab that stayed open is another one now."""
    workshop.initiative("weavers")
    house, robin = workshop.house, workshop.robin
    page = signed_in(house, robin, "/desk/@weavers/calls/new", script=False)
    page.get_by_label("Title").fill("Weave a mat")
    lose_session(page)
    tab = page.context.new_page()
    tab.goto(f"{house.origin}/desk/@weavers/calls")
    give_passphrase(tab, robin)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Calls")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("opened before you signed in")
    expect(page.get_by_label("Title")).to_have_value("Weave a mat")
    tab.reload()
    expect(tab.get_by_role("main")).not_to_contain_text("Weave a mat")
