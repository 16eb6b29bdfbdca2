"""Every role at every door for people: its own, another's, by GET, by POST, without a token, without a session.

What is expected stands here, as a table of addresses; it is not asked of the permissions that the doors declare.
"""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.feature import Feature
from server.storage.database import Transaction
from server.storage.queries import Query
from server.web.doors import Door
from server.web.forms import kept
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node, table_names
from tests.people import Person, person

pytestmark = pytest.mark.anyio

OWN, OTHER = "garden", "letters"

ROLES: Mapping[str, tuple[Grant, ...]] = {
    "nothing": (),
    "editor of it": (Grant(f"@{OWN}", "editor"),),
    "owner of it": (Grant(f"@{OWN}", "owner"),),
    "editor of another": (Grant(f"@{OTHER}", "editor"),),
    "owner of another": (Grant(f"@{OTHER}", "owner"),),
    "hub editor": (Grant("hub", "editor"),),
    "hub owner": (Grant("hub", "owner"),),
    "server owner": (Grant("server", "owner"),),
}

ANYBODY = set(ROLES)
OF_IT = {"editor of it", "owner of it", "server owner"}
OWNERS_OF_IT = {"owner of it", "server owner"}
OF_THE_HUB = {"hub editor", "hub owner", "server owner"}
OWNERS_OF_THE_HUB = {"hub owner", "server owner"}

# The first that fits. Doors that a role has only for its owners are named one by one.
WHO: list[tuple[str, set[str]]] = [
    (r"/desk", ANYBODY),
    (r"/desk/(account|people)(/.*)?", ANYBODY),
    (r"/desk/deleted/\{handle\}", ANYBODY),
    (r"/sign-in/again|/sign-out", ANYBODY),
    (r"/desk/new-initiative", {"server owner"}),
    (r"/desk/@\{handle\}/delete", OWNERS_OF_IT),
    (r"/desk/@\{handle\}(/.*)?", OF_IT),
    (r"/desk/hub/(pages(/.*)?|announcements/cap)", OWNERS_OF_THE_HUB),
    (r"/desk/hub(/.*)?", OF_THE_HUB),
]


def allowed(path: str) -> set[str]:
    for pattern, roles in WHO:
        if re.fullmatch(pattern, path):
            return roles
    raise AssertionError(f"nobody has decided who may open {path}: add it to the table")


def doors(node: Node) -> list[Door]:
    return [door for feature in node.features for door in feature.routes if door.permission.who == "people"]


def address(path: str) -> str:
    """Of this initiative; other things of it are called "none" and are not there."""
    return re.sub(r"\{\w+(:\w+)?\}", "none", path.replace("{handle}", OWN))


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    node = await fediverse.add("both.example", roles=["initiative", "hub"])
    for handle in (OWN, OTHER):
        await node.command("initiative.add", handle=handle, name=handle.title(), languages=["en"])
    return node


@pytest.fixture
async def people(node: Node) -> dict[str, Person]:
    return {role: await person(node, *grants, name=role) for role, grants in ROLES.items()}


async def everything(node: Node) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""

    def read(tx: Transaction) -> dict[str, list[dict[str, Any]]]:
        def ask(sql: str) -> list[dict[str, Any]]:
            return [dict(row) for row in tx.all(Query("test", sql, "A question of a test.", node.directory))]

        return {table: ask(f"SELECT * FROM {table}") for table in table_names(tx, node.database)}

    return await node.services.database.read(read)


async def record(request: Request) -> Response:
    form = kept(request)
    return PlainTextResponse("sent" if form is not None and form.sent else "shown", 299)


def with_recorders(node: Node) -> None:
    """The same doors with the same permissions; behind each something that only says that it was reached."""
    recorders = [
        Door(door.path, record, door.permission, [m for m in door.methods or () if m != "HEAD"])
        for door in doors(node)
    ]
    node.features = [Feature("recorders", routes=recorders)]
    node.open_doors()


