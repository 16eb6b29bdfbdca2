"""Every door that takes a form, derived from the features: what no page of ours sends changes nothing anywhere, and is
never a mistake of ours (WEB-01, WEB-10, WEB-15).
"""

import re
from collections.abc import Iterator

import pytest

from server.accounts import store
from server.web.doors import Door
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import FORM, Person, person
from tests.server.accounts.test_who_may_open_what import everything

pytestmark = pytest.mark.anyio

HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy")


def forms_of(node: Node) -> Iterator[str]:
    """One address for each; `{handle}` is the garden's, other things are called "none"."""
    for feature in node.features:
        for door in feature.routes:
            assert isinstance(door, Door)
            if "POST" in (door.methods or ()) and door.permission.who != "machines":
                yield re.sub(r"\{\w+(:\w+)?\}", "none", door.path.replace("{handle}", "garden"))


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    node = await fediverse.add("both.example", roles=["initiative", "hub"])
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    # Made at the first try to sign in, whoever tries.
    await node.services.database.write(lambda tx: store.own_secret(tx, "known-browsers"))
    return node


@pytest.fixture
async def owner(node: Node) -> Person:
    return await person(node, Grant("server", "owner"), name="Olena")


async def refused(owner: Person, headers: dict[str, str], body: bytes, statuses: set[int]) -> None:
    """By every form, with a session and its token and without."""
    node = owner.node
    before = await everything(node)
    found = list(forms_of(node))
    assert len(found) > 35
    for path in found:
        for cookie in ({"cookie": owner.cookie}, {}):
            sent = {"sec-fetch-site": "same-origin", "content-type": FORM, **cookie, **headers}
            answer = await node.request("POST", path, headers=sent, content=body)
            assert answer.status_code in statuses, (path, answer.status_code)
            assert all(name in answer.headers for name in HEADERS), path
            assert "public" not in answer.headers.get("cache-control", "")
    assert await everything(node) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://both.example"},
        {"sec-fetch-site": "SAME-ORIGIN"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": ""},
    ],
)
async def test_web_01_no_form_is_taken_from_another_page(owner: Person, headers: dict[str, str]) -> None:
    await refused(owner, headers, f"_csrf={owner.csrf}".encode(), {403})


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "application/x-www-form-urlencoded2", "", "image/png; x"]
)
async def test_web_01_nothing_but_a_form_is_taken(owner: Person, kind: str) -> None:
    await refused(owner, {"content-type": kind}, f"_csrf={owner.csrf}".encode(), {415})


@pytest.mark.parametrize(
    "body",
    [
        "&".join(["a=b"] * 201),
        "x" * 100_000 + "=1",
        "a" * 41 + "=1",
        "role%00=owner",
        "Role=owner",
        "role[]=owner",
        "%ED%A0%80=1",
        "a=%ED%A0%80",
        "a=%FF",
        "a=\u00e9",
    ],
)
async def test_what_cannot_be_read_is_said_to_be_so(owner: Person, body: str) -> None:
    await refused(owner, {}, f"_csrf={owner.csrf}&{body}".encode(), {400})


@pytest.mark.parametrize(
    "body",
    [
        "_csrf=x&_csrf={csrf}&role=owner",
        "_csrf={csrf}&role=owner",
        "_csrf={csrf}&verified=1&id=1",
        "_csrf={csrf}&kept_role=owner",
        "_csrf={csrf}&secret_totp=x&role=owner",
        "_at=//evil.example&_csrf=&role=owner",
        "_csrf={csrf}x&act=save",
        "_csrf=&typed=garden",
    ],
)
async def test_web_10_a_field_too_many_or_no_token_changes_nothing(owner: Person, body: str) -> None:
    # 401, 403, 404: who sends it, or what it is about; 422 and 200: a page, with nothing done.
    statuses = {200, 303, 400, 401, 403, 404, 422}
    await refused(owner, {}, body.format(csrf=owner.csrf).encode(), statuses)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
async def test_web_01_nothing_is_done_by_another_method(owner: Person, method: str) -> None:
    """Whatever the query says: it is no form."""
    node = owner.node
    before = await everything(node)
    for path in forms_of(node):
        query = f"?_csrf={owner.csrf}&act=save&typed=garden&name=Eve&reason=x&hub=@h@h.example&session=others"
        headers = {
            "cookie": owner.cookie,
            "sec-fetch-site": "same-origin",
            "x-http-method-override": "POST",
        }
        answer = await node.request(method, path + query, headers=headers)
        expected = {200, 303, 404} if method in ("GET", "HEAD") and path != "/sign-out" else {405}
        assert answer.status_code in expected, (path, answer.status_code)
        assert all(name in answer.headers for name in HEADERS), path
    assert await everything(node) == before
