"""A call on a day is offered to calendars, and taken off them again; people come to the call's page."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.desks import offer_to_calendars
from tests.browser.journeys.conftest import SECONDS, LooksRight, SignedIn, Workshop, comes_to_say
from tests.browser.people import give_passphrase, lose_session
from tests.browser.strangers import Stranger
from tests.peers.instance import wait_until

TITLE = "Sing in the yard"
OFFER = "Also offer it as an event to calendars"


def test_a_call_is_offered_to_calendars_and_taken_off(
    workshop: Workshop, signed_in: SignedIn, new_page: NewPage, looks_right: LooksRight
) -> None:
    house, robin = workshop.house, workshop.robin
    workshop.initiative("band")
    actor = f"{house.origin}/actors/band"
    page = signed_in(house, robin, "/desk/@band/calls/new", width=390, script=False)
    with Stranger(48, "calendar", software="mobilizon") as calendar:
        calendar.says("Follow", actor, actor)
        wait_until(lambda: bool(calendar.inbox), "no Accept", SECONDS, house.log)

        # A day is not enough for a calendar.
        page.get_by_label("Title").fill(TITLE)
        page.get_by_label("Text", exact=True).fill("Bring a friend.")
        page.get_by_text("Start", exact=True).first.click()
        day = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
        page.get_by_role("group", name="Start").get_by_label("Date").fill(day)
        page.get_by_label(OFFER).check()
        page.get_by_role("button", name="Save and look at it").click()
        expect(page.get_by_role("alert")).to_contain_text("time")
        expect(page.get_by_label(OFFER)).to_be_checked()
        looks_right(page, "it-needs-a-time")

        offer_to_calendars(page)
        lose_session(page)
        page.get_by_role("button", name="Save and look at it").click()
        give_passphrase(page, robin)
        expect(page.get_by_label(OFFER)).to_be_checked()
        page.get_by_role("button", name="Save and look at it").click()
        # What a follower's server reads is asked of it a moment after the Follow.
        comes_to_say(page, "1 of them keeps a calendar and gets it as an event.", house)
        looks_right(page, "preview")
        page.get_by_role("button", name="Publish the call").click()
        expect(page.get_by_role("main")).to_contain_text("Calendars are offered it as an event.")
        looks_right(page, "published")
        event = arrived(calendar, "Create", workshop)
        assert event["type"] == "Event"

        reader = new_page(390, script=False)
        reader.goto(event["id"])
        expect(reader.get_by_role("heading", level=1)).to_have_text(TITLE)
        assert "/calls/" in reader.url

        page.get_by_role("link", name="Change it").click()
        page.get_by_label(OFFER).uncheck()
        page.get_by_role("button", name="Save and look at it").click()
        expect(page.get_by_role("main")).to_contain_text("It cannot be offered to them again.")
        looks_right(page, "taken-off")
        page.get_by_role("button", name="Publish the change").click()
        expect(page.get_by_role("main")).not_to_contain_text("Calendars are offered")
        assert arrived(calendar, "Delete", workshop)["id"] == event["id"]
        page.get_by_role("link", name="Change it").click()
        if not page.get_by_text("cannot be offered to them again").is_visible():
            page.get_by_text("Start", exact=True).first.click()
        expect(page.get_by_text("cannot be offered to them again")).to_be_visible()
        looks_right(page, "not-again")


def arrived(calendar: Stranger, kind: str, workshop: Workshop) -> dict[str, str]:
    """The object of an activity that was delivered."""
    wait_until(
        lambda: any(activity["type"] == kind for activity in calendar.inbox),
        f"no {kind}",
        SECONDS,
        workshop.house.log,
    )
    found = next(activity["object"] for activity in calendar.inbox if activity["type"] == kind)
    return found if isinstance(found, dict) else {"id": found}
