"""The desk's pages for listings: find one, see what it says and what was decided, edit its themes and place here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from server.documents.words import place_in_words
from server.hub.announcements import store as announcements
from server.hub.announcements.store import Standing
from server.hub.asking import MAX_REASON, done_in
from server.hub.calls import store as calls
from server.hub.calls.model import CallFilter, KeptCall
from server.hub.decisions import actions as decisions
from server.hub.decisions import store as log
from server.hub.decisions.desk import line_of
from server.hub.decisions.model import Decision
from server.hub.listings import actions, store
from server.hub.listings.fingerprints import fingerprint
from server.hub.listings.model import STALE_AFTER, Edits, Listing, why_not_there
from server.hub.listings.pages import profile_words, said_by
from server.hub.listings.store import KnownListing
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.folding import fold
from server.taxonomy.languages import translations
from server.taxonomy.places import UNDISCLOSED, Place, UnknownPlace, by_label, find
from server.taxonomy.themes import THEMES, theme_label
from server.taxonomy.wording import day
from server.taxonomy.words import N_
from server.web.forms import Fields, Form, FormErrors, Message, form_of
from server.web.identity import signed_in
from server.web.negotiation import page_language
from server.web.render import local_url, see_other
from server.web.texts import TEXTS, PageError

LISTINGS = "/desk/hub/listings"
MOST_SHOWN = 100
MOST_CALLS = 50
HISTORY = 50
ORIGINAL = "original"
SHOWS = {
    "listed": N_("In the directory"),
    "disputed": N_("Under another key than the one we know"),
    "moved": N_("Moved, as they say themselves"),
    "stale": N_("Not heard from for half a year"),
    "ended": N_("No longer listed, or refused"),
}
STATES = {
    "applied": N_("waiting"),
    "listed": N_("listed"),
    "refused": N_("refused"),
    "removed": N_("removed"),
    "withdrawn": N_("gone by its own wish"),
    "gone": N_("deleted by itself"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An initiative in the desk's list."""

    name: str
    handle: str
    path: str
    heard: str
    disputed: bool
    moved: bool
    state: str


async def listings(request: Request) -> Response:
    """Searching is sent as a form, so that no address holds the words (SAFETY 1.4); nothing is changed by it."""
    services, language = services_of(request), page_language(request)
    form = form_of(request, ("words", "show", "theme"))
    asked = {"show": request.query_params.get("show", "")}
    form = form.filled_from(asked if asked["show"] in SHOWS else {"show": "listed"})
    fields = Fields(form)
    words, show = fields.text("words", 200), fields.choice("show", SHOWS) or "listed"
    theme = fields.choice("theme", THEMES)
    now, say = services.here.clock.now(), translations(language).gettext
    known = await services.database.read(store.all_known)
    found = [each for each in known if _fits(each, words, show, theme, now)]
    return services.pages.render_desk(
        request,
        "hub/desk/listings.html",
        form=form,
        rows=[_row(each, language) for each in found[:MOST_SHOWN]],
        total=len(found),
        most=MOST_SHOWN,
        shows=[(word, say(label)) for word, label in SHOWS.items()],
        themes=[("", say("any")), *((word, theme_label(word, language)) for word in THEMES)],
        action=local_url(request, LISTINGS, {}),
        done=done_in(request),
    )


