"""WebFinger as FediTest asks for it, over real TLS on loopback, and as a whole loop."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
import trustme
import uvicorn

from server.app import create_app
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

HOST = "garden.example"


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    node = await fediverse.add(HOST, roles=["initiative"])
    await node.command("initiative.add", handle="garten", name="Garten", languages=["de"])
    return node


@asynccontextmanager
async def served_over_tls(node: Node, directory: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """The instance behind uvicorn with a certificate, and a client that trusts its authority alone."""
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST)
    key = directory / "key.pem"
    chain = directory / "chain.pem"
    certificate.private_key_pem.write_to_path(str(key))
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(str(chain), append=True)
    config = uvicorn.Config(
        create_app(node.services, node.features, with_workers=False),
        host="127.0.0.1",
        port=0,
        ssl_keyfile=str(key),
        ssl_certfile=str(chain),
        log_level="error",
        server_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        context = ssl.create_default_context()
        authority.configure_trust(context)
        async with httpx2.AsyncClient(
            base_url=f"https://127.0.0.1:{port}",
            headers={"host": HOST},
            verify=context,
            trust_env=False,
            timeout=10,
        ) as client:
            client.event_hooks["request"] = [_name_in_tls]
            yield client
    finally:
        server.should_exit = True
        await serving


async def _name_in_tls(request: httpx2.Request) -> None:
    """The certificate is for the name; the address is only where it listens."""
    request.extensions["sni_hostname"] = HOST


async def test_ac_3_1_the_feditest_cases_over_tls(node: Node, tmp_path: Path) -> None:
    account = quote(f"acct:garten@{HOST}", safe="")
    path = "/.well-known/webfinger"
    async with served_over_tls(node, tmp_path) as client:
        plain = await client.get(f"{path}?resource={account}")
        # 4.2: found, with the right type
        assert plain.status_code == 200
        assert plain.headers["content-type"].split(";")[0] == "application/jrd+json"
        # 5.1: any page may read it
        assert plain.headers["access-control-allow-origin"] == "*"
        assert plain.json()["subject"] == f"acct:garten@{HOST}"
        # 4.1: the order of parameters does not matter; 4.3: unknown rel filters are tolerated, and many
        for query in (
            f"resource={account}&rel=self&rel=http%3A%2F%2Fexample.com%2Fnothing",
            f"rel=self&resource={account}",
            f"rel=a&resource={account}&rel=b&unknown=1",
        ):
            answer = await client.get(f"{path}?{query}")
            assert answer.status_code == 200
            assert any(link["rel"] == "self" for link in answer.json()["links"])
        # 4.2: required, well-formed, known
        for query, status in (
            ("", 400),
            ("resource=", 400),
            ("rel=self", 400),
            ("resource=garten", 400),
            ("resource=acct%3Agarten", 400),
            ("resource=acct%3A%40%40", 400),
            (f"resource={account}&resource={account}", 400),
            (f"resource={quote(f'acct:nobody@{HOST}')}", 404),
            ("resource=acct%3Agarten%40other.example", 404),
        ):
            answer = await client.get(f"{path}?{query}")
            assert answer.status_code == status, query
            assert answer.headers["access-control-allow-origin"] == "*"
        # 4.5: any URI scheme is a resource, if perhaps an unknown one
        for uri in ("mailto:garten@garden.example", "tel:+1-201-555-0123", "did:key:z6Mkabc", "urn:isbn:1"):
            answer = await client.get(f"{path}?resource={quote(uri, safe='')}")
            assert answer.status_code == 404, uri
        # HEAD is GET without a body
        assert (await client.head(f"{path}?resource={account}")).status_code == 200


async def test_every_alias_leads_to_the_same_actor(node: Node) -> None:
    first = (await node.get(f"/.well-known/webfinger?resource=acct:garten@{HOST}")).json()
    (actor_id,) = [link["href"] for link in first["links"] if link["rel"] == "self"]
    assert (await node.document(actor_id))["id"] == actor_id
    assert actor_id in first["aliases"]
    for alias in [*first["aliases"], f"acct:GARTEN@{HOST.upper()}", f"https://{HOST}/@garten"]:
        answer = await node.get(f"/.well-known/webfinger?resource={quote(alias, safe='')}")
        assert answer.json() == first, alias


async def test_ac_3_1_aliases_are_the_ids_and_pages_of_an_actor_and_nothing_else(
    fediverse: Fediverse,
) -> None:
    node = await fediverse.add(HOST, roles=["initiative", "hub"])
    await node.command("initiative.add", handle="garten", name="Garten")
    origin = f"https://{HOST}"
    for resource, actor in (
        (f"{origin}/@garten", "actors/garten"),
        (f"{origin}/@GARTEN", "actors/garten"),
        (f"HTTPS://{HOST.upper()}/@garten", "actors/garten"),
        (f"{origin}/actors/hub", "actors/hub"),
        (f"{origin}/follow", "actors/hub"),
        (f"{origin}/@hub", "actors/hub"),
        (f"{origin}/actor", "actor"),
        (f"acct:{HOST}@{HOST}", "actor"),
        (f"acct:{HOST.upper()}@{HOST}", "actor"),
        (f"acct:instance.actor@{HOST}", "actor"),
    ):
        answer = await node.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")
        assert answer.status_code == 200, resource
        (own,) = [link for link in answer.json()["links"] if link["rel"] == "self"]
        assert own == {"rel": "self", "type": "application/activity+json", "href": f"{origin}/{actor}"}
        assert answer.json()["subject"].startswith("acct:")
    for resource in (
        f"{origin}/@nobody",
        f"{origin}/@garten/feed.atom",
        f"{origin}/@instance.actor",
        f"{origin}/about",
        f"{origin}/actors/instance.actor",
        f"{origin}/actors/garten/",
        f"http://{HOST}/@garten",
        "https://other.example/@garten",
        "https://other.example",
        f"{origin}.evil.example/@garten",
        f"{origin}:8443/@garten",
        "acct:other.example@other.example",
        f"acct:other.example@{HOST}",
        "did:key:z6MkiLFXNFYYUY9o8dGgduKa9uZHvFfP5WhzdGHFvaKrDDCR",
    ):
        answer = await node.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")
        assert (answer.status_code, answer.json()) == (404, {"error": "not-found"}), resource


async def test_both_ways_to_the_instance_actor_lead_to_one_id(node: Node) -> None:
    """FEP-d556 by WebFinger, FEP-2677 by NodeInfo; AC-3.3 asks for one id."""
    ids = set()
    for resource in (f"https://{HOST}/", f"https://{HOST}"):
        document = (await node.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")).json()
        rel = "https://www.w3.org/ns/activitystreams#Service"
        ids |= {link["href"] for link in document["links"] if link["rel"] == rel}
    links = (await node.get("/.well-known/nodeinfo")).json()["links"]
    rel = "https://www.w3.org/ns/activitystreams#Application"
    ids |= {link["href"] for link in links if link["rel"] == rel}
    (only,) = ids
    actor = await node.document(only)
    assert (actor["id"], actor["type"]) == (only, "Application")


async def test_410_is_said_of_a_deleted_handle_and_404_of_any_other(node: Node) -> None:
    await node.command("initiative.remove", handle="garten")
    for handle, status in (("garten", 410), ("GARTEN", 410), ("never", 404), ("garte", 404)):
        answer = await node.get(f"/.well-known/webfinger?resource=acct:{handle}@{HOST}")
        assert answer.status_code == status


async def test_host_meta_points_to_webfinger(node: Node) -> None:
    answer = await node.get("/.well-known/host-meta")
    assert answer.headers["content-type"].startswith("application/xrd+xml")
    assert f'template="https://{HOST}/.well-known/webfinger?resource={{uri}}"' in answer.text
