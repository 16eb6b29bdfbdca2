"""A hub in a process of its own, and initiatives that lie to it, steal from each other and write hostile text."""

import json
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.doors.conftest import Served
from tests.doors.stranger import Account, Answer, Stranger, ask, base58, moment
from tests.peers.instance import wait_until

Json = dict[str, Any]

EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}{%x%}"
CONTROLS = "a\u202eb\u2066c\u0001\u0008\u000b\ufffe\uffff\u0085\u2028d]]>&amp;"
BIDI = ("\u202a", "\u202b", "\u202d", "\u202e")


@pytest.fixture(scope="module")
def garden(served: Served, stranger: Stranger) -> Account:
    return listed(served, stranger.account("garden-of-words", "Organization"), name="Garden")


@pytest.fixture(scope="module")
def weed(served: Served, acquaintance: Stranger) -> Account:
    return listed(served, acquaintance.account("weed", "Organization"), name="Weed")


@pytest.fixture(scope="module")
def neighbour(served: Served, stranger: Stranger) -> Account:
    """On the same server as the garden."""
    return listed(served, stranger.account("neighbour", "Organization"), name="Neighbour")


def apply(served: Served, account: Account) -> Json:
    follow = account.activity("Follow", served.hub)
    assert account.post(served.inbox, follow).status == 202
    return follow


def listed(served: Served, account: Account, **profile: Any) -> Account:
    account.say(**profile)
    apply(served, account)
    # Durable before the application is even checked.
    served.command("hub", "admit", account.id)
    eventually(served, lambda: account.id in directory(served), f"{account.name} is not listed")
    return account


def eventually(served: Served, condition: Callable[[], bool], otherwise: str) -> None:
    wait_until(condition, otherwise, 15, served.log)


def directory(served: Served) -> dict[str, Json]:
    return {item["actor"]: item for item in served.get("/directory.json")[1]["items"]}


def calls(served: Served) -> dict[str, Json]:
    return {item["uri"]: item for item in served.get("/calls.json")[1]["items"]}


def published(served: Served, author: Account, slug: str, /, **members: Any) -> Json:
    note = author.call(slug, **members)
    assert author.post(served.inbox, author.activity("Create", note)).status == 202
    eventually(served, lambda: note["id"] in calls(served), f"{slug} is not listed")
    return note


def edited(author: Account, note: Json, **members: Any) -> Json:
    return author.prove({**{key: value for key, value in note.items() if key != "proof"}, **members})


def quiet(served: Served, beacon: Account) -> None:
    """Waits until a call that was sent after everything else is listed: what came before has then had its turn."""
    note = published(served, beacon, f"beacon-{time.monotonic_ns()}")
    assert beacon.post(served.inbox, beacon.activity("Delete", note["id"])).status == 202
    del beacon.stranger.documents[note["id"].removeprefix(beacon.stranger.origin)]
    assert note["id"] not in calls(served)


def test_only_a_profile_that_its_own_key_proves_is_an_application(
    served: Served, stranger: Stranger, weed: Account
) -> None:
    """TRU-11, SIG-27: everybody else who follows is a follower, and nothing they publish is listed."""
    honest = stranger.account("honest", "Organization")
    honest.say()
    bare = stranger.account("bare", "Organization")
    changed = stranger.account("changed", "Organization")
    changed.say()
    changed.document["name"] = "Changed after it was signed"
    borrowed = stranger.account("borrowed", "Organization")
    stranger.documents["/users/borrowed"] = honest.prove(borrowed.document)
    person = stranger.account("person")
    person.say()
    for account in (bare, changed, borrowed, person, honest):
        apply(served, account)
        note = account.call(f"by-{account.name}")
        assert account.post(served.inbox, account.activity("Create", note)).status == 202
    eventually(served, lambda: "@honest@" in served.command("hub", "applications"), "nobody applied")
    quiet(served, weed)
    lines = served.command("hub", "applications").splitlines()
    assert [line.split("@")[1] for line in lines if stranger.authority in line] == ["honest"]
    assert {
        stranger.origin + f"/calls/by-{account.name}" for account in stranger.accounts.values()
    }.isdisjoint(calls(served))