async def listing(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    listing_id, now = request.path_params["listing_id"], services.here.clock.now()

    def read(tx: Transaction) -> Response:
        found = store.by_listing_id(tx, listing_id)
        if found is None:
            raise PageError(404, *TEXTS[404])
        kept = _calls_of(tx, found) if found.is_listed else []
        return services.pages.render_desk(
            request,
            "hub/desk/listing.html",
            listing=found,
            history=[line_of(entry, language) for entry in log.about_actor(tx, found.actor_id, HISTORY)],
            states=STATES,
            since=day(found.since.date(), language),
            fingerprint=fingerprint(found.key.multibase) if found.key else "",
            calls=[(call, standing, _when(standing, language)) for call, standing in kept],
            said=_said(found, language) if found.is_kept else {},
            stale=found.is_listed and _heard(tx, found) < now - STALE_AFTER,
            path=f"{LISTINGS}/{listing_id}",
            done=done_in(request),
            **(profile_words(found, language) if found.is_kept else {}),
        )

    return await services.database.read(read)


async def edit(request: Request) -> Response:
    """Other themes, or a rougher place, than the initiative says itself; its own words stay as they are."""
    services, language = services_of(request), page_language(request)
    listing_id = request.path_params["listing_id"]
    form = form_of(request, ("themes", "place", "reason", "act"))
    found = await services.database.read(lambda tx: _kept(tx, listing_id))
    if form.sent:
        try:
            wanted, reason = _edits(form, found)
            by, now = signed_in(request).name, services.here.clock.now()
            await services.database.write(
                lambda tx: _save(tx, _kept(tx, listing_id), wanted, by, reason, now)
            )
            return see_other(request, f"{LISTINGS}/{listing_id}", "saved")
        except FormErrors as problems:
            form = form.with_errors(problems)
    shown = by_label(found.place) if found.place else None
    form = form.filled_from({"themes": found.themes, "place": shown.label if shown else UNDISCLOSED})
    return services.pages.render_desk(
        request,
        "hub/desk/edit_listing.html",
        form=form,
        listing=found,
        said=_said(found, language),
        themes=[(word, theme_label(word, language)) for word in THEMES],
        undisclosed=UNDISCLOSED,
        limit=MAX_REASON,
        action=local_url(request, f"{LISTINGS}/{listing_id}/edit", {}),
        back=f"{LISTINGS}/{listing_id}",
    )


def _fits(each: KnownListing, words: str, show: str, theme: str, now: datetime) -> bool:
    listed = each.state == "listed"
    right = {
        "listed": listed,
        "disputed": each.disputed and each.state in ("applied", "listed"),
        "moved": each.moved,
        "stale": listed and each.heard < now - STALE_AFTER,
        "ended": each.state not in ("applied", "listed"),
    }[show]
    text = f"{fold(each.name)} {fold(each.handle)}"
    return right and (not theme or theme in each.themes) and all(word in text for word in fold(words).split())


def _row(each: KnownListing, language: str) -> Row:
    return Row(
        name=each.name or each.handle,
        handle=each.handle,
        path=f"{LISTINGS}/{each.listing_id}",
        heard=day(each.heard.date(), language),
        disputed=each.disputed,
        moved=each.moved,
        state=each.state,
    )


def _kept(tx: Transaction, listing_id: str) -> Listing:
    found = store.by_listing_id(tx, listing_id)
    if found is None or not found.is_kept:
        raise PageError(404, *TEXTS[404])
    return found


def _said(found: Listing, language: str) -> dict[str, str]:
    """Themes and place in the initiative's own words, for comparison."""
    said = said_by(found)
    return {
        "themes": ", ".join(theme_label(theme, language) for theme in said.themes),
        "place": place_in_words(said.place, language) if said.place else "",
    }


def _edits(form: Form, found: Listing) -> tuple[Edits, str]:
    """What was asked for; what is as the initiative says itself is no edit. Raises `FormErrors`."""
    fields, said = Fields(form), said_by(found)
    reason = fields.text("reason", MAX_REASON)
    if fields.choice("act", ("save", "undo")) == "undo":
        fields.require_none_wrong()
        return Edits(), reason
    themes = fields.choices("themes", THEMES)
    wished = _place_in(fields)
    own = by_label(said.place) if said.place else None
    if "place" not in fields.errors and (why := why_not_there(own, wished)) is not None:
        fields.wrong("place", Message(why))
    fields.require_none_wrong()
    place = None if wished == own else wished.label if wished is not None else UNDISCLOSED
    return Edits(None if set(themes) == set(said.themes) else themes, place), reason


def _place_in(fields: Fields) -> Place | None:
    text = fields.text("place", 100)
    try:
        found = find(text) if text else None
    except UnknownPlace as error:
        fields.wrong("place", str(error))
        return None
    return None if found is None else found.place


def _save(tx: Transaction, found: Listing, edits: Edits, by: str, reason: str, now: datetime) -> None:
    if edits == found.edits:
        return
    actions.edit(tx, found, said_by(found), edits)
    # The record is read in every language and kept for years, so it holds words of the vocabularies only.
    themes = ORIGINAL if edits.themes is None else ",".join(edits.themes)
    said = f"themes={themes} place={ORIGINAL if edits.place is None else edits.place}"
    decision = Decision(
        "edit-listing",
        by,
        reason,
        actor_id=found.actor_id,
        handle=found.handle,
        name=found.name,
        about=said,
    )
    decisions.record(tx, decision, now)


def _calls_of(tx: Transaction, found: Listing) -> Sequence[tuple[KeptCall, Standing]]:
    wanted = CallFilter(actor_id=found.actor_id, state="open")
    return [
        (call, announcements.standing_of(tx, call.uri)) for call in calls.page(tx, wanted, None, MOST_CALLS)
    ]


def _when(standing: Standing, language: str) -> str:
    return day(standing.announced_at.date(), language) if standing.announced_at else ""


def _heard(tx: Transaction, found: Listing) -> datetime:
    """The latest change of its profile or of a call."""
    latest = calls.page(tx, CallFilter(actor_id=found.actor_id), None, 1, by_time=True)
    times = [found.updated or found.since, *(call.updated for call in latest)]
    return max(times)
