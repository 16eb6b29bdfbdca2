"""Handles to actors, and back."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.addresses import NetworkPolicy
from federation.errors import Forbidden, Gone, Malformed, Unreachable, WrongMediaType
from federation.webfinger import (
    Resource,
    confirm_handle,
    jrd,
    parse_handle,
    parse_resource,
    resolve_handle,
    self_link,
)
from tests.federation.small_world import Peer, World

ALICE = Peer("alice")


@pytest.fixture
def world() -> World:
    return World()


def finger(host: str, account: str, scheme: str = "https") -> str:
    resource = f"acct:{account}".replace(":", "%3A").replace("@", "%40")
    return f"{scheme}://{host}/.well-known/webfinger?resource={resource}"


def answer(account: str, actor_id: str = ALICE.id) -> dict[str, Any]:
    return jrd(f"acct:{account}", [actor_id], [self_link(actor_id)])


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("acct:garten@Hub.example", Resource("acct:garten@Hub.example", "acct", "garten", "hub.example")),
        ("acct:hub@127.0.0.2:8001", Resource("acct:hub@127.0.0.2:8001", "acct", "hub", "127.0.0.2:8001")),
        ("acct:a.b-c_d@x.example", Resource("acct:a.b-c_d@x.example", "acct", "a.b-c_d", "x.example")),
        ("https://hub.example/", Resource("https://hub.example/", "https")),
        ("did:key:z6Mk", Resource("did:key:z6Mk", "did")),
        ("mailto:garten@hub.example", Resource("mailto:garten@hub.example", "mailto")),
        ("XMPP:garten@hub.example", Resource("XMPP:garten@hub.example", "xmpp")),
    ],
)
def test_ac_3_1_any_uri_is_accepted_as_a_resource(text: str, resource: Resource) -> None:
    assert parse_resource(text) == resource


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "garten",
        "garten@hub.example",
        "acct:",
        "acct:garten",
        "acct:@hub.example",
        "acct:garten@",
        "acct:garten@@hub.example",
        "acct:garten@hub.example@evil.example",
        "acct:gar ten@hub.example",
        "acct:garten@hub.example/path",
        "acct:garten@hub.example\r\nX: y",
        ":garten",
        "https://пир.example/",
        "acct:" + "a" * 3000 + "@hub.example",
    ],
)
def test_ac_3_1_what_is_no_uri_is_malformed(text: str | None) -> None:
    with pytest.raises(Malformed) as caught:
        parse_resource(text)
    assert caught.value.reason == ("bad-resource" if text else "no-resource")


@given(st.text(max_size=60) | st.from_regex(r"(acct:)?@?[a-z.]{0,9}@[a-z.:0-9\[\]]{0,20}", fullmatch=True))
def test_no_text_whatever_is_more_than_malformed(text: str) -> None:
    for read in (parse_resource, parse_handle):
        try:
            read(text)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "text", ["@hub@Peer.example", "hub@peer.example", "acct:hub@peer.example", " @hub@peer.example "]
)
def test_a_handle_is_read_in_its_usual_spellings(text: str) -> None:
    assert parse_handle(text) == ("hub", "peer.example")


@pytest.mark.anyio
async def test_a_handle_leads_to_an_actor(world: World) -> None:
    world.serve(
        finger("peer.example", "alice@peer.example"),
        answer("alice@peer.example"),
        media_type="application/jrd+json",
    )
    assert await resolve_handle(world.client, "@alice@peer.example") == ALICE.id


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["127.0.0.2:8001", "localhost:8001"])
async def test_a_handle_on_loopback_is_asked_in_plain_http_with_its_port(world: World, host: str) -> None:
    world.client = world.make_client(NetworkPolicy((ip_network("127.0.0.0/8"),)))
    hub = f"http://{host}/hub"
    url = finger(host, f"hub@{host}", "http")
    world.serve(url, answer(f"hub@{host}", hub), media_type="application/json")
    assert await resolve_handle(world.client, f"@hub@{host}") == hub


@pytest.mark.anyio
@pytest.mark.parametrize(
    "handle", ["@hub@127.0.0.2:8001", "@hub@10.0.0.1", "@hub@localhost", "@hub@peer.example:8443"]
)
async def test_a_handle_inside_is_not_asked(world: World, handle: str) -> None:
    with pytest.raises(Unreachable, match="forbidden-url"):
        await resolve_handle(world.client, handle)
    assert world.requests == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "handle", ["", "alice", "@alice", "@alice@peer.example/..", "@a@b@peer.example", "@@peer.example"]
)
async def test_a_bad_handle_is_malformed(world: World, handle: str) -> None:
    with pytest.raises(Malformed, match="bad-handle"):
        await resolve_handle(world.client, handle)


@pytest.mark.anyio
async def test_an_unknown_handle_is_gone_and_an_empty_answer_is_unreachable(world: World) -> None:
    with pytest.raises(Gone):
        await resolve_handle(world.client, "@alice@peer.example")
    url = finger("peer.example", "alice@peer.example")
    for links in (
        [],
        [{"rel": "self", "type": "text/html", "href": ALICE.id}],
        [{"rel": "self", "href": ALICE.id}],
        [{"rel": "self", "type": "application/activity+json", "href": "javascript:1"}],
        ["nonsense", None, {"rel": ["self"]}],
    ):
        world.serve(
            url, {"subject": "acct:alice@peer.example", "links": links}, media_type="application/jrd+json"
        )
        with pytest.raises(Unreachable, match="no-self-link"):
            await resolve_handle(world.client, "@alice@peer.example")
    world.serve(url, answer("alice@peer.example"), media_type="text/html")
    with pytest.raises(WrongMediaType):
        await resolve_handle(world.client, "@alice@peer.example")


def serve_accounts(world: World, *accounts: tuple[str, str, dict[str, Any]]) -> None:
    for host, account, document in accounts:
        world.serve(finger(host, account), document, media_type="application/jrd+json")


@pytest.mark.anyio
async def test_ac_3_2_a_plain_handle_is_confirmed(world: World) -> None:
    serve_accounts(world, ("peer.example", "alice@peer.example", answer("Alice@PEER.example")))
    assert await confirm_handle(world.client, ALICE.read()) == "alice@peer.example"


@pytest.mark.anyio
async def test_ac_3_2_a_split_domain_is_confirmed_by_the_other_domain(world: World) -> None:
    serve_accounts(
        world,
        ("peer.example", "alice@peer.example", answer("alice@brand.example")),
        ("brand.example", "alice@brand.example", answer("alice@brand.example")),
    )
    assert await confirm_handle(world.client, ALICE.read()) == "alice@brand.example"
    assert len(world.requests) == 2


@pytest.mark.anyio
async def test_ac_3_2_the_webfinger_property_says_whom_to_ask(world: World) -> None:
    serve_accounts(world, ("brand.example", "al@brand.example", answer("al@brand.example")))
    assert await confirm_handle(world.client, ALICE.read(webfinger="al@brand.example")) == "al@brand.example"
    assert len(world.requests) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("home", "brand"),
    [
        # the other domain knows nothing of this actor, names another, or points on to a third
        (answer("alice@brand.example"), answer("alice@brand.example", "https://brand.example/users/alice")),
        (answer("alice@brand.example"), answer("alice@third.example")),
        # the own domain leads to another actor, or says nothing readable
        (answer("alice@peer.example", "https://peer.example/users/bob"), {}),
        ({"links": [self_link(ALICE.id)]}, {}),
        ({"subject": "alice", "links": [self_link(ALICE.id)]}, {}),
        ({"subject": ["acct:alice@peer.example"], "links": [self_link(ALICE.id)]}, {}),
    ],
)
async def test_a_handle_that_does_not_lead_back_is_refused(
    world: World, home: dict[str, Any], brand: dict[str, Any]
) -> None:
    serve_accounts(
        world,
        ("peer.example", "alice@peer.example", home),
        ("brand.example", "alice@brand.example", brand),
        ("third.example", "alice@third.example", answer("alice@third.example")),
    )
    with pytest.raises(Forbidden, match="handle-not-confirmed"):
        await confirm_handle(world.client, ALICE.read())
    assert all("third.example" not in url for url in world.asked)


@pytest.mark.anyio
async def test_the_webfinger_property_is_not_led_further(world: World) -> None:
    serve_accounts(
        world,
        ("brand.example", "alice@brand.example", answer("alice@third.example")),
        ("third.example", "alice@third.example", answer("alice@third.example")),
    )
    with pytest.raises(Forbidden):
        await confirm_handle(world.client, ALICE.read(webfinger="alice@brand.example"))
