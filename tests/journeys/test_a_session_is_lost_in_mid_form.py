"""Olena writes a call for hours. Meanwhile her session ends; no word is lost, nothing is done behind her back."""

import re

import pytest

from server.accounts import store
from server.storage.database import Transaction
from server.web.identity import Grant
from tests.browsing import Browser, form_on
from tests.fediverse import Fediverse, Node
from tests.people import PASSPHRASE, TOTP_SECRET, person, text_on

pytestmark = pytest.mark.anyio

TITLE = 'Write to "Ігор" & friends <now>'
TEXT = "First line.\n\nSecond line, with {{ braces }} and a 'quote'.\n\nЩе рядок."
NEW = "/desk/@letters/calls/new"


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    return node


async def signed_in(node: Node) -> Browser:
    await person(node, Grant("@letters", "owner"), name="Olena")
    olena = Browser(node)
    page = await olena.get("/sign-in")
    await olena.submit(page, name="Olena", secret_passphrase=PASSPHRASE)
    return olena


async def test_a_session_is_lost_in_mid_form(fediverse: Fediverse, letters: Node) -> None:
    olena = await signed_in(letters)
    empty = await olena.get(NEW)
    before = await letters.rows()
    fediverse.clock.advance(hours=3)

    # She sends the form. The answer is the page to sign in, which says that all is kept.
    page = await olena.submit(empty, title=TITLE, text=TEXT)
    assert page.status_code == 401
    assert "What you had typed is kept" in text_on(page)
    # A slip in the passphrase loses nothing either.
    page = await olena.submit(page, name="Olena", secret_passphrase="a slip of the fingers")
    assert page.status_code == 401

    # She signs in, and the form stands there filled. Nothing was executed.
    page = await olena.submit(page, name="Olena", secret_passphrase=PASSPHRASE)
    assert page.status_code == 200
    action, fields, _buttons = form_on(page)
    assert action.partition("?")[0] == NEW
    typed = dict(fields)
    assert typed["title"] == TITLE
    assert typed["text"].replace("\r\n", "\n") == TEXT
    after = await letters.rows()
    assert {name for name in after if after[name] > before[name]} <= {"sessions", "own_secrets"}

    # She sends it anew, and now it is done.
    done = await olena.submit(page)
    assert done.status_code == 200
    assert (await letters.rows()) != after
    assert "Ігор" in text_on(await olena.get("/desk/@letters/calls"))


async def test_it_travels_through_the_second_step_too(fediverse: Fediverse, letters: Node) -> None:
    olena = await signed_in(letters)
    page = await olena.submit(await olena.get("/desk/account/recovery-codes"))
    codes = re.findall(r'<code class="code">([^<]*)</code>', page.text)
    await letters.services.database.write(_with_an_app)
    empty = await olena.get(NEW)
    fediverse.clock.advance(hours=3)
    page = await olena.submit(empty, title=TITLE, text=TEXT)
    page = await olena.submit(page, name="Olena", secret_passphrase=PASSPHRASE)
    assert "What you had typed is kept" in text_on(page)
    page = await olena.submit(page, secret_code="wrong")
    page = await olena.submit(page, secret_code=codes[0])
    assert dict(form_on(page)[1])["title"] == TITLE

    # The ten minutes of the second step may pass as well.
    fediverse.clock.advance(hours=3)
    page = await olena.submit(page)
    page = await olena.submit(page, name="Olena", secret_passphrase=PASSPHRASE)
    fediverse.clock.advance(minutes=11)
    page = await olena.submit(page, secret_code=codes[1])
    assert "begins anew" in text_on(page)
    page = await olena.submit(page, name="Olena", secret_passphrase=PASSPHRASE)
    page = await olena.submit(page, secret_code=codes[1])
    assert dict(form_on(page)[1])["title"] == TITLE


async def test_a_file_has_to_be_chosen_again(fediverse: Fediverse, letters: Node) -> None:
    who = await person(letters, Grant("@letters", "owner"))
    fediverse.clock.advance(hours=3)
    page = await who.upload(
        "/desk/@letters/profile", "icon", b"not kept anywhere", name="Letters and parcels"
    )
    assert page.status_code == 401
    assert "has to be chosen once more" in text_on(page)
    assert "not kept anywhere" not in page.text
    assert ("kept_name", "Letters and parcels") in form_on(page)[1]


async def test_dangerous_acts_ask_once_more_and_lose_nothing_either(
    fediverse: Fediverse, letters: Node
) -> None:
    olena = await signed_in(letters)
    page = await olena.get("/desk/people/invite")
    fediverse.clock.advance(minutes=6)
    asked = await olena.submit(page, what="editor @letters")
    assert asked.status_code == 401
    assert (await letters.rows())["one_time_links"] == 0
    page = await olena.submit(asked, secret_passphrase=PASSPHRASE)
    assert 'value="editor @letters" checked' in page.text
    assert (await letters.rows())["one_time_links"] == 0
    assert "The invitation is ready" in text_on(await olena.submit(page, what="editor @letters"))


@pytest.mark.parametrize(
    "wish",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/desk",
        "%2f%2fevil.example",
        "/desk/../../evil",
        "/desk\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "/@letters",
        "/invitation/../../evil",
        "/desk/%0d%0a",
        "?/desk",
        "//evil.example?/desk",
    ],
)
async def test_web_03_signing_in_leads_nowhere_but_to_a_page_of_this_desk(letters: Node, wish: str) -> None:
    await person(letters, Grant("@letters", "owner"), name="Olena")
    olena = Browser(letters)
    page = await olena.submit_with(
        await olena.get("/sign-in"), "/sign-in", name="Olena", secret_passphrase=PASSPHRASE, _at=wish
    )
    assert page.url.host == "letters.example"
    assert page.url.path.startswith("/desk")
    assert "evil" not in str(page.url)


async def test_a_page_that_was_asked_for_comes_with_its_question(letters: Node) -> None:
    await person(letters, Grant("@letters", "owner"), name="Olena")
    olena = Browser(letters)
    page = await olena.get("/desk/account?lang=de&done=name")
    page = await olena.submit(page, name="Olena", secret_passphrase=PASSPHRASE)
    assert (page.url.path, dict(page.url.params)) == ("/desk/account", {"lang": "de", "done": "name"})


async def test_web_10_what_travels_along_is_checked_where_it_arrives(letters: Node) -> None:
    await person(letters, Grant("@letters", "owner"), name="Olena")
    olena = Browser(letters)
    page = await olena.get("/sign-in")
    typed = {"name": "Olena", "secret_passphrase": PASSPHRASE}
    answer = await olena.submit_with(page, "/sign-in", role="owner", **typed)
    assert answer.status_code == 400
    answer = await olena.submit_with(page, "/sign-in", kept_role="owner", _at=NEW, **typed)
    assert answer.status_code == 400
    before = await letters.rows()
    answer = await olena.submit_with(page, "/sign-in", kept_title="x", _at="/sign-out", **typed)
    assert answer.status_code == 200
    assert await letters.rows() == {**before, "sessions": before["sessions"] + 1}


def _with_an_app(tx: Transaction) -> None:
    account = store.account_by_name(tx, "Olena")
    assert account is not None
    store.set_totp(tx, account.id, TOTP_SECRET)