def test_the_table_knows_addresses_that_exist() -> None:
    with pytest.raises(AssertionError, match="nobody has decided"):
        allowed("/desk/a-page-that-nobody-made")


async def test_every_role_reaches_what_is_its_own_and_nothing_else(
    node: Node, people: dict[str, Person]
) -> None:
    with_recorders(node)
    assert len(doors(node)) > 20
    wrong = []
    for door in doors(node):
        path, may = address(door.path), allowed(door.path)
        refusal = 404 if "{handle}" in door.path else 403
        for role, who in people.items():
            expected = 299 if role in may else refusal
            for method in door.methods or ():
                if method == "HEAD":
                    continue
                answer = await (who.get(path) if method == "GET" else who.post(path))
                word = {"GET": "shown", "POST": "sent"}[method] if expected == 299 else answer.text
                if (answer.status_code, answer.text) != (expected, word):
                    wrong.append((method, path, role, answer.status_code, expected))
    assert wrong == []


async def test_without_a_session_every_door_asks_to_sign_in(node: Node, people: dict[str, Person]) -> None:
    with_recorders(node)
    nobody = Person(node, "__Host-antipole=nobody", "")
    for door in doors(node):
        path = address(door.path)
        if "GET" in (door.methods or ()):
            answer = await nobody.get(path)
            assert (answer.status_code, answer.headers["location"].partition("=")[0]) == (
                303,
                "/sign-in?next",
            )
        if "POST" in (door.methods or ()):
            assert (await nobody.post(path)).status_code == 401


async def test_web_01_without_the_sessions_own_token_no_form_is_executed(
    node: Node, people: dict[str, Person]
) -> None:
    with_recorders(node)
    who, other = people["server owner"], people["owner of it"]
    for door in doors(node):
        if "POST" in (door.methods or ()):
            path = address(door.path)
            for token in ("", other.csrf):
                assert (await who.send(path, {"_csrf": token})).text == "shown"
            foreign = await who.send(path, {"_csrf": who.csrf}, headers={"sec-fetch-site": "cross-site"})
            assert foreign.status_code == 403


async def test_what_is_dangerous_asks_for_the_passphrase_again(node: Node) -> None:
    with_recorders(node)
    tired = await person(node, Grant("server", "owner"), fresh=False)
    asked = set()
    for door in doors(node):
        method = "POST" if "POST" in (door.methods or ()) else "GET"
        path = address(door.path)
        answer = await (tired.get(path) if method == "GET" else tired.post(path))
        assert answer.status_code in (299, 401)
        if answer.status_code == 401:
            asked.add(door.path)
    assert {
        "/desk/account/passphrase",
        "/desk/account/second-step",
        "/desk/account/second-step/remove",
        "/desk/account/passkeys",
        "/desk/account/recovery-codes",
        "/desk/people/invite",
        "/desk/people/{account}/{scope}",
        "/desk/@{handle}/delete",
    } <= asked


async def test_the_real_doors_change_nothing_for_whoever_may_not(
    node: Node, people: dict[str, Person]
) -> None:
    before = await everything(node)
    for door in doors(node):
        if "POST" not in (door.methods or ()):
            continue
        path = address(door.path)
        for role, who in people.items():
            if role not in allowed(door.path):
                await who.post(path)
            await who.send(path, {})
        await Person(node, "", "").post(path)
    assert await everything(node) == before


async def test_every_page_that_is_theirs_opens(node: Node, people: dict[str, Person]) -> None:
    """200, a way on, or "there is no such thing" for what hangs on a thing that is not there; never a mistake."""
    for door in doors(node):
        if "GET" not in (door.methods or ()):
            continue
        path = address(door.path)
        for role in allowed(door.path):
            answer = await people[role].get(path)
            if path == "/desk/people/invite" and "owner" not in role:
                assert answer.status_code == 403
            else:
                assert answer.status_code in {200, 303, 404}, (role, path)
