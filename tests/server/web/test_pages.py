"""What every answer bears, seen from outside through a small application of the same parts."""

import gzip
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.paths import static_dir, templates_dir
from server.storage.database import StorageUnavailable
from server.web.errors import error_handlers
from server.web.middleware import OnlyOurHost, SecurityHeaders
from server.web.render import Pages, Site
from server.web.responses import activity_json
from server.web.static_files import static_routes
from server.web.stylesheets import join_blocks, join_desk, squeeze
from server.web.texts import PageError

AUTHORITY = "initiative.example"
EVERYWHERE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
}


async def stop(request: Request) -> Response:
    raise {
        "gone": PageError(410, "This was taken down", "Nothing is kept here."),
        "full": StorageUnavailable("full"),
    }[request.path_params["why"]]


async def document(request: Request) -> Response:
    return activity_json(request, '{"id":"https://initiative.example/actor"}')


def application() -> tuple[Starlette, Pages]:
    stylesheet = join_blocks(static_dir() / "css")
    site = Site("Garden", f"https://{AUTHORITY}", AUTHORITY, ("initiative",))
    pages = Pages(
        site,
        templates_dir(),
        stylesheet,
        [("Initiatives", "/initiatives")],
        desk_stylesheet=join_desk(static_dir() / "css"),
    )
    app = Starlette(
        routes=[
            Route("/stop/{why}", stop),
            Route("/document", document),
            *static_routes(static_dir(), [stylesheet]),
        ],
        middleware=[
            Middleware(SecurityHeaders, https=True),
            Middleware(OnlyOurHost, authority=AUTHORITY, https=True),
        ],
        exception_handlers=dict(error_handlers(pages)),
    )
    return app, pages


async def get(path: str, **headers: str) -> httpx2.Response:
    app, _ = application()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app),
        base_url=f"https://{AUTHORITY}",
        headers={"accept-encoding": "identity"},
    ) as client:
        return await client.get(path, headers=sent)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path", ["/nothing", "/stop/gone", "/stop/full", "/document", "/static/css/none.css"]
)
async def test_every_answer_bears_the_security_headers(path: str) -> None:
    answer = await get(path)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "server" not in answer.headers


@pytest.mark.anyio
async def test_an_error_is_a_page_of_the_house_in_the_readers_language() -> None:
    answer = await get("/nothing", accept_language="de")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="de">' in answer.text
    assert answer.text.count("<h1>") == 1


@pytest.mark.anyio
async def test_a_server_that_asks_for_a_document_gets_one_word_and_not_a_page() -> None:
    answer = await get("/nothing", accept="application/activity+json")
    assert (answer.status_code, answer.json()) == (404, {"error": "not-found"})


@pytest.mark.anyio
async def test_storage_that_cannot_commit_is_a_503_that_says_when_to_come_back() -> None:
    answer = await get("/stop/full")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host", ["evil.example", "initiative.example.evil.example", "initiative.example:8443"]
)
async def test_a_request_for_another_host_is_refused(host: str) -> None:
    assert (await get("/document", host=host)).status_code == 400


@pytest.mark.anyio
async def test_a_document_that_is_held_already_costs_a_304() -> None:
    first = await get("/document")
    again = await get("/document", if_none_match=first.headers["etag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["vary"] == "Accept"


@pytest.mark.anyio
async def test_the_stylesheet_may_be_kept_for_a_year_and_travels_compressed() -> None:
    _, pages = application()
    path = pages.stylesheet.path
    plain = await get(path)
    squeezed = await get(path, accept_encoding="gzip")
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert squeezed.headers["content-encoding"] == "gzip"
    assert squeezed.content == plain.content
    assert len(gzip.compress(plain.content)) < 4096


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path", ["/static/../antipole.toml", "/static/%2e%2e/feature.py", "/static/css/tokens.css"]
)
async def test_only_shipped_files_can_be_named(path: str) -> None:
    assert (await get(path)).status_code == 404


def test_squeezing_keeps_what_is_said() -> None:
    assert (
        squeeze("/* why */\na , b { color : red ;\n  margin: 0 auto }\n") == "a,b{color : red;margin: 0 auto}"
    )


def test_no_template_or_stylesheet_names_another_host() -> None:
    files = [*templates_dir().rglob("*.html"), *(static_dir() / "css").rglob("*.css")]
    assert files
    assert [file.name for file in files if names_a_host(file)] == []


def names_a_host(file: Path) -> bool:
    text = file.read_text(encoding="utf-8")
    return "//" in text.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/2005/Atom", "")
