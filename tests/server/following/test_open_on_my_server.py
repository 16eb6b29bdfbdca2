"""The door: from a page here to a visitor's own account, without leaving a trace here."""

import asyncio
import gzip
import re
from urllib.parse import quote, urlencode

import httpx2
import pytest

from federation import webfinger
from federation.errors import Unreachable
from server.following import actions
from server.following.model import SUBSCRIBE
from tests.fediverse import Fediverse, Node
from tests.neighbours import Neighbour

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """All nodes of this process share what they may ask, and to them it is always the same morning."""
    monkeypatch.setattr(actions, "LOOKUPS", actions.Bounded(actions.AT_ONCE))


FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
ACCOUNT = "@letters@letters.example"
TEMPLATE = {"rel": SUBSCRIBE, "template": "https://mastodon.example/authorize_interaction?uri={uri}"}


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters")
    return node


@pytest.fixture
async def mastodon(fediverse: Fediverse) -> Neighbour:
    neighbour = fediverse.neighbour("mastodon.example")
    neighbour.account("me")
    return neighbour


async def send(node: Node, server: str, what: str = ACCOUNT, **headers: str) -> httpx2.Response:
    body = urlencode({"server": server}).encode()
    return await node.request("POST", address(what), headers={**FORM, **headers}, content=body)


def address(what: str) -> str:
    return f"/open?what={quote(what, safe='')}"


def link_in(page: httpx2.Response) -> str | None:
    found = re.search(r'<a class="act" href="([^"]*)" rel="([^"]*)"', page.text)
    assert found is None or found[2] == "noopener noreferrer nofollow"
    return found[1] if found else None


async def test_the_form_says_what_it_is_for(letters: Node) -> None:
    page = await letters.get(address(ACCOUNT))
    assert page.status_code == 200
    assert ACCOUNT in page.text
    assert page.headers["cache-control"] == "no-store"
    assert 'name="server"' in page.text


async def test_an_account_is_followed_from_home(letters: Node, mastodon: Neighbour) -> None:
    mastodon.more_links = [TEMPLATE]
    page = await send(letters, "@me@mastodon.example")
    uri = quote("https://letters.example/actors/letters", safe="")
    assert (page.status_code, link_in(page)) == (
        200,
        f"https://mastodon.example/authorize_interaction?uri={uri}",
    )
    assert "Go to mastodon.example" in page.text
    assert mastodon.asked == ["/.well-known/webfinger"]
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert "location" not in page.headers


async def test_a_server_alone_is_enough(letters: Node, mastodon: Neighbour) -> None:
    mastodon.more_links = [TEMPLATE]
    page = await send(letters, "mastodon.example")
    assert (link_in(page) or "").startswith("https://mastodon.example/authorize_interaction?uri=")
    assert "did not tell" not in page.text


async def test_a_call_is_opened_at_home(letters: Node, mastodon: Neighbour) -> None:
    uri = (await letters.command("call.publish", handle="letters", title="Write <b>", text="x"))["uri"]
    template = "https://mastodon.example/look?o={object}"
    mastodon.more_links = [TEMPLATE, {"rel": "https://w3id.org/fep/3b86/Object", "template": template}]
    assert "Write &lt;b&gt;" in (await letters.get(address(uri))).text
    page = await send(letters, "me@mastodon.example", uri)
    assert link_in(page) == f"https://mastodon.example/look?o={quote(uri, safe='')}"


async def test_a_directory_opens_what_it_lists_and_itself(fediverse: Fediverse, letters: Node) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    uri = (await letters.command("call.publish", handle="letters", title="Write", text="x"))["uri"]
    assert (await hub.get(address(ACCOUNT))).status_code == 404
    await letters.command("hub.apply", handle="letters", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target=ACCOUNT)
    await fediverse.settle()
    for what in (ACCOUNT, uri, "@hub@hub.example"):
        assert (await hub.get(address(what))).status_code == 200, what
    fediverse.neighbour("mastodon.example").account("me")
    page = await send(hub, "me@mastodon.example")
    assert quote("https://letters.example/actors/letters", safe="") in (link_in(page) or "")


@pytest.mark.parametrize(
    "what",
    [
        "",
        "https://evil.example/",
        "@someone@elsewhere.example",
        "@nobody@letters.example",
        "letters.example@letters.example",
        "javascript:alert(1)",
        "https://letters.example/actors/letters#x",
        "' OR 1=1--",
        "@letters@letters.example\r\nx: y",
    ],
)
async def test_only_what_is_shown_here_can_be_opened(letters: Node, what: str) -> None:
    assert (await letters.get(address(what))).status_code == 404
    assert (await send(letters, "mastodon.example", what)).status_code == 404


async def test_what_was_withdrawn_or_deleted_cannot_be_opened(letters: Node) -> None:
    uri = (await letters.command("call.publish", handle="letters", title="Write", text="x"))["uri"]
    await letters.command("call.withdraw", uri=uri)
    assert (await letters.get(address(uri))).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "This is needed"),
        ("not a server", "This is no server and no account"),
        ("127.0.0.1", "We cannot ask 127.0.0.1"),
        ("printer.local", "We cannot ask printer.local"),
        ("me@localhost", "We cannot ask localhost"),
        ("nobody@mastodon.example", "mastodon.example knows no account of that name"),
        ("letters.example", "not this one"),
        ("a" * 400, "shorten it"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    letters: Node, mastodon: Neighbour, typed: str, sentence: str
) -> None:
    page = await send(letters, typed)
    assert (page.status_code, link_in(page)) == (422, None)
    assert sentence in page.text.partition('id="server-error"')[2].partition("</p>")[0]
    assert f'value="{typed}"' in page.text


