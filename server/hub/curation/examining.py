"""What editors want to know of an applicant: fetched in one errand, each question with its own answer.

An applicant has no power yet (TRU-11): nothing of what is read here is listed, announced or shown to anybody but
editors. Nothing that fails stops the rest, and nothing here decides.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from federation.actors import RemoteActor, fetch_actor
from federation.collections import read_outbox
from federation.documents import MAX_FETCH_BYTES, MAX_INBOX_BYTES, loads
from federation.errors import FederationError, Unreachable
from federation.webfinger import confirm_handle
from server.documents.profile import ReadProfile, read_profile
from server.hub.calls.documents import signed_call
from server.hub.calls.errands import call_in
from server.hub.curation import store
from server.hub.curation.links_back import points_back
from server.hub.curation.model import (
    MAX_LINKED_PAGE,
    MAX_LINKS,
    MAX_PREVIEWED,
    Answer,
    Examination,
    Finding,
)
from server.hub.listings import store as listings
from server.hub.listings.documents import actor_of, signed_profile
from server.hub.listings.model import Listing
from server.hub.listings.pages import said_by
from server.services import Services
from server.storage.database import Transaction

MAX_ITEMS = 40
HTML = frozenset({"text/html", "application/xhtml+xml"})


async def examine(services: Services, actor_id: str, _detail: Mapping[str, Any]) -> None:
    """Asks every question once. An editor can have them asked again."""
    listing, others = await services.database.read(
        lambda tx: (listings.by_actor(tx, actor_id), listings.kept_documents(tx))
    )
    if listing is None or not listing.is_kept:
        return
    said = said_by(listing)
    findings = [
        *await _account(services, listing),
        *await _links(services, listing, said),
        *await asyncio.to_thread(_same_addresses, listing, said, others),
    ]
    calls = await _calls(services, listing) if listing.state == "applied" else []
    examination = Examination(services.here.clock.now(), tuple(findings))

    def keep(tx: Transaction) -> None:
        now_is = listings.by_actor(tx, actor_id)
        if now_is is None or not now_is.is_kept:
            return
        store.save_examination(tx, actor_id, examination)
        if now_is.state == "applied":
            store.save_previews(tx, actor_id, calls)

    await services.database.write(keep)


async def _account(services: Services, listing: Listing) -> list[Finding]:
    """The profile as its origin serves it now: its proof, the loop of its name, and whether it wants to be found."""
    try:
        actor = await fetch_actor(services.here.client, listing.actor_id)
    except FederationError as error:
        return [Finding("profile", _failed(error))]
    if actor.id != listing.actor_id:
        return [Finding("profile", "no")]
    document = loads(actor.document, max_bytes=MAX_FETCH_BYTES)
    return [
        Finding("profile", "yes"),
        Finding("handle", await _handle(services, listing, actor)),
        Finding("proof", _proof(listing, actor, services)),
        Finding("discoverable", "no" if document.get("discoverable") is False else "yes"),
        Finding("indexable", "no" if document.get("indexable") is False else "yes"),
    ]


def _proof(listing: Listing, actor: RemoteActor, services: Services) -> Answer:
    try:
        facts = signed_profile(actor, services.here.clock.now())
    except FederationError:
        return "no"
    return "yes" if listing.key is not None and facts.key.multibase == listing.key.multibase else "no"


async def _handle(services: Services, listing: Listing, actor: RemoteActor) -> Answer:
    try:
        confirmed = await confirm_handle(services.here.client, actor)
    except FederationError as error:
        return _failed(error)
    return (
        "yes" if f"@{confirmed.removeprefix('acct:').removeprefix('@')}".lower() == listing.handle else "no"
    )


async def _links(services: Services, listing: Listing, said: ReadProfile) -> list[Finding]:
    own = [listing.actor_id, *([said.url] if said.url else [])]
    links = [link.url for link in said.links if link.url.startswith("https://")][:MAX_LINKS]
    return [Finding("link", await _points_back(services, url, own), url) for url in links]


async def _points_back(services: Services, url: str, own: Sequence[str]) -> Answer:
    try:
        _, page = await services.here.client.fetch_bytes(url, HTML, MAX_LINKED_PAGE)
    except FederationError as error:
        return _failed(error)
    return "yes" if await asyncio.to_thread(points_back, page, own) else "no"


async def _calls(services: Services, listing: Listing) -> list[tuple[str, bytes]]:
    """A few calls that the pinned key signed, newest first, as the outbox names them."""
    if listing.document is None or listing.key is None:
        return []
    client, now = services.here.client, services.here.clock.now()
    outbox = actor_of(listing.document, now).outbox
    try:
        items = await read_outbox(client, outbox, max_pages=2, max_items=MAX_ITEMS) if outbox else []
    except FederationError:
        return []
    named = [wanted[0] for item in items if (wanted := call_in(item, listing.actor_id)) is not None]
    found: list[tuple[str, bytes]] = []
    for uri in list(dict.fromkeys(named))[: 2 * MAX_PREVIEWED]:
        if len(found) == MAX_PREVIEWED:
            break
        try:
            # No larger than what its server could send by itself.
            fetched = await client.fetch_document(uri, max_bytes=MAX_INBOX_BYTES)
            call = signed_call(fetched.body, listing.actor_id, listing.key, now)
        except FederationError:
            continue
        if call.state == "open":
            found.append((call.uri, call.document))
    return found


def _same_addresses(
    listing: Listing, said: ReadProfile, others: Sequence[tuple[str, bytes]]
) -> list[Finding]:
    """Who else names the same page as its own (E5). Only profiles that hold the host at all are read."""
    own = {_comparable(link.url) for link in said.links}
    hosts = {urlsplit(address).netloc.encode() for address in own}
    found = []
    for handle, document in others:
        if handle == listing.handle or not any(host in document for host in hosts):
            continue
        links = read_profile(loads(document, max_bytes=MAX_FETCH_BYTES)).links
        if own & {_comparable(link.url) for link in links}:
            found.append(Finding("same-address", "yes", handle))
    return found[:MAX_LINKS]


def _comparable(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"


def _failed(error: FederationError) -> Answer:
    return "silent" if isinstance(error, Unreachable) else "no"
