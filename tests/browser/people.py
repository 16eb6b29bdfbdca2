"""People with accounts: they make the first one, add a second step, sign in, each in a browser of their own."""

import re
import time
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

import pyotp
from playwright.sync_api import Page, expect

from server.accounts.second_step import SECONDS

PASSPHRASE = "seven quiet herons over water"
SESSION_COOKIE = "antipole"


@dataclass(slots=True)
class Person:
    """`codes` are recovery codes that were not used yet; `secret` is what the authenticator app was given."""

    name: str
    codes: list[str]
    passphrase: str = PASSPHRASE
    secret: str = ""
    _last_step: int = 0

    def code(self) -> str:
        """What the app shows, and shortly after that what it shows next: no code is accepted twice.

        A recovery code when that was used as well, so that nobody has to wait for half a minute.
        """
        now = int(time.time()) // SECONDS
        step = max(now, self._last_step + 1)
        if step > now + 1:
            return self.codes.pop()
        self._last_step = step
        return pyotp.TOTP(self.secret).generate_otp(step)


def make_first_account(page: Page, link: str, name: str) -> Person:
    """By the set-up link; the page then shows the recovery codes."""
    page.goto(link)
    return make_account(page, name, "Make the account")


def make_account(page: Page, name: str, button: str) -> Person:
    """On a page that asks for name and passphrase."""
    page.get_by_label("A name for signing in").fill(name)
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(PASSPHRASE)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    codes = page.locator("main ol code").all_inner_texts()
    assert len(codes) == len(set(codes)) == 10
    return Person(name, codes)


def add_app(page: Page, person: Person) -> None:
    """On the page that adds a second step; the secret is typed into the app as it is shown in words."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a second step")
    person.secret = re.sub(r"\s", "", page.locator("#totp-secret").inner_text())
    page.get_by_role("textbox", name="Code").fill(person.code())
    page.get_by_role("button", name="Turn the second step on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def sign_in(page: Page, origin: str, person: Person, path: str = "/desk") -> None:
    """By the page of the desk that they wanted."""
    page.goto(origin + path)
    give_passphrase(page, person)
    if person.secret:
        give_code(page, person)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def give_passphrase(page: Page, person: Person) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("Your name here").fill(person.name)
    page.get_by_label("Passphrase").fill(person.passphrase)
    page.get_by_role("button", name="Sign in").click()


def give_code(page: Page, person: Person) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("The second step")
    page.get_by_role("textbox", name="Code").fill(person.code())
    page.get_by_role("button", name="Sign in").click()


def lose_session(page: Page) -> None:
    """As when it ended on the server, or was ended from another browser."""
    before = len(page.context.cookies())
    page.context.clear_cookies(name=SESSION_COOKIE)
    assert len(page.context.cookies()) == before - 1


def founder(link: str, name: str) -> Person:
    """Makes the first account without a browser, for what is not about that."""
    typed = {"name": name, "secret_new": PASSPHRASE, "secret_again": PASSPHRASE}
    origin = "/".join(link.split("/")[:3])
    sending = urllib.request.Request(link, urlencode(typed).encode(), {"Origin": origin})
    with urllib.request.urlopen(sending, timeout=10) as answer:
        codes = re.findall(r"<code[^>]*>([a-z2-7-]{19})</code>", answer.read().decode())
    assert len(codes) == 10
    return Person(name, codes)
