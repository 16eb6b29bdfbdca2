"""Reading the NodeInfo of others: a name and a version, or an error; never a way into our own network."""

import asyncio
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import (
    Forbidden,
    Gone,
    Malformed,
    TooLarge,
    Unreachable,
    WrongMediaType,
)
from federation.nodeinfo import Software, fetch_software
from tests.federation.small_world import World

pytestmark = pytest.mark.anyio

ORIGIN = "https://cal.example"
WELL_KNOWN = f"{ORIGIN}/.well-known/nodeinfo"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
JSON = "application/json"


@pytest.fixture
def world() -> World:
    return World()


def discovery(**versions: str) -> dict[str, Any]:
    """Of `v2_0="https://..."` and the like."""
    return {
        "links": [
            {"rel": SCHEMA + version.removeprefix("v").replace("_", "."), "href": href}
            for version, href in versions.items()
        ]
    }


def serve(world: World, url: str, document: Any, media_type: str = JSON, status: int = 200) -> None:
    world.serve(url, document, media_type=media_type, status=status)


def software(name: Any, version: Any = "5.1.0") -> dict[str, Any]:
    return {"version": "2.0", "software": {"name": name, "version": version}}


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("Mobilizon", "5.1.0", Software("mobilizon", "5.1.0")),
        ("gancio", "1.19", Software("gancio", "1.19")),
        ("friendica", None, Software("friendica", "")),
        ("a-9", "v" * 300, Software("a-9", "v" * 100)),
    ],
)
async def test_name_and_version(world: World, name: str, version: Any, expected: Software) -> None:
    serve(world, WELL_KNOWN, discovery(v2_0=f"{ORIGIN}/nodeinfo/2.0"), "application/jrd+json")
    serve(world, f"{ORIGIN}/nodeinfo/2.0", software(name, version), f'{JSON}; profile="{SCHEMA}2.0#"')
    assert await fetch_software(world.client, ORIGIN) == expected


async def test_the_higher_version_is_read_wherever_it_stands(world: World) -> None:
    serve(world, WELL_KNOWN, discovery(v2_1=f"{ORIGIN}/n21", v2_0=f"{ORIGIN}/n20", v1_0=f"{ORIGIN}/n10"))
    serve(world, f"{ORIGIN}/n21", software("gancio"))
    assert (await fetch_software(world.client, ORIGIN)).name == "gancio"
    assert world.asked == [WELL_KNOWN, f"{ORIGIN}/n21"]


@pytest.mark.parametrize(
    "href",
    [
        "https://other.example/nodeinfo/2.0",
        "https://cal.example:8443/nodeinfo/2.0",
        "http://cal.example/nodeinfo/2.0",
        "https://cal.example@10.0.0.1/nodeinfo/2.0",
        "https://127.0.0.1/nodeinfo/2.0",
        "http://[::1]/",
        "file:///etc/passwd",
        "/nodeinfo/2.0",
        "",
        7,
        {"href": "https://10.0.0.1/"},
    ],
)
async def test_a_link_to_another_origin_is_not_followed(world: World, href: Any) -> None:
    serve(world, WELL_KNOWN, {"links": [{"rel": SCHEMA + "2.0", "href": href}]})
    with pytest.raises(Malformed, match="foreign-link"):
        await fetch_software(world.client, ORIGIN)
    assert world.asked == [WELL_KNOWN]


@pytest.mark.parametrize("target", ["https://127.0.0.1/x", "https://10.0.0.1/x", "http://cal.example/x"])
async def test_a_redirect_into_our_network_is_not_followed(world: World, target: str) -> None:
    serve(world, WELL_KNOWN, discovery(v2_0=f"{ORIGIN}/n"))
    world.redirect(f"{ORIGIN}/n", target)
    with pytest.raises((Unreachable, Forbidden)):
        await fetch_software(world.client, ORIGIN)
    assert target not in world.asked


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "no-nodeinfo"),
        ({"links": "x"}, "no-nodeinfo"),
        ({"links": [None, "x", {"rel": SCHEMA + "1.0", "href": f"{ORIGIN}/n"}]}, "no-nodeinfo"),
        ({"links": [{}] * 300}, "too-many-links"),
    ],
)
async def test_what_leads_nowhere(world: World, document: Any, reason: str) -> None:
    serve(world, WELL_KNOWN, document)
    with pytest.raises(Malformed, match=reason):
        await fetch_software(world.client, ORIGIN)


@pytest.mark.parametrize(
    "name", ["", "Not A Name", "gancio\n", "мобілізон", "a" * 65, None, 7, ["gancio"] * 2]
)
async def test_a_name_is_a_word_or_nothing(world: World, name: Any) -> None:
    serve(world, WELL_KNOWN, discovery(v2_0=f"{ORIGIN}/n"))
    serve(world, f"{ORIGIN}/n", software(name))
    with pytest.raises(Malformed, match="no-software"):
        await fetch_software(world.client, ORIGIN)


async def test_what_is_no_nodeinfo_at_all(world: World) -> None:
    with pytest.raises(Gone):
        await fetch_software(world.client, ORIGIN)
    serve(world, WELL_KNOWN, b"<html>", "text/html")
    with pytest.raises(WrongMediaType):
        await fetch_software(world.client, ORIGIN)
    serve(world, WELL_KNOWN, discovery(v2_0=f"{ORIGIN}/n"))
    serve(world, f"{ORIGIN}/n", {"software": []})
    with pytest.raises(Malformed, match="no-software"):
        await fetch_software(world.client, ORIGIN)
    serve(world, f"{ORIGIN}/n", b'{"x": "' + b"y" * 70_000 + b'"}')
    with pytest.raises(TooLarge):
        await fetch_software(world.client, ORIGIN)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
links = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "rel": st.sampled_from([SCHEMA + "2.0", SCHEMA + "2.1"]) | json_values,
            "href": json_values,
        },
    )
    | json_values,
    max_size=4,
)
documents = st.dictionaries(st.sampled_from(["links", "software", "name"]), json_values, max_size=3) | (
    st.fixed_dictionaries({"links": links})
)


class Anything:
    """Answers what it is given, whatever is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def fetch_json(self, url: str, accept: str, max_bytes: int = 0) -> Any:
        return self.answers.pop(0)


@given(documents, st.fixed_dictionaries({"software": json_values}) | documents)
def test_no_answer_whatever_is_more_than_malformed(found: Any, info: Any) -> None:
    client = Anything(found, info)
    with contextlib.suppress(Malformed):
        read = asyncio.run(fetch_software(client, ORIGIN))
        assert read.name == read.name.lower()
        assert 1 <= len(read.name) <= 64
