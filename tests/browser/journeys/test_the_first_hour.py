"""Somebody without a technical friend has just started a server; script is off, and they read the pages."""

import io
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight, Workshop, comes_to_say
from tests.browser.people import make_account
from tests.browser.site import Place, set_up_link

CAMERA = "Camera of somebody 4711"
ARTIST = 0x013B


def test_from_the_link_to_a_published_call(
    tmp_path: Path, workshop: Workshop, new_page: NewPage, looks_right: LooksRight
) -> None:
    with Place(tmp_path / "ours", 46, "initiative", "Ours") as ours:
        page = new_page(script=False)
        the_account(page, ours, new_page, looks_right)
        the_initiative(page, ours, looks_right)
        the_picture(page, ours, looks_right)
        the_first_call(page, ours, new_page, looks_right)
        the_hub(page, workshop, looks_right)


def the_account(page: Page, ours: Place, new_page: NewPage, looks_right: LooksRight) -> None:
    answer = page.goto(f"{ours.origin}/desk")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody can sign in here yet")
    looks_right(page, "not-set-up")
    # Reading was possible before.
    page.goto(ours.origin)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    link = set_up_link(ours)
    page.goto(link)
    looks_right(page, "set-up")
    page.get_by_label("A name for signing in").fill("Robin")
    page.get_by_label("Passphrase", exact=True).fill("passphrase")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("A name for signing in")).to_have_value("Robin")
    expect(page.get_by_label("Passphrase", exact=True)).to_have_value("")
    looks_right(page, "weak-passphrase")
    make_account(page, "Robin", "Make the account")
    looks_right(page, "recovery-codes")

    late = new_page()
    answer = late.goto(link)
    assert answer is not None
    assert answer.status in (404, 410), "a set-up link works once"
    looks_right(late, "link-is-over")


def the_initiative(page: Page, ours: Place, looks_right: LooksRight) -> None:
    page.get_by_role("link", name="Go on", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New initiative")
    looks_right(page, "new-initiative")
    page.get_by_label("Name of the initiative", exact=True).fill("Letters over the wall")
    page.get_by_role("button", name="Add the initiative").click()
    # The handle was forgotten; nothing else is.
    expect(page.get_by_label("Handle")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name of the initiative", exact=True)).to_have_value("Letters over the wall")
    looks_right(page, "new-initiative-wrong")
    page.get_by_label("Handle").fill("letters")
    page.get_by_label("Summary").fill("We write to people in prison.\n\nEvery **Thursday**.")
    page.get_by_role("group", name="Themes").get_by_role("checkbox").first.check()
    page.get_by_label("A named place:").check()
    page.get_by_label("Which place").fill("Leipzig, DE")
    page.get_by_role("button", name="Add the initiative").click()
    expect(page.get_by_role("status")).to_contain_text(f"@letters@{ours.authority}")


def the_picture(page: Page, ours: Place, looks_right: LooksRight) -> None:
    looks_right(page, "profile")
    page.get_by_label("A picture").set_input_files(photograph())
    page.get_by_label("What the picture shows").fill("A letter on a windowsill")
    page.get_by_label("Summary").fill("We write to people in prison, every Thursday.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is saved yet")
    expect(page.get_by_role("paragraph").filter(has_text="in prison, every Thursday.")).to_be_visible()
    looks_right(page, "profile-preview")
    assert "in prison, every Thursday." not in body_of(f"{ours.origin}/@letters")
    # Browsers do not keep a file that was chosen.
    page.get_by_label("A picture").set_input_files(photograph())
    page.get_by_role("button", name="Save the profile").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    picture = page.get_by_role("img", name="A letter on a windowsill").first
    expect(picture).to_be_visible()
    source = picture.evaluate("image => image.src")
    with urllib.request.urlopen(source, timeout=10) as answer:
        stored = answer.read()
    assert CAMERA.encode() not in stored
    assert not Image.open(io.BytesIO(stored)).getexif()
    looks_right(page, "profile-with-picture")


def the_first_call(page: Page, ours: Place, new_page: NewPage, looks_right: LooksRight) -> None:
    page.get_by_role("link", name="Calls", exact=True).click()
    looks_right(page, "no-calls")
    page.get_by_role("link", name="Write a call").click()
    page.get_by_label("Title").fill("Write a letter to a prisoner")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("The draft is saved")
    # Half of it is enough for a draft, not for everybody else.
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_label("Text", exact=True)).to_have_attribute("aria-invalid", "true")
    looks_right(page, "call-without-text")
    page.get_by_label("Text", exact=True).fill("One page is enough. We know **how** it arrives.")
    page.get_by_label("How long it takes").select_option(label="an hour")
    page.get_by_label("Link", exact=True).fill("https://letters.example/how")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("As others will see it")
    expect(page.get_by_text("Copies cannot be recalled")).to_be_visible()
    looks_right(page, "preview")
    page.get_by_role("button", name="Publish the call").click()
    expect(page.get_by_role("status")).to_contain_text("Published")
    looks_right(page, "published")

    page.get_by_role("link", name="The public page").click()
    reader = new_page()
    reader.goto(page.url)
    expect(reader.get_by_role("heading", level=1)).to_have_text("Write a letter to a prisoner")
    looks_right(reader, "public-page")
    page.go_back()


def the_hub(page: Page, workshop: Workshop, looks_right: LooksRight) -> None:
    page.get_by_role("link", name="Hubs", exact=True).click()
    looks_right(page, "no-hubs")
    page.get_by_label("Which hub").fill("the hub")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("Which hub")).to_have_value("the hub")
    expect(page.get_by_label("Which hub")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Which hub").fill(workshop.hub.hub_handle)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status")).to_contain_text("The hub is asked now")
    comes_to_say(page, "received, waiting for the hub's people", workshop.hub)
    looks_right(page, "applied")


def photograph() -> FilePayload:
    """As phones make them: the camera and where it was are written into the file."""
    image = Image.new("RGB", (640, 480), (180, 90, 60))
    exif = image.getexif()
    exif[ARTIST] = CAMERA
    written = io.BytesIO()
    image.save(written, "PNG", exif=exif)
    assert CAMERA.encode() in written.getvalue()
    return {"name": "photo.png", "mimeType": "image/png", "buffer": written.getvalue()}


def body_of(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())
