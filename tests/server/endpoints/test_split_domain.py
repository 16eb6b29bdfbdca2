"""Handles on a domain of their own: @garten@brand.example lives at fedi.brand.example."""

from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

import httpx2
import pytest

from federation.actors import fetch_actor
from federation.client import FederationClient
from federation.vocabulary import GENERATOR
from federation.webfinger import confirm_handle
from server.control import check
from server.fediverse import actors
from server.fediverse.wire import from_text, to_text
from tests.doubles.mastodon_finds import Deleted, Finder, NotFound
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

HOST = "fedi.brand.example"
BRAND = "brand.example"


@dataclass(slots=True)
class Brand:
    """The web server of the domain of the handles: it sends WebFinger on, and knows nothing else."""

    leads_to: str = f"https://{HOST}"
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        if request.url.path != "/.well-known/webfinger" or not self.leads_to:
            return httpx2.Response(404)
        return httpx2.Response(301, headers={"location": self.leads_to + request.url.raw_path.decode()})


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    fediverse.doubles[BRAND] = Brand()
    return await split(fediverse)


async def split(fediverse: Fediverse) -> Node:
    node = await fediverse.add(HOST, roles=["initiative", "hub"], account_domain=BRAND)
    await node.command("initiative.add", handle="garten", name="Garten")
    return node


@pytest.mark.parametrize("reads_webfinger", [True, False])
async def test_ac_3_2_a_mastodon_finds_a_plain_account(fediverse: Fediverse, reads_webfinger: bool) -> None:
    node = await fediverse.add("garden.example", roles=["initiative", "hub"])
    await node.command("initiative.add", handle="garten", name="Garten")
    finder = Finder(fediverse.network, reads_webfinger=reads_webfinger)
    for handle in ("@garten@garden.example", "@GARTEN@Garden.example", "@hub@garden.example"):
        found = await finder.find(handle)
        assert found.account == handle.removeprefix("@").lower()
        assert set(found.asked) <= {"garden.example", "Garden.example"}
    # the account that signs for the whole server is found by the host's name, and confirmed by its own
    found = await finder.find("@garden.example@garden.example")
    assert (found.account, found.actor["type"]) == ("instance.actor@garden.example", "Application")


@pytest.mark.parametrize("reads_webfinger", [True, False])
@pytest.mark.parametrize("handle", [f"@garten@{BRAND}", f"@garten@{HOST}", f"@hub@{BRAND}", f"@hub@{HOST}"])
async def test_ac_3_2_a_mastodon_finds_a_split_domain_with_and_without_the_webfinger_property(
    fediverse: Fediverse, node: Node, handle: str, reads_webfinger: bool
) -> None:
    found = await Finder(fediverse.network, reads_webfinger=reads_webfinger).find(handle)
    name = handle.split("@")[1]
    assert found.account == f"{name}@{BRAND}"
    assert found.actor["id"] == f"https://{HOST}/actors/{name}"
    assert found.actor["webfinger"] == f"{name}@{BRAND}"
    assert BRAND in found.asked


async def test_ac_3_2_a_domain_that_leads_elsewhere_or_nowhere_is_not_believed(
    fediverse: Fediverse, node: Node
) -> None:
    other = fediverse.neighbour("other.example")
    other.account("garten")
    brand = fediverse.doubles[BRAND]
    assert isinstance(brand, Brand)
    brand.leads_to = other.origin
    with pytest.raises(NotFound):
        await Finder(fediverse.network).find(f"@garten@{HOST}")
    brand.leads_to = ""
    with pytest.raises(NotFound):
        await Finder(fediverse.network).find(f"@garten@{HOST}")


async def test_ac_3_2_a_deleted_account_is_gone_on_both_domains(fediverse: Fediverse, node: Node) -> None:
    await node.command("initiative.remove", handle="garten")
    for domain in (BRAND, HOST):
        with pytest.raises(Deleted):
            await Finder(fediverse.network).find(f"@garten@{domain}")


async def test_our_own_reading_confirms_it(fediverse: Fediverse, node: Node) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    client = hub.services.here.client
    actor = await fetch_actor(client, f"https://{HOST}/actors/garten")
    assert await confirm_handle(client, actor) == f"garten@{BRAND}"
    await node.command("hub.apply", handle="garten", hub="@hub@hub.example")
    await fediverse.settle()
    assert (await hub.command("hub.applications"))["lines"] != []


