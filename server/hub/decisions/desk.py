"""The whole log, for editors."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from server.hub.decisions import store
from server.hub.decisions.model import ACTS, COMMAND_LINE, PAGE, Decision, Entry
from server.hub.decisions.pages import next_page, number_in
from server.hub.listings.model import short_id
from server.services import services_of
from server.taxonomy.languages import translations
from server.taxonomy.themes import THEMES, theme_label
from server.taxonomy.wording import moment
from server.taxonomy.words import N_
from server.web.negotiation import page_language
from server.web.render import local_url

LOG = "/desk/hub/log"
THEMES_LABEL = N_("Themes")
PLACE_LABEL = N_("Place")
_EDITS = re.compile(r"themes=(\S*) place=(.*)")
_ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the desk shows it; `decision` is None once its details were erased."""

    number: int
    when: str
    act: str
    by: str
    decision: Decision | None
    about: str
    path: str | None
    fingerprint: str


async def log(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    before, act = number_in(request), request.query_params.get("act", "")
    wanted = act if act in ACTS else None
    found = await services.database.read(lambda tx: store.page(tx, wanted, before, PAGE + 1))
    _ = translations(language).gettext
    return services.pages.render_desk(
        request,
        "hub/desk/log.html",
        lines=[line_of(entry, language) for entry in found[:PAGE]],
        acts=[(word, _(label)) for word, label in ACTS.items()],
        act=wanted or "",
        next=next_page(request, LOG, found, act=wanted or ""),
        previous=local_url(request, LOG, {"act": wanted}) if before is not None else None,
        by_hand=request.query_params.get("lang"),
    )


def line_of(entry: Entry, language: str) -> Line:
    _ = translations(language).gettext
    decision = entry.decision
    by = "" if decision is None else decision.by
    return Line(
        number=entry.link.number,
        when=moment(entry.link.at, language),
        act=_(ACTS.get(entry.link.act, entry.link.act)),
        by=_(COMMAND_LINE) if by == COMMAND_LINE else by,
        decision=decision,
        about=_about(decision, language) if decision else "",
        path=f"/desk/hub/listings/{short_id(decision.actor_id)}" if decision and decision.actor_id else None,
        fingerprint=entry.link.hash[:16],
    )


def _about(decision: Decision, language: str) -> str:
    """The record's own words, but for an edit: that is kept in words of the vocabularies, for every language."""
    edits = _EDITS.fullmatch(decision.about) if decision.act == "edit-listing" else None
    if edits is None:
        return decision.about
    _ = translations(language).gettext
    themes = [theme_label(word, language) if word in THEMES else word for word in edits[1].split(",") if word]
    said = []
    if edits[1] != _ORIGINAL:
        said.append(f"{_(THEMES_LABEL)}: {', '.join(themes) or '-'}")
    if edits[2] != _ORIGINAL:
        said.append(f"{_(PLACE_LABEL)}: {edits[2]}")
    return "; ".join(said)
