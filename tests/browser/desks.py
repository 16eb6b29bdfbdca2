"""Something on every page of the desks: what waits, what failed, what was decided, who is invited, who is silent."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.browser.people import SESSION_COOKIE, Person, add_app, make_account, sign_in
from tests.browser.site import MARKED_UP, Place, Site
from tests.browser.strangers import FROM_A_STRANGER, Stranger, move, silence
from tests.peers.instance import wait_until
from tests.peers.tiny_server import TinyServer

SECONDS = 20
REPORT = "Somebody says that this call is an advertisement.\n\nThey ask you to look at it."


@dataclass(frozen=True, slots=True)
class Desk:
    """`unlinked` are paths of pages to which only a button leads."""

    place: Place
    owner: Person
    unlinked: tuple[str, ...] = ()

    def signed_in(self, browser: Browser) -> tuple[str, str, str]:
        """Name, value and origin of a new session's cookie."""
        context = browser.new_context(locale="en")
        sign_in(context.new_page(), self.place.origin, self.owner)
        value = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == SESSION_COOKIE)
        context.close()
        return SESSION_COOKIE, value, self.place.origin


def fill_desks(browser: Browser, site: Site) -> dict[str, Desk]:
    """Of the server of letters and of the hub."""
    context = browser.new_context(locale="en")
    page = context.new_page()
    robin, kim = site.owners["letters"], site.owners["hub"]
    sign_in(page, site.letters.origin, robin)
    _somebody_is_invited(page, browser)
    draft = _calls_are_written(page, site.letters)
    _a_server_falls_silent(site)
    _strangers_answer(page, site)
    sign_in(page, site.hub.origin, kim, "/desk/account/second-step")
    add_app(page, kim)
    _others_report_and_apply(site)
    _a_follower_and_an_initiative_are_gone(site)
    _the_hub_decides(page, site)
    context.close()
    return {"letters": Desk(site.letters, robin, (f"{draft}/preview",)), "hub": Desk(site.hub, kim)}


def _somebody_is_invited(page: Page, browser: Browser) -> None:
    """One invitation is accepted, one stays open."""
    page.get_by_role("link", name="People", exact=True).click()
    for number in range(2):
        page.get_by_role("link", name="Invite somebody").click()
        page.get_by_role("radio", name="edit the initiative @letters").check()
        page.get_by_role("button", name="Make the link").click()
        link = page.locator("#invitation-link").inner_text()
        if number == 0:
            other = browser.new_context(locale="en")
            accepting = other.new_page()
            accepting.goto(link)
            make_account(accepting, "Alex", "Make the account and accept")
            other.close()
        page.get_by_role("link", name="People", exact=True).first.click()


def _calls_are_written(page: Page, letters: Place) -> str:
    """A draft, and a change of a published call that waits to be published; the path of the draft."""
    page.goto(f"{letters.origin}/desk/@letters/calls/new")
    page.get_by_label("Title").fill("Read letters aloud")
    page.get_by_label("Text", exact=True).fill(f"Call +49 341 1234567 before.\n\n{MARKED_UP}")
    offer_to_calendars(page)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("saved")
    draft = urlsplit(page.url).path
    page.get_by_role("link", name="Calls", exact=True).click()
    page.get_by_role("link", name="Write a letter on Saturday").click()
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Title").fill("Write a letter on Sunday")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("saved")
    return draft


def offer_to_calendars(page: Page) -> None:
    """In the form of a call: on a day in two weeks."""
    if not page.get_by_label("Also offer it as an event to calendars").is_visible():
        page.get_by_text("Start", exact=True).first.click()
    start = page.get_by_role("group", name="Start")
    start.get_by_label("Date").fill((datetime.now(UTC) + timedelta(days=14)).date().isoformat())
    start.get_by_label("Time, if it matters").fill("18:30")
    start.get_by_label("The clock there").select_option(index=12)
    page.get_by_label("Also offer it as an event to calendars").check()


