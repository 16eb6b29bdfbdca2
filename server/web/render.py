"""Pages: one jinja2 environment per interface language, autoescaped, strict about missing names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from server.taxonomy.languages import INTERFACE_LANGUAGES, language_name, translations
from server.web.negotiation import page_language
from server.web.responses import with_validator
from server.web.stylesheets import Stylesheet

Navigation = Sequence[tuple[str, str]]
"""(gettext msgid, path)"""


@dataclass(frozen=True, slots=True)
class Site:
    """What every page may say about the instance."""

    name: str
    origin: str
    authority: str
    roles: tuple[str, ...]


class PageError(Exception):
    """Ends a request with the house's error page. Title and sentence are gettext msgids."""

    def __init__(self, status: int, title: str, sentence: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.sentence = sentence


class Pages:
    """Renders templates of `templates/`; knows the site, its menu and its stylesheet."""

    def __init__(
        self, site: Site, templates: Path, stylesheet: Stylesheet, navigation: Navigation = ()
    ) -> None:
        self.site = site
        self.stylesheet = stylesheet
        self.navigation = navigation
        self._environments = {language: _environment(templates, language) for language in INTERFACE_LANGUAGES}

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

    def text(self, template: str, language: str, *, request: Request | None = None, **context: Any) -> str:
        """The rendered text alone; feeds use it with their own media type."""

        def url(path: str, **query: str | int | None) -> str:
            return local_url(request, path, query)

        return (
            self._environments[language]
            .get_template(template)
            .render(
                site=self.site,
                lang=language,
                languages=[(tag, language_name(tag, tag)) for tag in INTERFACE_LANGUAGES],
                navigation=self.navigation,
                stylesheet=self.stylesheet.path,
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


def here_in(request: Request) -> Mapping[str, str]:
    """This very page in each interface language: path and query kept, `lang` exchanged."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = request.scope["path"]
    return {
        language: f"{path}?{urlencode([*others, ('lang', language)])}" for language in INTERFACE_LANGUAGES
    }


def _environment(templates: Path, language: str) -> Environment:
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
    return environment