async def test_a_server_that_is_down_is_named(letters: Node, mastodon: Neighbour) -> None:
    mastodon.status = None
    page = await send(letters, "mastodon.example")
    assert page.status_code == 422
    assert "mastodon.example does not answer" in page.text


async def test_a_server_without_webfinger_gets_the_usual_address_and_a_word_of_doubt(
    letters: Node, mastodon: Neighbour
) -> None:
    page = await send(letters, "mastodon.example")
    assert (link_in(page) or "").startswith("https://mastodon.example/authorize_interaction?uri=")
    assert "did not tell us its way" in page.text


async def test_a_hostile_template_never_becomes_a_link(letters: Node, mastodon: Neighbour) -> None:
    for template in ("javascript:alert('{uri}')", "https://evil.example/?u={uri}", 7, None, ["{uri}"]):
        mastodon.more_links = [{"rel": SUBSCRIBE, "template": template}]
        page = await send(letters, "me@mastodon.example")
        assert (link_in(page) or "").startswith("https://mastodon.example/authorize_interaction?uri=")
        assert "evil" not in page.text
        assert "javascript" not in page.text


async def test_another_site_cannot_send_the_form(letters: Node, mastodon: Neighbour) -> None:
    page = await send(letters, "mastodon.example", **{"sec-fetch-site": "cross-site"})
    assert (page.status_code, mastodon.asked) == (403, [])


async def test_other_fields_are_refused(letters: Node, mastodon: Neighbour) -> None:
    body = urlencode({"server": "mastodon.example", "what": "https://evil.example/"}).encode()
    page = await letters.request("POST", address(ACCOUNT), headers=FORM, content=body)
    assert (page.status_code, mastodon.asked) == (400, [])


async def test_nothing_is_written(letters: Node, mastodon: Neighbour) -> None:
    before = await letters.rows()
    await send(letters, "me@mastodon.example")
    assert await letters.rows() == before


async def test_only_a_few_look_ups_at_once(letters: Node, mastodon: Neighbour) -> None:
    async def crowded() -> httpx2.Response:
        return await send(letters, "mastodon.example")

    taken, actions.LOOKUPS.places = actions.LOOKUPS.places, 0
    try:
        page = await crowded()
        assert (page.status_code, page.headers["retry-after"]) == (503, "10")
        assert mastodon.asked == []
    finally:
        actions.LOOKUPS.places = taken
    assert (await crowded()).status_code == 200
    assert actions.LOOKUPS.places == taken


async def test_res_11_nobody_makes_us_knock_at_one_door_all_the_time(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    fediverse.clock.advance(minutes=5)
    pages = [await send(letters, "mastodon.example") for _ in range(actions.PER_SERVER + 3)]
    assert [page.status_code for page in pages[-4:]] == [200, 503, 503, 503]
    assert len(mastodon.asked) == actions.PER_SERVER
    fediverse.clock.advance(seconds=60)
    assert (await send(letters, "mastodon.example")).status_code == 200


async def test_ssr_03_a_name_inside_our_network_looks_like_one_that_does_not_exist(
    letters: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    for reason in ("forbidden-address", "no-address"):
        error = Unreachable(reason, retry=False)

        async def ask(*_: object, error: Unreachable = error) -> object:
            raise error

        monkeypatch.setattr(webfinger, "fetch_links", ask)
        pages.append((await send(letters, "payroll.company.example")).text)
    assert pages[0] == pages[1]
    assert "does not answer" in pages[0]


async def test_a_server_that_dawdles_is_given_up(
    letters: Node, mastodon: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "SECONDS", 0.05)

    async def dawdle(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(5)
        return httpx2.Response(200)

    monkeypatch.setattr(Neighbour, "answer", lambda _self, request: dawdle(request))
    page = await send(letters, "mastodon.example")
    assert page.status_code == 422
    assert "does not answer" in page.text


async def test_in_every_language(letters: Node) -> None:
    for language in ("en", "uk", "ru", "de"):
        page = await letters.get(address(ACCOUNT), **{"accept-language": language})
        assert f'<html lang="{language}">' in page.text


async def test_both_pages_are_light(letters: Node, mastodon: Neighbour) -> None:
    """HTML and its CSS, headers included, as they travel: 14 336 bytes."""
    first = await letters.get(address(ACCOUNT), **{"accept-language": "uk"})
    sheets = re.findall(r'rel="stylesheet" href="([^"]*)"', first.text)
    assert len(sheets) == 1
    sheet = await letters.get(sheets[0])
    for page in (first, await send(letters, "mastodon.example"), await send(letters, "nobody at all")):
        head = sum(len(str(answer.headers)) for answer in (page, sheet))
        assert len(gzip.compress(page.content, 6)) + len(gzip.compress(sheet.content, 6)) + head <= 14_336
