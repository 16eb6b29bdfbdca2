"""Pages: one jinja2 environment per interface language, autoescaped, strict about missing names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.taxonomy.languages import INTERFACE_LANGUAGES, language_name, translations
from server.web.assets import asset_path
from server.web.forms import Form, Message, kept
from server.web.identity import BADGES, SignedIn, signed_in
from server.web.negotiation import page_language
from server.web.qr import qr_svg_path
from server.web.responses import with_validator
from server.web.stylesheets import Stylesheet

Navigation = Sequence[tuple[str, str]]
"""(gettext msgid, path)"""

DeskMenu = Sequence[tuple[str, str, str, str]]
"""(gettext msgid, path, scope, role); a path may hold {handle}, then the scope is that initiative"""


@dataclass(frozen=True, slots=True)
class Site:
    """What every page may say about the instance."""

    name: str
    origin: str
    authority: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """A line of the desk's menu. `badge` is how much waits there."""

    label: str
    path: str
    handle: str
    badge: int
    is_here: bool


class Pages:
    """Renders templates of `templates/`; knows the site, its menus and its stylesheets."""

    def __init__(
        self,
        site: Site,
        templates: Path,
        stylesheet: Stylesheet,
        navigation: Navigation = (),
        *,
        desk_stylesheet: Stylesheet,
        desk: DeskMenu = (),
    ) -> None:
        self.site = site
        self.stylesheet = stylesheet
        self.desk_stylesheet = desk_stylesheet
        self.navigation = navigation
        self.desk = desk
        self._templates = templates

    def render(
        self,
        request: Request,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """HTML of `template` in the reader's language, with an ETag; conditional requests get 304."""
        language = page_language(request)
        body = self.text(template, language, request=request, **context).encode()
        sent = {
            "cache-control": "public, no-cache",
            "vary": "Accept, Accept-Language",
            "content-language": language,
            **(headers or {}),
        }
        return with_validator(request, Response(body, status, sent, media_type="text/html"))

    def render_desk(
        self, request: Request, template: str, status: int | None = None, **context: Any
    ) -> Response:
        """A page for whoever is signed in: never stored, without a validator, with the desk's menu.

        `status` defaults to what the request's form says (422 when something in it is wrong).
        """
        language = page_language(request)
        me, form = signed_in(request), kept(request)
        body = self.text(
            template,
            language,
            request=request,
            me=me,
            csrf=me.csrf,
            desk=self._desk_of(request, me),
            **context,
        )
        shown: Form | None = context.get("form", form)
        code = status if status is not None else shown.status if shown is not None else 200
        headers = {"cache-control": "no-store", "content-language": language}
        return Response(body.encode(), code, headers, media_type="text/html")

    def _desk_of(self, request: Request, me: SignedIn) -> list[DeskEntry]:
        """What the person may open, one line for each of their initiatives where a path holds {handle}."""
        badges: Mapping[str, int] = request.scope.get(BADGES, {})
        here = request.scope["path"]
        entries = []
        for label, path, scope, role in self.desk:
            handles = me.handles if "{handle}" in path else ("",)
            for handle in handles:
                wanted = f"@{handle}" if handle else scope
                if not wanted or me.may(wanted, role):
                    address = path.replace("{handle}", handle)
                    entries.append(DeskEntry(label, address, handle, badges.get(address, 0), address == here))
        return entries

    def text(self, template: str, language: str, *, request: Request | None = None, **context: Any) -> str:
        """The rendered text alone; feeds use it with their own media type."""

        def url(path: str, **query: str | int | None) -> str:
            return local_url(request, path, query)

        return (
            _environment(self._templates, language)
            .get_template(template)
            .render(
                site=self.site,
                lang=language,
                languages=[(tag, language_name(tag, tag)) for tag in INTERFACE_LANGUAGES],
                navigation=self.navigation,
                stylesheet=self.stylesheet.path,
                desk_stylesheet=self.desk_stylesheet.path,
                url=url,
                here=here_in(request) if request else None,
                **context,
            )
        )


def local_url(request: Request | None, path: str, query: Mapping[str, str | int | None]) -> str:
    """A path of this site; a language chosen by hand (`?lang=`) travels along, empty values are left out."""
    chosen = request.query_params.get("lang") if request else None
    values: dict[str, str | int | None] = {"lang": chosen if chosen in INTERFACE_LANGUAGES else None, **query}
    pairs = [(name, value) for name, value in values.items() if value not in (None, "")]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def see_other(request: Request, path: str, done: str = "") -> Response:
    """What a form that did its work answers with: on to `path`, which then says what was `done`, a word of its own."""
    return RedirectResponse(local_url(request, path, {"done": done}), 303)


def here_in(request: Request) -> Mapping[str, str]:
    """This very page in each interface language: path and query kept, `lang` exchanged."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    # Also of a page that is not there: to a browser "//evil.example" and "/\evil.example" are other hosts (WEB-03).
    path = "/" + quote(request.scope["path"].lstrip("/\\"), safe="/@:")
    return {
        language: f"{path}?{urlencode([*others, ('lang', language)])}" for language in INTERFACE_LANGUAGES
    }


@lru_cache(maxsize=2 * len(INTERFACE_LANGUAGES))
def _environment(templates: Path, language: str) -> Environment:
    """Made when the first page is read in that language: four catalogues are a tenth of a second of the start."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The extension adds this method at run time; jinja2 ships no type for it.
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["language_name"] = language_name
    environment.globals["asset"] = asset_path
    environment.globals["qr"] = qr_svg_path
    translated = translations(language)

    def say(message: Message) -> str:
        """A sentence of a form, in the page's language; autoescape does the rest."""
        return translated.gettext(message.text) % message.values

    environment.globals["say"] = say
    return environment
