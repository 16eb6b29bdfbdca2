"""The desk's pages for writing these."""

from starlette.requests import Request
from starlette.responses import Response

from server.documents.rich_text import markdown_to_html
from server.hub.asking import done_in
from server.hub.own_pages import actions, store
from server.hub.own_pages.model import MAX_TEXT, SHOWN_UNWRITTEN, TITLES, TO_FILL_IN, best_language
from server.hub.own_pages.pages import beginning_here
from server.services import services_of
from server.taxonomy.languages import INTERFACE_LANGUAGES, language_name
from server.taxonomy.wording import day
from server.taxonomy.words import N_
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.identity import signed_in
from server.web.negotiation import page_language
from server.web.render import local_url, see_other
from server.web.texts import TEXTS, PageError

PAGES = "/desk/hub/pages"
SAVE, PREVIEW = "save", "preview"


async def pages(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    found = await services.database.read(store.all_pages)
    written = {(each.name, each.language): each for each in found}
    shown = [
        name
        for name in TITLES
        if name in SHOWN_UNWRITTEN or best_language(language, [tag for each, tag in written if each == name])
    ]
    rows = [
        (
            title,
            f"/{name}",
            name in SHOWN_UNWRITTEN,
            name in shown,
            [
                (
                    language_name(tag, tag),
                    tag,
                    f"{PAGES}/{name}/{tag}",
                    day(written[name, tag].updated.date(), language) if (name, tag) in written else "",
                )
                for tag in INTERFACE_LANGUAGES
            ],
        )
        for name, title in TITLES.items()
    ]
    return services.pages.render_desk(request, "hub/desk/pages.html", rows=rows, done=done_in(request))


async def page(request: Request) -> Response:
    """Writes one page in one language; shows it beforehand as others will see it."""
    services = services_of(request)
    name, language = request.path_params["name"], request.path_params["language"]
    if name not in TITLES or language not in INTERFACE_LANGUAGES:
        raise PageError(404, *TEXTS[404])
    form = form_of(request, ("text", "act"))
    preview = ""
    if form.sent:
        fields = Fields(form)
        text = fields.text("text", MAX_TEXT, lines=True)
        act = fields.choice("act", (SAVE, PREVIEW))
        if act == SAVE and TO_FILL_IN in text:
            fields.wrong("text", Message(N_("Fill in what stands between ‹ and ›, or delete it.")))
        try:
            fields.require_none_wrong()
            if act == SAVE:
                by, now = signed_in(request).name, services.here.clock.now()
                await services.database.write(lambda tx: actions.write(tx, name, language, text, by, now))
                return see_other(request, PAGES, "saved")
            preview = markdown_to_html(text)
        except FormErrors as problems:
            form = form.with_errors(problems)
    written = await services.database.read(lambda tx: store.page(tx, name, language))
    begin = beginning_here(services, name, language)
    return services.pages.render_desk(
        request,
        "hub/desk/page.html",
        form=form.filled_from({"text": written.text if written is not None else begin}),
        title=TITLES[name],
        text_language=language,
        language_is=language_name(language, page_language(request)),
        preview=preview,
        shown_unwritten=name in SHOWN_UNWRITTEN,
        limit=MAX_TEXT,
        action=local_url(request, f"{PAGES}/{name}/{language}", {}),
        back=PAGES,
    )
