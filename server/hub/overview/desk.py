"""What waits for the editors, and how the hub is."""

from starlette.requests import Request
from starlette.responses import Response

from server.fediverse import silence, stats
from server.hub.announcements import actions as announcing
from server.hub.announcements import store as announcements
from server.hub.asking import done_in
from server.hub.decisions import store as log
from server.hub.decisions.desk import line_of
from server.hub.listings import store as listings
from server.hub.listings.model import STALE_AFTER
from server.hub.reports import store as reports
from server.services import services_of
from server.storage.database import Transaction
from server.web.negotiation import page_language

OVERVIEW = "/desk/hub"
LATEST = 5
MOST_SILENT = 100


async def overview(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    here, now = services.here, services.here.clock.now()

    def read(tx: Transaction) -> Response:
        known = listings.all_known(tx)
        listed = [each for each in known if each.state == "listed"]
        counts = stats.counts(tx)
        return services.pages.render_desk(
            request,
            "hub/desk/overview.html",
            applications=listings.count_applications(tx),
            reports=reports.count_open(tx),
            disputed=sum(each.disputed for each in known if each.state in ("applied", "listed")),
            moved=sum(each.moved for each in known),
            stale=sum(each.heard < now - STALE_AFTER for each in listed),
            silent=len(silence.silent(tx, here.settings.origin, now - silence.TELL_AFTER, limit=MOST_SILENT)),
            listed=len(listed),
            followers=counts["followers"],
            waiting=announcements.count_waiting(tx, now),
            sent=announcements.day(tx, now).sent,
            cap=announcing.cap_of(tx, here),
            pending=counts["deliveries_pending"],
            failed=counts["deliveries_failed"],
            history=[line_of(entry, language) for entry in log.page(tx, None, None, LATEST)],
            done=done_in(request),
        )

    return await services.database.read(read)
