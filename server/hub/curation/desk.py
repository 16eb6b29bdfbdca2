"""The desk's pages for who comes in and who goes: applications with what was found about them, and the three acts."""

from datetime import date
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from federation.documents import MAX_FETCH_BYTES, loads
from server.documents.call import Call, read_call
from server.documents.cards import Card, facts
from server.fediverse import moderation
from server.hub.asking import Question, ask, done_in, isolated
from server.hub.curation import actions, checks, store
from server.hub.listings import store as listings
from server.hub.listings.fingerprints import fingerprint
from server.hub.listings.model import Listing
from server.hub.listings.pages import entry, profile_words, said_by
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.wording import day, moment
from server.taxonomy.words import N_
from server.web.forms import Message
from server.web.identity import signed_in
from server.web.negotiation import page_language
from server.web.texts import TEXTS, PageError

APPLICATIONS = "/desk/hub/applications"
LISTINGS = "/desk/hub/listings"
MOST_SHOWN = 50
SENT_TO_THEM = N_("They get to read it. Say what would have to change, if anything.")
PUBLIC = N_("Everybody gets to read it, on the page of decisions.")
NOT_PUBLIC = N_("For the log; only editors read it.")


async def applications(request: Request) -> Response:
    """Who waits, longest first; who comes later is seen once these are decided."""
    services, language = services_of(request), page_language(request)
    waiting = await services.database.read(lambda tx: listings.applications(tx, MOST_SHOWN))
    return services.pages.render_desk(
        request,
        "hub/desk/applications.html",
        entries=[
            (entry(listing, language), listing.handle, day(listing.since.date(), language), path_of(listing))
            for listing in waiting
        ],
        hub_handle=f"{services.here.settings.hub_handle}@{services.here.settings.handle_domain}",
        done=done_in(request),
    )


async def application(request: Request) -> Response:
    """One applicant as others would see it, and what was found about it."""
    services, language = services_of(request), page_language(request)
    listing_id = request.path_params["listing_id"]

    def read(tx: Transaction) -> Response:
        listing = applicant(tx, listing_id)
        said = said_by(listing)
        examination = store.examination_of(tx, listing.actor_id)
        found = checks.lines(
            listing, said, examination, listings.all_known(tx), moderation.blocked(tx), language
        )
        today = services.here.clock.now().date()
        return services.pages.render_desk(
            request,
            "hub/desk/application.html",
            listing=listing,
            since=moment(listing.since, language),
            fingerprint=fingerprint(listing.key.multibase) if listing.key else "",
            lines=found,
            marks=checks.MARKS,
            examined=moment(examination.at, language) if examination else "",
            open_calls=[
                _card(call, listing, language, today)
                for body in store.previewed_calls(tx, listing.actor_id)
                if (call := read_call(loads(body, max_bytes=MAX_FETCH_BYTES)))
            ],
            path=path_of(listing),
            done=done_in(request),
            **profile_words(listing, language),
        )

    return await services.database.read(read)


async def check(request: Request) -> Response:
    """Ask everything again."""
    services, listing = services_of(request), await _applicant(request)
    question = Question(
        heading=Message(N_("Check %(name)s again"), {"name": isolated(listing.name)}),
        says=[
            Message(N_("Its server and the pages it links to are asked again. They see that somebody asks."))
        ],
        button=Message(N_("Check again")),
        back=path_of(listing),
    )

    async def act(_reason: str) -> str:
        await services.database.write(partial(actions.want_examination, actor_id=listing.actor_id))
        return path_of(listing)

    return await ask(request, question, act, "asked")


async def admit(request: Request) -> Response:
    services, listing = services_of(request), await _applicant(request)
    question = Question(
        heading=Message(N_("List %(name)s"), {"name": isolated(listing.name)}),
        says=[
            Message(N_("It appears in the directory and on the map, and everybody can see since when.")),
            Message(N_("This hub follows it, reads its calls and announces them in their turn.")),
        ],
        button=Message(N_("List it")),
        back=path_of(listing),
        reason="optional",
        reason_help=NOT_PUBLIC,
    )

    async def act(reason: str) -> str:
        here, by, now = services.here, signed_in(request).name, services.here.clock.now()
        await services.database.write(
            lambda tx: actions.admit(tx, here, applicant(tx, listing.listing_id), by, now, reason=reason)
        )
        return f"{LISTINGS}/{listing.listing_id}"

    return await ask(request, question, act, "admitted")


async def refuse(request: Request) -> Response:
    services, listing = services_of(request), await _applicant(request)
    question = Question(
        heading=Message(N_("Refuse %(name)s"), {"name": isolated(listing.name)}),
        says=[
            Message(N_("Its account is told, with your reason. Its profile is erased here.")),
            Message(N_("Nobody else learns that it applied. It may apply again.")),
        ],
        button=Message(N_("Refuse the application")),
        back=path_of(listing),
        danger=True,
        reason="required",
        reason_help=SENT_TO_THEM,
    )

    async def act(reason: str) -> str:
        here, by, now = services.here, signed_in(request).name, services.here.clock.now()
        await services.database.write(
            lambda tx: actions.refuse(tx, here, applicant(tx, listing.listing_id), by, reason, now)
        )
        return APPLICATIONS

    return await ask(request, question, act, "refused")


async def remove(request: Request) -> Response:
    services, listing_id = services_of(request), request.path_params["listing_id"]
    listing = await services.database.read(lambda tx: listed(tx, listing_id))
    question = Question(
        heading=Message(N_("Remove %(name)s"), {"name": isolated(listing.name)}),
        says=[
            Message(N_("Its page, its calls and its place on the map disappear from this hub at once.")),
            Message(N_("What was announced is taken back, as far as other servers heed that.")),
            Message(N_("Its own server and its followers are not touched. It may apply again.")),
        ],
        button=Message(N_("Remove it from the directory")),
        back=f"{LISTINGS}/{listing_id}",
        danger=True,
        reason="required",
        reason_help=PUBLIC,
        word=listing.handle,
    )

    async def act(reason: str) -> str:
        here, by, now = services.here, signed_in(request).name, services.here.clock.now()
        await services.database.write(
            lambda tx: actions.remove(tx, here, listed(tx, listing_id), by, reason, now)
        )
        return LISTINGS

    return await ask(request, question, act, "removed")


def path_of(listing: Listing) -> str:
    return f"{APPLICATIONS}/{listing.listing_id}"


def applicant(tx: Transaction, listing_id: str) -> Listing:
    """Raises `PageError` 404 for whoever does not wait: another editor may have been quicker."""
    listing = listings.by_listing_id(tx, listing_id)
    if listing is None or listing.state != "applied":
        raise PageError(404, *TEXTS[404])
    return listing


def listed(tx: Transaction, listing_id: str) -> Listing:
    """Raises `PageError` 404 for whoever is not in the directory."""
    listing = listings.by_listing_id(tx, listing_id)
    if listing is None or not listing.is_listed:
        raise PageError(404, *TEXTS[404])
    return listing


async def _applicant(request: Request) -> Listing:
    listing_id = request.path_params["listing_id"]
    return await services_of(request).database.read(lambda tx: applicant(tx, listing_id))


def _card(call: Call, listing: Listing, language: str, today: date) -> Card:
    """As it will stand in lists; its page is not here yet, so it leads to the original."""
    return Card(
        title=call.title,
        language=call.language,
        closed=False,
        facts=facts(call, language, today),
        path=call.uri,
        initiative=listing.name,
        initiative_path=path_of(listing),
    )
