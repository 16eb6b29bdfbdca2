"""FEP-8fcf: the digest of the specification, and a header that is read strictly or not at all."""

import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.collection_synchronization import (
    Synchronization,
    digest_of,
    format_header,
    parse_header,
)
from federation.errors import FederationError, Forbidden, Malformed

VECTOR = json.loads((Path(__file__).parent / "vectors" / "v8_fep_8fcf.json").read_text())
ACTOR = "https://peer.example/users/eve"
SAID = Synchronization(f"{ACTOR}/followers", f"{ACTOR}/followers_synchronization", "ab" * 32)
IDS = st.lists(st.from_regex(r"https://[a-z]{1,5}\.example/[a-z]{0,5}", fullmatch=True), unique=True)


def test_ac_6_3_the_digest_is_the_specifications() -> None:
    assert {actor_id: digest_of([actor_id]) for actor_id in VECTOR["digests"]} == VECTOR["digests"]
    assert digest_of(VECTOR["digests"]) == VECTOR["digest"]
    assert digest_of([]) == "00" * 32


@given(IDS)
def test_the_order_does_not_matter_and_whoever_is_missing_does(ids: list[str]) -> None:
    assert digest_of(reversed(ids)) == digest_of(sorted(ids)) == digest_of(ids)
    for actor_id in ids:
        assert digest_of([other for other in ids if other != actor_id]) != digest_of(ids)


def test_what_we_say_is_read_as_it_was_meant() -> None:
    value = format_header(SAID)
    assert value == f'collectionId="{SAID.collection_id}", url="{SAID.url}", digest="{SAID.digest}"'
    assert parse_header(value, actor_id=ACTOR) == SAID


@pytest.mark.parametrize(
    "value",
    [
        f'collectionId="{SAID.collection_id}", digest="{SAID.digest}", url="{SAID.url}"',
        f'digest="{SAID.digest}",collectionId="{SAID.collection_id}",url="{SAID.url}"',
        f'  url="{SAID.url}" ,\tcollectionId="{SAID.collection_id}" , digest="{SAID.digest.upper()}" ',
        f'collectionId="{SAID.collection_id}", url="{SAID.url}", digest="{SAID.digest}", later="more"',
    ],
    ids=["as-mastodon", "no-spaces", "many-spaces", "a-parameter-to-come"],
)
def test_parameters_come_in_any_order(value: str) -> None:
    assert parse_header(value, actor_id=ACTOR) == SAID


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        "nonsense",
        format_header(SAID) + ",",
        format_header(SAID) + f', digest="{"cd" * 32}"',
        format_header(SAID).replace('digest="', 'Digest="x", digest="'),
        format_header(SAID).replace('"', "'"),
        format_header(SAID).replace('"', ""),
        format_header(SAID).replace("ab" * 32, "ab" * 31),
        format_header(SAID).replace("ab" * 32, "ab" * 33),
        format_header(SAID).replace("ab" * 32, "zz" * 32),
        format_header(SAID).replace("ab" * 32, "٣" * 64),
        f'collectionId="{SAID.collection_id}", url="{SAID.url}"',
        format_header(SAID).replace(", ", "; "),
        format_header(SAID) + ", " * 4000,
    ],
)
def test_what_is_not_that_header_is_refused(value: str) -> None:
    with pytest.raises(Malformed, match="bad-synchronization"):
        parse_header(value, actor_id=ACTOR)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/users/eve/followers",
        "http://peer.example/users/eve/followers",
        "https://peer.example:8443/users/eve/followers",
        "https://peer.example@evil.example/",
        "file:///etc/passwd",
        "/users/eve/followers",
        "",
    ],
)
def test_another_servers_address_is_refused(elsewhere: str) -> None:
    """Whoever writes to us does not choose whom we ask."""
    for said in (
        Synchronization(elsewhere, SAID.url, SAID.digest),
        Synchronization(SAID.collection_id, elsewhere, SAID.digest),
    ):
        with pytest.raises(Forbidden, match="synchronization-elsewhere"):
            parse_header(format_header(said), actor_id=ACTOR)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(value: str) -> None:
    for text in (value, format_header(SAID) + value, value + format_header(SAID)):
        with contextlib.suppress(FederationError):
            assert parse_header(text, actor_id=ACTOR).url.startswith("https://peer.example/")


@pytest.mark.parametrize("run", [" ", "a", 'a="', 'a="",', ", "])
def test_a_long_header_costs_no_time(run: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Malformed):
        parse_header((run * 6144)[:6144], actor_id=ACTOR)
    assert time.perf_counter() - start < 0.05
