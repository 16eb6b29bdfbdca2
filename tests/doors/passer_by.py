"""Somebody who opens every door there is, and whose every request bears what must not be kept of people."""

import http.client
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from PIL import Image, PngImagePlugin
from starlette.routing import BaseRoute, Route

from tests import traces
from tests.doors.stranger import ACTIVITY_JSON, Answer

HEADERS = traces.HEADERS | {
    "accept-language": traces.LANGUAGE,
    "x-forwarded-for": traces.CLIENT,
    "x-real-ip": traces.CLIENT,
    "forwarded": f"for={traces.CLIENT}",
}
WORDS = f"{traces.MARK} пошук"
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Field:
    """`typed`: a person writes there. `counts`: it would be sent if nobody touched the form."""

    name: str
    value: str
    typed: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of a page: where it goes, how, and what is in it."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.fields}

    def untouched(self) -> list[tuple[str, str]]:
        return [(one.name, one.value) for one in self.fields if one.counts]

    def marked(self) -> list[tuple[str, str]]:
        """With marks wherever a person writes."""
        return [(one.name, WORDS if one.typed else one.value) for one in self.fields]


@dataclass
class PasserBy:
    """`statuses`: how often each was answered. `cookies` are kept as a browser does; at first they are invented."""

    authority: str
    cookies: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(("antipole", "antipole-browser", "lang"), traces.MARK)
    )
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def origin(self) -> str:
        return f"http://{self.authority}"

    def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request on a connection of its own, from the address `traces.CLIENT`."""
        host, _, port = self.authority.rpartition(":")
        own = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        connection = http.client.HTTPConnection(
            host, int(port), timeout=20, source_address=traces.source_address()
        )
        try:
            connection.request(method, target, body, HEADERS | own | dict(headers or {}))
            answer = connection.getresponse()
            self.statuses[answer.status] += 1
            for given in answer.headers.get_all("set-cookie", ()):
                name, _, value = given.partition(";")[0].partition("=")
                self.cookies[name] = value
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def send_form(self, target: str, fields: Sequence[tuple[str, str]]) -> Answer:
        """As a browser sends a form of a page of this very site."""
        headers = {"content-type": FORM, "origin": self.origin, "sec-fetch-site": "same-origin"}
        return self.ask("POST", target, headers, urlencode(fields).encode())

    def fill_in(self, page: str, **values: str) -> Answer:
        """Opens `page` and sends the form that has these fields, whatever is hidden in it included."""
        form = next(form for form in forms_on(self.ask("GET", page), page) if values.keys() <= form.names)
        fields = [(name, values.get(name, value)) for name, value in form.untouched()]
        return self.send_form(form.action, fields)

    def upload(self, page: str, name: str, picture: bytes, **chosen: str) -> Answer:
        """Opens `page` and sends its form with these choices, and with this picture in the field `name`."""
        form = next(form for form in forms_on(self.ask("GET", page), page) if name in form.names)
        fields = [(field, value) for field, value in form.untouched() if field not in {name, *chosen}]
        fields += chosen.items()
        return self.send_picture(form.action, fields, name, picture)

    def send_picture(
        self, target: str, fields: Sequence[tuple[str, str]], name: str, picture: bytes
    ) -> Answer:
        """As a browser sends a form with a file."""
        parts = [(field, "", value.encode()) for field, value in fields]
        parts.append((name, f'; filename="{traces.MARK}.jpg"\r\ncontent-type: image/jpeg', picture))
        body = b"".join(
            f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{field}"{more}\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for field, more, content in parts
        )
        headers = {
            "content-type": f"multipart/form-data; boundary={BOUNDARY}",
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
        }
        return self.ask("POST", target, headers, body + f"--{BOUNDARY}--\r\n".encode())

    def try_every_door(
        self, routes: Sequence[BaseRoute], names: Mapping[str, str], picture: bytes
    ) -> list[str]:
        """Each route as a reader, as a server and as somebody who errs; answers the pages that there are.

        `names` are what stands in the parameters of paths; every route is also tried with a name nobody has.
        """
        pages = []
        for route in routes:
            assert isinstance(route, Route)
            nobody = dict.fromkeys(route.param_convertors, traces.MARK)
            known = {name: names.get(name, traces.MARK) for name in route.param_convertors}
            for parameters in [known] if known == nobody else [known, nobody]:
                path = quote(route.path_format.format(**parameters), safe="/@")
                for accept in ("text/html", ACTIVITY_JSON):
                    answer = self.ask("GET", path, {"accept": accept})
                    if accept == "text/html" and is_page(answer):
                        pages.append(path)
                self.ask("GET", f"{path}?{urlencode(dict.fromkeys(QUERY_NAMES, WORDS))}")
                self.ask("HEAD", path)
                self.ask("PUT", path, {"content-type": FORM}, f"q={traces.MARK}".encode())
                self.ask("POST", path, {"content-type": ACTIVITY_JSON}, b'{"type": "%s"}' % MARK)
                self.ask("POST", path, {"content-type": FORM}, b"secret_passphrase=%s" % MARK)
                self.send_form(path, [(name, WORDS) for name in FIELD_NAMES])
                self.send_picture(path, [("name", WORDS)], "icon", picture)
        return pages

    def fill_in_every_form(self, pages: Sequence[str]) -> list[Sent]:
        """Sends each form that the pages hold, marks in every field a person fills in; answers the forms."""
        filled: dict[tuple[str, str, tuple[str, ...]], Sent] = {}
        for page in pages:
            for form in forms_on(self.ask("GET", page), page):
                filled.setdefault((form.action, form.method, tuple(sorted(form.names))), form)
        for form in filled.values():
            if form.method == "post":
                self.send_form(form.action, form.marked())
            else:
                self.ask("GET", f"{urlsplit(form.action).path}?{urlencode(form.marked())}")
        return list(filled.values())


MARK = traces.MARK.encode()
BOUNDARY = "zqxboundary"
QUERY_NAMES = ("q", "lang", "theme", "place", "after", "max_id", "resource", "next", "what", "page")
FIELD_NAMES = ("q", "words", "name", "title", "text", "secret_passphrase", "secret_code", "_csrf", "reason")


def is_page(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html") and answer.status < 500


def forms_on(answer: Answer, page: str) -> list[Sent]:
    reader = _Forms(page)
    reader.feed(answer.body.decode())
    reader.close()
    return reader.forms


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self._within: str = ""
        self.forms: list[Sent] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self._page, said.get("action") or self._page)
            self.forms.append(Sent(action, said.get("method", "get").lower()))
            return
        if not self.forms:
            return
        fields, value, name = self.forms[-1].fields, said.get("value", ""), said.get("name", "")
        self._within = tag
        if tag == "option" and fields and (not fields[-1].counts or "selected" in said):
            # The first, unless another is chosen.
            fields[-1].value, fields[-1].counts = value, True
        elif name and tag == "input":
            kind = said.get("type", "text")
            chosen = kind not in ("checkbox", "radio") or "checked" in said
            typed = kind not in ("checkbox", "radio", "hidden", "file")
            fields.append(Field(name, value, typed, chosen))
        elif name and tag == "textarea":
            fields.append(Field(name, "", typed=True, counts=True))
        elif name and tag == "select":
            fields.append(Field(name, "", typed=False, counts=False))

    def handle_data(self, data: str) -> None:
        if self._within == "textarea":
            self.forms[-1].fields[-1].value += data

    def handle_endtag(self, tag: str) -> None:
        self._within = ""


def pictures() -> Mapping[str, bytes]:
    """By their endings; whoever made them is named in every place that the formats have for it."""
    drawn = Image.effect_mandelbrot((96, 64), (-2.0, -1.5, 1.0, 1.5), 100).convert("RGB")
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x8298] = (
        f"{traces.MARK} {word}" for word in ("place", "name", "right")
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 27.0, 1.0), 3: "E", 4: (30.0, 31.0, 1.0), 29: traces.MARK})
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{traces.MARK}</x:xmpmeta>".encode()
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", traces.MARK)
    said.add_itxt("XML:com.adobe.xmp", xmp.decode())
    ways: Mapping[str, dict[str, Any]] = {
        "jpg": {"exif": exif, "xmp": xmp, "comment": MARK, "icc_profile": bytes(128) + MARK},
        "webp": {"exif": exif, "xmp": xmp, "icc_profile": bytes(128) + MARK},
        "png": {"exif": exif, "pnginfo": said},
    }
    return {
        ending: _saved(drawn, ending, how) + b"\nbehind the picture: " + MARK for ending, how in ways.items()
    }


def _saved(drawn: Image.Image, ending: str, how: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    drawn.save(out, format={"jpg": "JPEG"}.get(ending, ending.upper()), **how)
    return out.getvalue()
