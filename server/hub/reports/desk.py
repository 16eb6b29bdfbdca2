"""The desk's pages for reports: the queue, one report with what it is about, and what can be done."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from server.hub.asking import MAX_REASON, done_in
from server.hub.calls import store as calls
from server.hub.calls.cards import call_path
from server.hub.listings import store as listings
from server.hub.reports import actions, store
from server.hub.reports.model import MAX_CONTENT, Report
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.languages import translations
from server.taxonomy.wording import moment
from server.taxonomy.words import N_
from server.web.forms import Fields, FormErrors, form_of
from server.web.identity import signed_in
from server.web.negotiation import page_language
from server.web.render import local_url, see_other
from server.web.texts import TEXTS, PageError

REPORTS = "/desk/hub/reports"
MOST_SHOWN = 100
STATES = {"open": N_("waits"), "dismissed": N_("dismissed"), "settled": N_("settled")}
OUTCOMES = {
    "settled": N_("Settled: something was done"),
    "dismissed": N_("Dismissed: nothing needs to be done"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """Something of ours that a report names; without a path it is not here any more."""

    kind: str
    text: str
    language: str
    path: str


async def reports(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    found = await services.database.read(lambda tx: store.newest(tx, MOST_SHOWN))
    return services.pages.render_desk(
        request,
        "hub/desk/reports.html",
        reports=[
            (report, moment(report.received, language), f"{REPORTS}/{report.report_id}") for report in found
        ],
        states=STATES,
        done=done_in(request),
    )


async def report(request: Request) -> Response:
    """Shows a report and closes it."""
    services, language = services_of(request), page_language(request)
    report_id = request.path_params["report_id"]
    form = form_of(request, ("outcome", "reason"))
    if form.sent:
        fields = Fields(form)
        outcome = fields.choice("outcome", OUTCOMES, required=True)
        note = fields.text("reason", MAX_REASON)
        by, now = signed_in(request).name, services.here.clock.now()
        try:
            fields.require_none_wrong()
            settled = outcome == "settled"
            await services.database.write(
                lambda tx: actions.close(tx, _report(tx, report_id), by, note, now, settled=settled)
            )
            return see_other(request, REPORTS, "closed")
        except FormErrors as problems:
            form = form.with_errors(problems)

    def read(tx: Transaction) -> Response:
        found = _report(tx, report_id)
        return services.pages.render_desk(
            request,
            "hub/desk/report.html",
            form=form,
            report=found,
            received=moment(found.received, language),
            forwarded=moment(found.forwarded, language) if found.forwarded else "",
            state=STATES[found.state],
            named=[
                _named(tx, services.here.uris.actor(services.here.settings.hub_handle), uri)
                for uri in found.uris
            ],
            listing=actions.listing_of(tx, found),
            outcomes=[(word, translations(language).gettext(label)) for word, label in OUTCOMES.items()],
            limit=MAX_REASON,
            path=f"{REPORTS}/{report_id}",
            action=local_url(request, f"{REPORTS}/{report_id}", {}),
            done=done_in(request),
        )

    return await services.database.read(read)


async def forward(request: Request) -> Response:
    """Passes a report on, in words that the editor has read first: the report's own may name people."""
    services, report_id = services_of(request), request.path_params["report_id"]
    found, listing = await services.database.read(lambda tx: _forwardable(tx, report_id))
    form = form_of(request, ("content", "reason"))
    if form.sent:
        fields = Fields(form)
        content = fields.text("content", MAX_CONTENT, lines=True, required=True)
        note = fields.text("reason", MAX_REASON)
        by, now = signed_in(request).name, services.here.clock.now()
        try:
            fields.require_none_wrong()
            await services.database.write(
                lambda tx: actions.forward(
                    tx, services.here, _forwardable(tx, report_id)[0], content, by, note, now
                )
            )
            return see_other(request, f"{REPORTS}/{report_id}", "forwarded")
        except FormErrors as problems:
            form = form.with_errors(problems)
    return services.pages.render_desk(
        request,
        "hub/desk/forward.html",
        form=form.filled_from({"content": found.content}),
        name=listing,
        most=MAX_CONTENT,
        limit=MAX_REASON,
        action=local_url(request, f"{REPORTS}/{report_id}/forward", {}),
        back=f"{REPORTS}/{report_id}",
    )


def _report(tx: Transaction, report_id: str) -> Report:
    found = store.by_id(tx, report_id)
    if found is None:
        raise PageError(404, *TEXTS[404])
    return found


def _forwardable(tx: Transaction, report_id: str) -> tuple[Report, str]:
    """The report and the name of the initiative it is about. Raises `PageError` 404: it went, or there is nobody."""
    found = _report(tx, report_id)
    listing = actions.listing_of(tx, found)
    if listing is None or found.forwarded is not None:
        raise PageError(404, *TEXTS[404])
    return found, listing.name


def _named(tx: Transaction, hub: str, uri: str) -> Named:
    if uri == hub:
        return Named(N_("This hub itself"), uri, "und", "/follow")
    call = calls.by_uri(tx, uri)
    if call is not None:
        return Named(N_("Call"), call.title, call.language, call_path(call.call_id))
    listing = listings.by_actor(tx, uri)
    if listing is not None:
        path = f"/desk/hub/listings/{listing.listing_id}"
        return Named(N_("Initiative"), listing.name or listing.handle, "und", path)
    return Named(N_("Address"), uri, "und", "")