async def test_the_subject_is_the_same_whichever_way_it_is_asked(node: Node) -> None:
    for resource in (
        f"acct:garten@{BRAND}",
        f"acct:Garten@{HOST}",
        f"https://{HOST}/actors/garten",
        f"https://{HOST}/@garten",
    ):
        answer = await node.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")
        assert answer.json()["subject"] == f"acct:garten@{BRAND}", resource
    for account in ("garten@other.example", f"garten@x.{BRAND}", f"garten@{BRAND}.evil.example"):
        answer = await node.get(f"/.well-known/webfinger?resource=acct:{account}")
        assert answer.status_code == 404


async def test_the_handle_is_shown_and_taken_with_its_domain(node: Node) -> None:
    assert (await node.command("initiative.list"))["lines"] == [f"@garten@{BRAND}  Garten"]
    for number, handle in enumerate(("garten", f"@garten@{BRAND}", f"garten@{HOST}")):
        await node.command("initiative.edit", handle=handle, name=f"Garten {number}")
    for path, handle in (("/@garten", f"@garten@{BRAND}"), ("/follow", f"@hub@{BRAND}")):
        page = (await node.get(path)).text
        assert handle in page
        assert f"@{HOST}" not in page
    assert f"garten@{HOST}" not in (await node.get("/@garten/feed.atom")).text


async def test_follow_from_elsewhere_knows_the_account_by_either_name(node: Node) -> None:
    for domain in (BRAND, HOST):
        page = await node.get(f"/open?what=%40garten%40{domain}")
        assert page.status_code == 200, domain
        assert f"@garten@{BRAND}" in page.text


async def test_the_instance_actor_bears_the_domain_too(fediverse: Fediverse, node: Node) -> None:
    actor = await node.document("/actor")
    assert actor["webfinger"] == f"instance.actor@{BRAND}"
    assert await Finder(fediverse.network).confirm(actor) == f"instance.actor@{BRAND}"


async def test_who_was_signed_before_is_signed_anew_at_the_start_once_and_sent(fediverse: Fediverse) -> None:
    """FEP-844e: also actors of an older version say then what their server reads."""
    node = await fediverse.add("garden.example", roles=["initiative", "hub"])
    await node.command("initiative.add", handle="garten", name="Garten")
    neighbour = fediverse.neighbour("mastodon.example")
    await neighbour.follow(neighbour.account("vera"), await node.document("/actors/garten"))
    await fediverse.settle()
    ids = ["/actor", "/actors/garten", "/actors/hub"]
    for path in ids:
        document = await node.document(path)
        assert document.pop("generator") == GENERATOR
        write = partial(
            actors.replace_document,
            actor_id=document["id"],
            document=to_text(document),
            now=fediverse.clock.now(),
        )
        await node.services.database.write(write)
    fediverse.clock.advance(hours=1)
    await node.stop()
    await node.start()
    await fediverse.settle()
    for path in ids:
        assert (await node.document(path))["generator"] == GENERATOR
    assert neighbour.last("Update")["object"]["generator"] == GENERATOR
    assert neighbour.last("Update")["object"]["updated"] > neighbour.last("Update")["object"]["published"]
    kept = await node.services.database.read(lambda tx: actors.by_id(tx, f"{node.origin}/actors/garten"))
    assert kept is not None
    assert from_text(kept.document) == neighbour.last("Update")["object"]
    count = len(neighbour.arrived)
    await node.stop()
    await node.start()
    await fediverse.settle()
    assert len(neighbour.arrived) == count


async def test_check_asks_both_domains_and_says_which_does_not_lead_here(
    fediverse: Fediverse, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    def client(**options: object) -> FederationClient:
        return FederationClient(**options, fallback=fediverse.network)  # type: ignore[arg-type]  # as check gives them

    monkeypatch.setattr(check, "FederationClient", client)
    lines = (await node.command("check"))["lines"]
    for name in ("garten", "hub"):
        for domain in (BRAND, HOST):
            assert f"ok: @{name}@{domain} leads to https://{HOST}/actors/{name}" in lines
    assert not any("secure mode" in line for line in lines)
    brand = fediverse.doubles[BRAND]
    assert isinstance(brand, Brand)
    brand.leads_to = ""
    result = await node.command("check")
    problems = [line for line in result["lines"] if line.startswith("problem:")]
    assert len(problems) == result["problems"] == 2
    assert all(
        f"https://{BRAND}/.well-known/webfinger must redirect to https://{HOST}/" in line for line in problems
    )


async def test_check_says_when_secure_mode_is_on(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"], secure_mode=True)
    lines = (await node.command("check"))["lines"]
    assert any(line.startswith("ok: secure mode is on") for line in lines)
