"""A curator's words on the command line. Each is durable when it answers; workers do the rest."""

from collections.abc import Mapping
from typing import Any

from server.feature import Refusal
from server.hub.curation import actions
from server.hub.curation.model import MAX_REASON, MAX_WAITING, Wish, target_of
from server.hub.decisions.model import COMMAND_LINE
from server.hub.listings import store as listings
from server.hub.listings.model import Listing
from server.services import Services
from server.storage.database import Transaction
from server.web.forms import tidied


async def applications(services: Services, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    waiting = await services.database.read(lambda tx: listings.applications(tx, MAX_WAITING))
    return {
        "lines": [
            f"{listing.handle}  applied {listing.since:%Y-%m-%d}  {listing.name}" for listing in waiting
        ]
    }


async def admit(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    target, reason = _read(arguments)
    now = services.here.clock.now()

    def act(tx: Transaction) -> list[str]:
        listing = find(tx, target)
        if listing is None or not listing.is_kept:
            actions.wish(tx, target, Wish("admit", reason), now)
            return [f"{target} has not applied yet; it will be admitted if it applies within seven days."]
        if listing.is_listed:
            return [f"{listing.handle} is already listed."]
        actions.admit(tx, services.here, listing, COMMAND_LINE, now, reason=reason)
        return []

    return {"notes": await services.database.write(act)}


async def refuse(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    target, reason = _read(arguments)
    now = services.here.clock.now()

    def act(tx: Transaction) -> list[str]:
        listing = find(tx, target)
        if listing is None or not listing.is_kept:
            actions.wish(tx, target, Wish("refuse", reason), now)
            return [f"{target} has not applied yet; it will be refused if it applies within seven days."]
        if listing.is_listed:
            raise Refusal(f"{listing.handle} is already listed; use `antipole hub remove` to end that.")
        actions.refuse(tx, services.here, listing, COMMAND_LINE, reason, now)
        return []

    return {"notes": await services.database.write(act)}


async def remove(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    target, reason = _read(arguments)
    now = services.here.clock.now()

    def act(tx: Transaction) -> list[str]:
        listing = find(tx, target)
        if listing is None:
            raise Refusal(f"{target} is not in this directory; `antipole hub applications` shows who waits.")
        if not listing.is_kept:
            return [f"{listing.handle} is not listed any more ({listing.state})."]
        if not listing.is_listed:
            raise Refusal(f"{listing.handle} is not listed yet; use `antipole hub refuse` instead.")
        actions.remove(tx, services.here, listing, COMMAND_LINE, reason, now)
        return []

    return {"notes": await services.database.write(act)}


def find(tx: Transaction, target: str) -> Listing | None:
    return listings.by_handle(tx, target) if target.startswith("@") else listings.by_actor(tx, target)


def _read(arguments: Mapping[str, Any]) -> tuple[str, str]:
    """(handle or actor id, reason). Raises `Refusal`."""
    text = arguments.get("target")
    target = target_of(text) if isinstance(text, str) else None
    if target is None:
        raise Refusal("Name the initiative as @handle@host or by the address of its account.")
    return target, reason_in(arguments)


def reason_in(arguments: Mapping[str, Any]) -> str:
    """Raises `Refusal`."""
    reason = arguments.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        raise Refusal(f"The reason is a text of at most {MAX_REASON} characters.")
    # As readers of our documents will have it: no direction marks in what is sent and shown to everybody (CON-08).
    return tidied(reason, lines=False)