def test_nobody_changes_what_another_published(
    served: Served, garden: Account, weed: Account, neighbour: Account
) -> None:
    """IDC-02, IDC-03, IDC-04, IDC-16: on the same server or another, listed or not."""
    note = published(served, garden, "kept")
    before = calls(served)[note["id"]], directory(served)[garden.id]
    follow = {"id": f"{garden.stranger.origin}/f", "type": "Follow", "actor": garden.id, "object": served.hub}
    for thief in (weed, neighbour):
        mine = edited(thief, note, attributedTo=thief.id, name="Mine now", updated=moment())
        profile = edited(thief, garden.document, name="Mine now", updated=moment())
        attempts = [
            thief.activity("Update", mine),
            thief.activity("Update", edited(thief, note, name="Mine now", updated=moment())),
            thief.activity("Update", profile),
            thief.activity("Delete", note["id"]),
            thief.activity("Undo", follow),
        ]
        assert {thief.post(served.inbox, attempt).status for attempt in attempts} == {403}
        idle = [thief.activity("Announce", note["id"]) for _ in range(5)]
        assert {thief.post(served.inbox, attempt).status for attempt in idle} == {202}
    quiet(served, weed)
    assert (calls(served)[note["id"]], directory(served)[garden.id]) == before


def test_what_its_author_did_not_mean_is_not_listed(served: Served, garden: Account, weed: Account) -> None:
    note = published(served, garden, "meant")
    origin = garden.stranger.origin
    variants = [
        ("Update", edited(garden, note, name="Older", updated="2020-01-01T00:00:00Z")),
        ("Update", edited(garden, note, name="From the future", updated="2999-01-01T00:00:00Z")),
        ("Update", {**note, "name": "Not signed", "updated": moment()}),
        ("Create", edited(garden, note, id=f"{origin}/calls/private", to=[garden.id])),
        ("Create", edited(garden, note, id=f"{origin}/calls/to-the-hub", to=[served.hub])),
        ("Create", edited(garden, note, id=f"{origin}/calls/reply", inReplyTo=note["id"])),
        ("Create", edited(garden, note, id=f"{origin}/calls/odd", callStatus="antipole:odd")),
    ]
    before = calls(served)
    for kind, variant in variants:
        assert garden.post(served.inbox, garden.activity(kind, variant)).status == 202
    quiet(served, weed)
    assert calls(served) == before


def test_a_new_key_does_not_take_over_the_name(served: Served, stranger: Stranger, weed: Account) -> None:
    """TRU-14: the address may have been seized. The key that was pinned still speaks."""
    seized = listed(served, stranger.account("seized", "Organization"), name="Before")
    pinned, entry = seized.ed25519, seized.document["assertionMethod"][0]
    seized.ed25519 = ed25519.Ed25519PrivateKey.generate()
    entry["publicKeyMultibase"] = base58(b"\xed\x01" + seized.ed25519.public_key().public_bytes_raw())
    profile = seized.say(name="Seized")
    for activity in (
        seized.activity("Update", profile),
        seized.activity("Follow", served.hub),
        seized.activity("Create", seized.call("by-the-thief")),
    ):
        assert seized.post(served.inbox, activity).status == 202
    quiet(served, weed)
    assert directory(served)[seized.id]["name"] == "Before"
    assert f"{stranger.origin}/calls/by-the-thief" not in calls(served)
    seized.ed25519 = pinned
    entry["publicKeyMultibase"] = base58(b"\xed\x01" + pinned.public_key().public_bytes_raw())
    assert seized.post(served.inbox, seized.activity("Update", seized.say(name="After"))).status == 202
    eventually(served, lambda: directory(served)[seized.id]["name"] == "After", "the pinned key is not heard")


def test_a_deleted_call_is_shown_nowhere_and_does_not_come_back(served: Served, garden: Account) -> None:
    words = "Sentinel-to-be-deleted"
    note = published(served, garden, "deleted", name=words)
    page = calls(served)[note["id"]]["page"].removeprefix(served.origin)
    assert words in ask("GET", served.origin + page).body.decode()
    assert (
        garden.post(served.inbox, garden.activity("Delete", {"id": note["id"], "type": "Tombstone"})).status
        == 202
    )
    for path in (
        "/",
        page,
        "/calls.json",
        "/feed.atom",
        "/map.geojson",
        "/initiatives",
        "/actors/hub/outbox?page=true",
    ):
        assert words not in ask("GET", served.origin + path).body.decode(), path
    again = edited(garden, note, updated=moment())
    assert garden.post(served.inbox, garden.activity("Create", again)).status == 202
    assert note["id"] not in calls(served)