def _a_server_falls_silent(site: Site) -> None:
    """Somebody follows, and their server goes away; nothing was heard of it for weeks."""
    letters = site.letters
    actor = letters.document(site.calls["everything"])["attributedTo"]
    origin = _followed_by_somebody_who_goes(letters, actor)
    letters.publish("letters", title="Fold envelopes", text="Ten minutes.", language="en", size="minutes")
    silence(letters, origin)


def _followed_by_somebody_who_goes(place: Place, actor: str) -> str:
    """The origin of their server."""
    before = place.stats()["followers"]
    with TinyServer(48, "follower", "Person") as follower:
        follower.send(f"{actor}/inbox", "Follow", actor, 1)
        wait_until(lambda: place.stats()["followers"] > before, "no follower", SECONDS, place.log)
        wait_until(lambda: bool(follower.inbox), "no Accept", SECONDS, place.log)
        return follower.origin


def _strangers_answer(page: Page, site: Site) -> None:
    """Replies to two calls wait, one call takes no more of them; likes and passings-on are counted."""
    letters = site.letters
    folding = letters.publish(
        "letters", title="Lick stamps", text="Ten minutes.", language="en", size="minutes"
    )
    with Stranger(48, "writer") as writer, Stranger(48, "x" * 60) as other:
        writer.answers(site.calls["everything"], "/notes/waiting", FROM_A_STRANGER)
        other.answers(site.calls["everything"], "/notes/uk", "<p>А можна листівку?</p>", "uk")
        writer.answers(folding, "/notes/stamps", "<p>I have a sponge.</p>")
        for kind in ("Like", "Announce"):
            writer.says(kind, folding, folding)
    page.goto(f"{letters.origin}/desk/@letters/replies/{folding.rpartition('/')[2]}")
    page.get_by_role("button", name="Close it for replies").click()
    expect(page.get_by_role("status")).to_contain_text("Closed for replies")


def _a_follower_and_an_initiative_are_gone(site: Site) -> None:
    """The hub has not heard of a server for weeks, and one initiative says that it has moved."""
    hub = site.hub
    actor = f"{hub.origin}/actors/hub"
    silence(hub, _followed_by_somebody_who_goes(hub, actor))
    move(hub, "Quiet", f"https://{'new.' * 12}example/actors/quiet")


def _others_report_and_apply(site: Site) -> None:
    """Two applications wait, one was refused; somebody reports a call."""
    hub, letters = site.hub, site.letters
    for handle, name in (("waiting", "Those who wait"), ("quick", "Quiet"), ("refused", "Advertisements")):
        letters.ask("initiative.add", handle=handle, name=name, languages=["en"], summary=MARKED_UP)
        letters.ask("hub.apply", handle=handle, hub=hub.hub_handle)
    letters.publish("waiting", title="Wait with us", text="An hour.", language="en", size="hour")
    hub.ask("hub.refuse", target=f"@refused@{letters.authority}", reason="It sells something.")
    hub.ask("block.add", target="spam.example", reason="Sends advertisements.")
    with TinyServer(48, "reporter", "Service") as reporter:
        reporter.send(f"{hub.origin}/inbox", "Flag", "", 2, object=[site.calls["everything"]], content=REPORT)


def _the_hub_decides(page: Page, site: Site) -> None:
    """A theme is set, a call is put first, a page is written."""
    origin = site.hub.origin
    page.goto(f"{origin}/desk/hub/pages/rules/en")
    page.get_by_label("Text", exact=True).fill(f"# Rules\n\n{MARKED_UP}")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{origin}/desk/hub/listings")
    page.get_by_role("main").get_by_role("link", name="Quiet", exact=True).click()
    page.get_by_role("link", name="Edit themes and place").click()
    page.get_by_label("Education").check()
    page.get_by_label("Reason").fill("It teaches.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Put it first").click()
    page.get_by_role("button", name="Put it first").click()
    expect(page.get_by_role("status")).to_contain_text("The call stands first now")
    reports = page.get_by_role("navigation", name="Desk").get_by_role("link", name="Reports")
    expect(reports).to_have_text("Reports 1")
