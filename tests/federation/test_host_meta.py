"""WebFinger at another address: what a host-meta may say, and what it cannot make us do."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.addresses import NetworkPolicy
from federation.errors import Gone, Malformed
from federation.host_meta import template_in
from federation.webfinger import fetch_links, jrd, resolve_handle, self_link
from tests.federation.small_world import Peer, World

ALICE = Peer("alice")
USUAL = "https://peer.example/.well-known/webfinger?resource=acct%3Aalice%40peer.example"
HOST_META = "https://peer.example/.well-known/host-meta"
THERE = "https://accounts.peer.example/find?x=1&resource=acct%3Aalice%40peer.example"
HEAD = '<?xml version="1.0" encoding="UTF-8"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'


def xrd(*links: str, head: str = HEAD) -> bytes:
    return (head + "".join(links) + "</XRD>").encode()


def lrdd(template: str, more: str = "") -> str:
    return f'<Link rel="lrdd" {more} template="{template}"/>'


GOOD = xrd(lrdd("https://accounts.peer.example/find?x=1&amp;resource={uri}"))
BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="https://x.example/&c;{uri}"/></XRD>'
)
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="https://x.example/{uri}&e;"/></XRD>'
)


@pytest.fixture
def world() -> World:
    world = World()
    found = jrd("acct:alice@peer.example", [], [self_link(ALICE.id)])
    world.serve(THERE, found, media_type="application/jrd+json")
    return world


@pytest.mark.anyio
@pytest.mark.parametrize("media_type", ["application/xrd+xml; charset=utf-8", "application/xml", "text/xml"])
async def test_after_a_404_the_hosts_own_template_is_asked_once(world: World, media_type: str) -> None:
    world.serve(HOST_META, GOOD, media_type=media_type)
    assert await resolve_handle(world.client, "@alice@peer.example") == ALICE.id
    assert world.asked == [USUAL, HOST_META, THERE]


@pytest.mark.anyio
async def test_410_is_meant_and_nobody_else_is_asked(world: World) -> None:
    world.serve(USUAL, {}, status=410)
    world.serve(HOST_META, GOOD, media_type="application/xrd+xml")
    with pytest.raises(Gone) as gone:
        await resolve_handle(world.client, "@alice@peer.example")
    assert gone.value.deleted
    assert world.asked == [USUAL]


@pytest.mark.anyio
async def test_a_host_meta_that_names_the_usual_address_is_not_asked_again(world: World) -> None:
    usual = lrdd("https://peer.example/.well-known/webfinger?resource={uri}")
    world.serve(HOST_META, xrd(usual), media_type="application/xrd+xml")
    with pytest.raises(Gone):
        await resolve_handle(world.client, "@alice@peer.example")
    assert world.asked == [USUAL, HOST_META]


@pytest.mark.anyio
async def test_what_is_not_found_there_either_is_not_looked_for_further(world: World) -> None:
    world.serve(HOST_META, xrd(lrdd("https://other.example/{uri}")), media_type="application/xrd+xml")
    world.serve("https://other.example/.well-known/host-meta", GOOD, media_type="application/xrd+xml")
    with pytest.raises(Gone):
        await resolve_handle(world.client, "@alice@peer.example")
    assert world.asked == [USUAL, HOST_META, "https://other.example/acct%3Aalice%40peer.example"]


@pytest.mark.anyio
async def test_what_visitors_type_is_asked_once(world: World) -> None:
    world.serve(HOST_META, GOOD, media_type="application/xrd+xml")
    with pytest.raises(Gone):
        await fetch_links(world.client, "@alice@peer.example")
    assert world.asked == [USUAL]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "template",
    [
        "http://peer.example/{uri}",
        "https://127.0.0.1/{uri}",
        "https://localhost/{uri}",
        "https://[::ffff:127.0.0.1]/{uri}",
        "https://peer.example:8443/{uri}",
        "https://metadata.internal/{uri}",
        "https://user@peer.example/{uri}",
        "https://{uri}/",
        "https://{uri}.evil.example/",
        "file:///etc/passwd?{uri}",
        "//peer.example/{uri}",
        "/find?{uri}",
        "https://peer.example/\\{uri}",
        "https://peer.example/ {uri}",
        "javascript:{uri}",
        "https://peer.example/{uri}/{uri}",
        "https://peer.example/",
        "",
        "https://peer.example/" + "a" * 3000 + "{uri}",
    ],
)
async def test_a_template_that_leads_inside_or_nowhere_is_not_followed(world: World, template: str) -> None:
    world.serve(HOST_META, xrd(lrdd(template)), media_type="application/xrd+xml")
    with pytest.raises(Gone):
        await resolve_handle(world.client, "@alice@peer.example")
    assert world.asked == [USUAL, HOST_META]


@pytest.mark.anyio
async def test_a_template_does_not_lead_out_of_tls(world: World) -> None:
    """Also where the operator's own networks may be asked in plain http."""
    world.client = world.make_client(NetworkPolicy((ip_network("127.0.0.0/8"),)))
    world.serve(HOST_META, xrd(lrdd("http://127.0.0.1:8000/{uri}")), media_type="application/xrd+xml")
    with pytest.raises(Gone):
        await resolve_handle(world.client, "@alice@peer.example")
    assert world.asked == [USUAL, HOST_META]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (GOOD, "text/html"),
        (GOOD, "application/json"),
        (b" " * 65_537 + GOOD, "application/xrd+xml"),
        (BILLION.encode(), "application/xrd+xml"),
        (BILLION.replace('1.0"?', '1.0" encoding="UTF-16"?').encode("utf-16"), "application/xrd+xml"),
        (OUTSIDE.encode(), "application/xrd+xml"),
        (b"", "application/xrd+xml"),
        (b"{}", "application/xrd+xml"),
    ],
)
async def test_a_hostile_host_meta_is_as_good_as_none(world: World, body: bytes, media_type: str) -> None:
    world.serve(HOST_META, body, media_type=media_type)
    with pytest.raises(Gone):
        await resolve_handle(world.client, "@alice@peer.example")
    assert world.asked == [USUAL, HOST_META]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BILLION.encode(), "xml-declarations"),
        (BILLION.encode("utf-16"), "not-utf-8"),
        (BILLION.encode("utf-16-be"), "xml-declarations"),
        (BILLION.encode("utf-16-le"), "xml-declarations"),
        (OUTSIDE.encode(), "xml-declarations"),
        (xrd("<!-- a comment -->", lrdd("https://x.example/{uri}")), "xml-declarations"),
        (xrd("<![CDATA[x]]>"), "xml-declarations"),
        (b"<XRD>", "not-xml"),
        (b"<a>" * 20_000, "not-xml"),
        (b"<a>" * 9_000 + b"</a>" * 9_000, "no-template"),
        (xrd(), "no-template"),
        (xrd(lrdd("https://x.example/{uri}"), head="<XRD>"), "no-template"),
        (xrd(lrdd("https://x.example/{uri}", 'type="application/xrd+xml"')), "no-template"),
        (xrd('<Link rel="author" template="https://x.example/{uri}"/>'), "no-template"),
        (xrd(*[lrdd("https://x.example/")] * 65, lrdd("https://x.example/{uri}")), "no-template"),
        ("<?xml version='1.0' encoding='latin-1'?><ä/>".encode("latin-1"), "not-utf-8"),
        (b"<a>\x00</a>", "xml-declarations"),
    ],
)
def test_what_is_no_host_meta_is_malformed(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        template_in(body)
    assert caught.value.reason == reason


def test_ours_is_read_and_so_is_one_with_the_older_kind_beside() -> None:
    old = lrdd("https://x.example/old/{uri}", 'type="application/xrd+xml"')
    new = lrdd("https://x.example/new/{uri}", 'type="application/jrd+json"')
    assert template_in(xrd(old, new)) == "https://x.example/new/{uri}"


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: xrd(lrdd(text))))
def test_no_bytes_whatever_are_more_than_malformed(body: bytes) -> None:
    try:
        found = template_in(body)
    except Malformed:
        return
    assert found.count("{uri}") == 1