@pytest.fixture(scope="module")
def hostile(served: Served, acquaintance: Stranger) -> list[str]:
    """The paths of all pages that show an initiative that wrote hostile text wherever text may stand."""
    account = listed(
        served,
        acquaintance.account("hostile", "Organization"),
        name=EVIL,
        summary=f"<p>{EVIL}</p><style>*{{}}</style><a href='javascript:1'>j</a>"
        "<a href='//evil.example' onclick='1'>r</a>"
        "<a href='https://evil.example/'>https://good.org</a><iframe src=x></iframe><base href=//evil><svg onload=1>"
        "<meta http-equiv=refresh content=0><form action=x><input></form>" + "<b>" * 5000,
        location={"type": "Place", "name": EVIL},
        languages=[EVIL, "en"],
        theme=[EVIL, "antipole:evidence"],
        attachment=[{"type": "PropertyValue", "name": EVIL, "value": f"<a href='javascript:1'>{EVIL}</a>"}],
        icon={"type": "Image", "url": "javascript:alert(1)"},
        url="javascript:alert(1)",
    )
    markdown = f"{EVIL}\n\n[j](javascript:alert(1)) [https://good.org](https://evil.example) ![i](https://evil.example/t)"
    texts: dict[str, Json] = {
        "evil": {
            "name": EVIL,
            "source": {"content": markdown, "mediaType": "text/markdown"},
            "location": {"type": "Place", "name": EVIL},
            "attachment": [{"type": "Link", "href": "javascript:alert(1)"}],
            "tag": [{"type": "Hashtag", "name": EVIL, "href": "javascript:1"}],
            "callType": EVIL,
            "theme": [EVIL],
            "startTime": EVIL,
        },
        "controls": {"name": CONTROLS, "source": {"content": CONTROLS, "mediaType": "text/markdown"}},
        "link": {
            "attachment": [{"type": "Link", "href": 'https://evil.example/"><script>alert(1)</script>'}]
        },
        "long": {
            "name": "W " * 5000,
            "source": {"content": ("*" * 50 + "[" * 50) * 100, "mediaType": "text/markdown"},
        },
        "nested": {"content": "<b>" * 10_000 + "x", "source": None},
    }
    for slug, members in texts.items():
        published(served, account, f"hostile-{slug}", **members)
    paths = [item["page"] for item in [*calls(served).values(), directory(served)[account.id]]]
    return [path.removeprefix(served.origin) for path in paths]


def pages_of(served: Served, paths: list[str]) -> Iterator[tuple[str, Answer]]:
    for path in ("/", "/initiatives", "/?lang=ru", "/follow", *paths):
        yield path, ask("GET", served.origin + path)


def test_hostile_text_is_text_on_every_page(served: Served, hostile: list[str]) -> None:
    """CON-01 to CON-03, CON-08, CON-12, CON-13, WEB-06."""
    alive = re.compile(
        # A script that is a file of ours is meant to be there.
        r"<(?:script(?! type=.module. src=./static/js/[\w.]+.></script>)|"
        r"iframe|style|base|form action=x|svg onload|b>)|<[^>]*\son[a-z]+=|"
        r"(?:href|src)=[\"']?(?:javascript|data:|//)|<img[^>]+src=[\"']?(?:x|http)|http-equiv|>49<|<[^>]+\sstyle=",
        re.IGNORECASE,
    )
    for path, answer in pages_of(served, hostile):
        text = answer.body.decode()
        assert answer.status == 200, path
        found = alive.search(text)
        assert found is None, (path, text[max(found.start() - 100, 0) : found.end() + 50] if found else "")
        assert not any(mark in text for mark in BIDI), path
        # The host that a link leads to stands beside a text that names another.
        assert ">https://good.org<" not in text, path


def test_hostile_text_leaves_feeds_and_json_whole(served: Served, hostile: list[str]) -> None:
    assert hostile
    initiative = hostile[-1].rpartition("/")[2]
    for path in ("/feed.atom", f"/feed.atom?initiative={initiative}"):
        feed = ElementTree.fromstring(ask("GET", served.origin + path).body)
        contents = [element.text or "" for element in feed.iter("{http://www.w3.org/2005/Atom}content")]
        assert len(contents) >= 5
        for html in contents:
            assert not re.search(r"<script|<img|href=.?javascript", html)
    for path in ("/calls.json", "/directory.json", "/map.geojson"):
        answer = ask("GET", served.origin + path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.body)
    assert "\n" not in served.get("/directory.json")[1]["items"][0]["name"]


def test_an_applicants_name_cannot_forge_a_line(served: Served, stranger: Stranger) -> None:
    """`hub applications` is read by people and scripts, line by line, on a terminal."""
    forger = stranger.account("forger", "Organization")
    forger.say(name="x\n@victim@good.example  applied\u2028@victim@b\x1b[2J\r@victim@c")
    apply(served, forger)
    eventually(served, lambda: "@forger@" in served.command("hub", "applications"), "nobody applied")
    lines = served.command("hub", "applications").splitlines()
    assert not any(line.startswith("@victim") for line in lines)
    assert not any("\x1b" in line for line in lines)
