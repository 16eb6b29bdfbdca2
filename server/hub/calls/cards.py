"""Cards of kept calls, and where their pages are."""

from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from federation.documents import MAX_FETCH_BYTES, loads
from server.documents.call import Call, read_call
from server.documents.cards import Card, Fact, Facts, facts
from server.hub.calls.model import KeptCall
from server.hub.listings import store as listings
from server.hub.listings.model import Listing
from server.storage.database import Transaction
from server.taxonomy.languages import translations
from server.taxonomy.words import N_

FEATURED = N_("chosen by the editors")


def call_path(call_id: str) -> str:
    return f"/directory/calls/{call_id}"


def listing_path(listing_id: str) -> str:
    return f"/initiatives/{listing_id}"


def read_kept(kept: KeptCall) -> Call:
    """Everything the kept document says; it was read and verified when it was taken in."""
    return _read(kept.document)


@lru_cache(maxsize=128)
def _read(document: bytes) -> Call:
    # Hostile HTML takes a quarter of a second to read, and each page or feed shows dozens of calls (RES-15).
    return read_call(loads(document, max_bytes=MAX_FETCH_BYTES))


def cards(tx: Transaction, calls: list[KeptCall], language: str, now: datetime) -> list[Card]:
    asking = {actor_id: listings.by_actor(tx, actor_id) for actor_id in {call.actor_id for call in calls}}
    return [card(call, listing, language, now) for call in calls if (listing := asking[call.actor_id])]


def card(kept: KeptCall, listing: Listing, language: str, now: datetime) -> Card:
    return Card(
        title=kept.title,
        language=kept.language,
        closed=kept.state == "closed",
        facts=with_label(facts(read_kept(kept), language, now.date()), kept, language),
        path=call_path(kept.call_id),
        initiative=listing.name,
        initiative_path=listing_path(listing.listing_id),
    )


def with_label(facts: Facts, kept: KeptCall, language: str) -> Facts:
    """Says of a featured call why it stands first."""
    if not kept.featured:
        return facts
    return Facts((Fact("featured", translations(language).gettext(FEATURED)), *facts.each))


def host_of(url: str) -> str:
    """The whole host, port included: a link may never hide where it leads (CON-13, CVE-2023-36462)."""
    return urlsplit(url).netloc
