"""FEP-8fcf's doors: the list of an actor's followers for each server, and the reading of other servers' lists."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from federation.actors import RemoteActor, fetch_actor
from federation.collection_synchronization import digest_of
from federation.collections import read_collection
from federation.documents import id_of
from federation.errors import FederationError, Forbidden, Malformed, TooBusy
from federation.inbox import VerifiedActivity
from federation.origins import origin_of
from federation.readers import authenticate
from federation.vocabulary import ACTIVITY_JSON, AS_CONTEXT
from server.endpoints.bodies import InFlight
from server.endpoints.raw import raw_request
from server.endpoints.whose import actor_of, buried, nobody
from server.fediverse import errands, moderation
from server.fediverse.followers import synchronization
from server.fediverse.followers.synchronization import (
    AT_MOST_EVERY,
    MOST_AT_ONE_ORIGIN,
    SYNCHRONIZE,
    synchronization_address,
)
from server.fediverse.wire import to_text
from server.services import Services, services_of
from server.storage.database import Transaction
from server.web.doors import PUBLIC, Door
from server.web.responses import error_json

MAX_PAGES: Final = 10
_PRIVATE = {"cache-control": "private, no-store", "vary": "Accept, Signature, Signature-Input"}

_LOG = logging.getLogger("antipole.synchronization")


async def followers_of_the_signer(request: Request) -> Response:
    """Who of the server that signed follows an actor of ours; nobody is told of anybody else's people.

    Signed in every mode: without a signature there is nobody to whom these names belong already.
    """
    actor = await actor_of(request)
    if actor is None:
        return nobody(request)
    if actor.deleted:
        return buried(request, actor)
    services = services_of(request)
    try:
        signer = await _signer(request, services)
    except TooBusy as busy:
        return error_json(busy.reason, busy.status, retry_after=busy.retry_after)
    except FederationError as error:
        return error_json(error.reason, error.status)
    origin = str(origin_of(signer.id))
    ids = await services.database.read(lambda tx: synchronization.followers_at(tx, actor.id, origin))
    if ids is None:
        return error_json("too-many", 404)
    document = {
        "@context": AS_CONTEXT,
        "id": synchronization_address(services.here.uris, actor.id),
        "type": "OrderedCollection",
        "orderedItems": ids,
    }
    return Response(to_text(document), 200, _PRIVATE, media_type=ACTIVITY_JSON)


async def _signer(request: Request, services: Services) -> RemoteActor:
    here = services.here
    in_flight: InFlight = request.app.state.in_flight
    async with in_flight.verifying():
        signer = await authenticate(
            raw_request(request, b""),
            origin=here.uris.origin,
            client=here.client,
            actors=request.app.state.remembered,
            clock=here.clock,
            is_blocked=here.blocklist.refuses,
        )
    if await services.database.read(partial(moderation.is_blocked, actor_id=signer.id)):
        raise Forbidden("blocked")
    return signer


def create(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """What the sender says of who follows it is compared with what is known here."""
    synchronization.compare(tx, activity)


async def synchronize_followers(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """Reads the list that a Create named, and mends what differs.

    It counts only as a whole, and only while it is the list of which the digest was sent: a list that changed since,
    or that lost a page, would make us take back Follows that stand. What goes wrong is not tried again: the next Create
    says it anew, an hour later at the earliest.
    """
    here = services.here
    if "actor" not in detail:
        return
    try:
        actor = await fetch_actor(here.client, detail["actor"])
        listed = await _listed(services, actor, detail)
    except FederationError as error:
        _LOG.info("followers of another server were not compared: %s", error.reason)
    else:
        await services.database.write(lambda tx: synchronization.settle(tx, here, actor, listed))
    due = here.clock.now() + AT_MOST_EVERY
    # Waits where the errand was, so that there is no other for an hour; then it finds nothing to do and is gone.
    await services.database.write(lambda tx: errands.add(tx, SYNCHRONIZE, subject, due=due))


async def _listed(services: Services, actor: RemoteActor, detail: Mapping[str, Any]) -> set[str]:
    """Raises `FederationError` for a list that is another actor's, not whole, or not the one that was meant."""
    if actor.id != detail["actor"] or actor.followers != detail["collection"]:
        raise Forbidden("another-collection")
    read = await read_collection(
        services.here.client, detail["url"], max_pages=MAX_PAGES, max_items=MOST_AT_ONE_ORIGIN
    )
    ids = [actor_id for item in read.items if (actor_id := id_of(item)) is not None]
    listed = set(ids)
    # Of an id that stands there twice the digest shows nothing.
    if not read.whole or len(listed) != len(read.items) or digest_of(ids) != detail["digest"]:
        raise Malformed("another-list")
    return {actor_id for actor_id in listed if services.here.uris.is_ours(actor_id)}


ROUTES: list[Door] = [
    Door("/actors/{handle}/followers_synchronization", followers_of_the_signer, PUBLIC),
]
