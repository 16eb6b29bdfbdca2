"""A call from its first words to its end, written on a phone in the dark without script; the hub tells the rest."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop, comes_to_say
from tests.browser.site import Place

TITLE = "Bring seedlings"
CHANGED = "Bring seedlings and pots"
OUTCOME = "Forty seedlings are growing."


def test_a_call_is_drafted_published_changed_closed_repeated_and_withdrawn(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    workshop.initiative("garden", listed=True)
    hub, house = workshop.hub, workshop.house
    page = signed_in(house, workshop.robin, "/desk/@garden/calls", width=390, dark=True, script=False)
    reader = new_page(390, dark=True, script=False)

    it_is_drafted(page, reader, house, looks_right)
    it_is_published(page, reader, hub)
    it_is_changed(page, reader, hub, looks_right)
    on_hub = it_is_enough(page, reader, hub, looks_right)
    assert on_hub != it_is_asked_for_again(page, reader, hub)
    it_is_withdrawn(page, reader, hub, looks_right)
    # The one that came to a good end stays readable.
    reader.goto(on_hub)
    expect(reader.get_by_role("heading", level=1)).to_have_text(CHANGED)


def it_is_drafted(page: Page, reader: Page, house: Place, looks_right: LooksRight) -> None:
    page.get_by_role("link", name="Write a call").click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("The draft is saved")
    reader.goto(f"{house.origin}/@garden")
    expect(reader.get_by_role("main")).not_to_contain_text(TITLE)

    page.get_by_role("link", name="Calls", exact=True).click()
    expect(page.get_by_role("heading", name="Drafts")).to_be_visible()
    looks_right(page, "draft-in-the-list")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_label("Text", exact=True).fill("Tomatoes and basil, on Sunday.")
    page.get_by_role("button", name="Save and look at it").click()
    page.get_by_role("link", name="Write on").click()
    page.get_by_label("Text", exact=True).fill("Tomatoes and basil, on Saturday.")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_role("main")).to_contain_text("on Saturday.")
    expect(page.get_by_role("main")).to_contain_text("1 server that follows you gets a copy at once.")
    looks_right(page, "preview")


def it_is_published(page: Page, reader: Page, hub: Place) -> None:
    page.get_by_role("button", name="Publish the call").click()
    expect(page.get_by_role("status")).to_contain_text("Published. It goes to 1 server.")
    reader.goto(hub.origin)
    comes_to_say(reader, TITLE, hub)


def it_is_changed(page: Page, reader: Page, hub: Place, looks_right: LooksRight) -> None:
    page.get_by_role("link", name="Change it").click()
    expect(page.get_by_label("Title")).to_have_value(TITLE)
    page.get_by_label("Title").fill(CHANGED)
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_role("heading", name="What is published now, where it differs")).to_be_visible()
    looks_right(page, "change-preview")
    page.get_by_role("button", name="Publish the change").click()
    expect(page.get_by_role("status")).to_contain_text("The change is on its way")
    comes_to_say(reader, CHANGED, hub)
    reader.get_by_role("link", name=CHANGED).click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(CHANGED)


def it_is_enough(page: Page, reader: Page, hub: Place, looks_right: LooksRight) -> str:
    """The address of its page on the hub."""
    page.get_by_role("link", name="Enough, thank you").click()
    looks_right(page, "enough")
    page.get_by_label("What came of it").fill(OUTCOME)
    page.get_by_role("button", name="Close the call").click()
    expect(page.get_by_role("status")).to_contain_text("Closed")
    looks_right(page, "closed")
    comes_to_say(reader, "Enough, thank you", hub)
    expect(reader.get_by_role("main")).to_contain_text(OUTCOME)
    looks_right(reader, "closed-on-the-hub")
    address = reader.url
    reader.goto(hub.origin)
    expect(reader.get_by_role("link", name=CHANGED)).to_have_count(0)
    return address


def it_is_asked_for_again(page: Page, reader: Page, hub: Place) -> str:
    """The same words once more; the address on the hub."""
    page.get_by_role("button", name="Write a similar one").click()
    expect(page.get_by_role("status")).to_contain_text("a new draft with the same words")
    expect(page.get_by_label("Title")).to_have_value(CHANGED)
    page.get_by_role("button", name="Save and look at it").click()
    page.get_by_role("button", name="Publish the call").click()
    expect(page.get_by_role("status")).to_contain_text("Published")
    comes_to_say(reader, CHANGED, hub)
    reader.get_by_role("link", name=CHANGED).click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(CHANGED)
    return reader.url


def it_is_withdrawn(page: Page, reader: Page, hub: Place, looks_right: LooksRight) -> None:
    page.get_by_role("link", name="Withdraw it").click()
    looks_right(page, "withdraw")
    page.get_by_label("Type that word").fill("yes")
    page.get_by_role("button", name="Withdraw the call").click()
    expect(page.get_by_label("Type that word")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Type that word").fill("withdraw")
    page.get_by_role("button", name="Withdraw the call").click()
    expect(page.get_by_role("status")).to_contain_text("Withdrawn")
    # Of two calls with these words one is left, and it is closed.
    expect(page.get_by_role("link", name=CHANGED)).to_have_count(1)
    comes_to_say(reader, "taken down", hub)
    looks_right(reader, "withdrawn-on-the-hub")
