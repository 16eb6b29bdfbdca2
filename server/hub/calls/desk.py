"""The desk's page that puts a call first, or back in its place."""

from starlette.requests import Request
from starlette.responses import Response

from server.hub.asking import Question, ask, isolated
from server.hub.calls import featuring, store
from server.hub.calls.model import MAX_FEATURED, KeptCall
from server.hub.listings import store as listings
from server.hub.listings.model import Listing
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_
from server.web.forms import FormErrors, Message
from server.web.identity import signed_in
from server.web.texts import TEXTS, PageError

LOG_ONLY = N_("For the log; only editors read it.")


async def feature(request: Request) -> Response:
    """Puts a call first; of one that is first already it asks the opposite."""
    services, call_id = services_of(request), request.path_params["call_id"]
    call, listing = await services.database.read(lambda tx: open_call(tx, call_id))
    back = f"/desk/hub/listings/{listing.listing_id}"
    here, change = services.here, featuring.unfeature if call.featured else featuring.feature

    async def act(reason: str) -> str:
        by, now = signed_in(request).name, here.clock.now()
        try:
            await services.database.write(
                lambda tx: change(tx, here, *open_call(tx, call_id), by, reason, now)
            )
        except featuring.TooMany:
            full = N_("%(limit)s calls stand first already: take one of them back.")
            raise FormErrors({"": Message(full, {"limit": MAX_FEATURED})}) from None
        return back

    if call.featured:
        return await ask(request, _unfeature(call, back), act, "unfeatured")
    return await ask(request, _feature(call, back), act, "featured")


def open_call(tx: Transaction, call_id: str) -> tuple[KeptCall, Listing]:
    """An open call of a listed initiative. Raises `PageError` 404."""
    call = store.by_call_id(tx, call_id)
    listing = listings.by_actor(tx, call.actor_id) if call is not None and call.state == "open" else None
    if call is None or listing is None or not listing.is_listed:
        raise PageError(404, *TEXTS[404])
    return call, listing


def _feature(call: KeptCall, back: str) -> Question:
    return Question(
        heading=Message(N_("Put “%(title)s” first"), {"title": isolated(call.title)}),
        says=[
            Message(N_("It stands before all others on the first page, and says that the editors chose it.")),
            Message(N_("Servers that follow this hub are told. When the call ends, so does this.")),
        ],
        button=Message(N_("Put it first")),
        back=back,
        reason="optional",
        reason_help=LOG_ONLY,
    )


def _unfeature(call: KeptCall, back: str) -> Question:
    return Question(
        heading=Message(N_("Put “%(title)s” back in its place"), {"title": isolated(call.title)}),
        says=[Message(N_("It stands among the others again, the latest change first."))],
        button=Message(N_("Put it back")),
        back=back,
        reason="optional",
        reason_help=LOG_ONLY,
    )
