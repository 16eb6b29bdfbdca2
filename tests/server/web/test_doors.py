"""Every address says who may open it, and the guard keeps to it."""

import re

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message as Event

from server.app import create_app
from server.feature import Feature
from server.services import services_of
from server.web.doors import PUBLIC, Door, form_door, of_hub, of_initiative
from server.web.forms import Fields, FormErrors, form_of
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on

pytestmark = pytest.mark.anyio


async def nothing(request: Request) -> Response:
    return Response("nothing")


def test_a_public_door_only_reads() -> None:
    with pytest.raises(ValueError, match="only reads"):
        Door("/x", nothing, PUBLIC, ("GET", "POST"))


async def test_an_application_with_a_route_that_says_nothing_does_not_start(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    silent = Feature("silent", routes=[Route("/silent", nothing)])  # type: ignore[list-item] # that is the mistake
    with pytest.raises(TypeError, match="/silent"):
        create_app(node.services, [silent], with_workers=False)


DONE: list[str] = []


async def edit(request: Request) -> Response:
    form = form_of(request, fields=("word",))
    if form.sent:
        fields = Fields(form)
        word = fields.text("word", 10, required=True)
        try:
            fields.require_none_wrong()
            DONE.append(word)
            return Response(status_code=303, headers={"location": "/desk"})
        except FormErrors as problems:
            form = form.with_errors(problems)
    pages = services_of(request).pages
    return pages.render_desk(
        request, "errors/error.html", heading=form.value("word") or "empty", sentence="", form=form
    )


def with_form(node: Node) -> None:
    feature = Feature(
        "words",
        routes=[
            form_door("/desk/@{handle}/word", edit, of_initiative()),
            form_door("/desk/hub/word", edit, of_hub("owner")),
        ],
    )
    node.features = [*node.features, feature]
    node.open_doors()
    DONE.clear()


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    node = await fediverse.add("garden.example", roles=["initiative"])
    with_form(node)
    return node


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


async def test_a_form_is_executed_where_it_is_shown(editor: Person) -> None:
    assert (await editor.get("/desk/@garden/word")).status_code == 200
    assert (await editor.post("/desk/@garden/word", word="hope")).status_code == 303
    assert DONE == ["hope"]


async def test_what_is_wrong_comes_back_with_what_was_typed(editor: Person) -> None:
    answer = await editor.post("/desk/@garden/word", word="far too long a word")
    assert answer.status_code == 422
    assert "far too long a word" in text_on(answer)
    assert DONE == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "https://garden.example"},
    ],
)
async def test_web_01_a_form_of_another_page_is_refused(editor: Person, headers: dict[str, str]) -> None:
    answer = await editor.send("/desk/@garden/word", {"_csrf": editor.csrf, "word": "hope"}, headers=headers)
    assert answer.status_code == 403
    assert DONE == []


@pytest.mark.parametrize(("origin", "status"), [("https://garden.example", 303), ("null", 403), ("", 403)])
async def test_a_browser_without_sec_fetch_site_must_name_our_origin(
    editor: Person, origin: str, status: int
) -> None:
    body = f"_csrf={editor.csrf}&word=hope".encode()
    headers = {"cookie": editor.cookie, "content-type": "application/x-www-form-urlencoded"}
    if origin:
        headers["origin"] = origin
    answer = await editor.node.request("POST", "/desk/@garden/word", headers=headers, content=body)
    assert answer.status_code == status


@pytest.mark.parametrize("token", ["", "another", "токен"])
async def test_web_01_another_token_changes_nothing_and_loses_nothing(editor: Person, token: str) -> None:
    answer = await editor.send("/desk/@garden/word", {"_csrf": token, "word": "hope"})
    assert answer.status_code == 403
    assert "hope" in text_on(answer)
    assert DONE == []


async def test_web_01_text_that_pretends_to_be_a_form_is_refused(editor: Person) -> None:
    answer = await editor.send("/desk/@garden/word", {"word": "x"}, headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert DONE == []


async def test_web_10_a_field_that_the_form_does_not_offer_is_refused(editor: Person) -> None:
    answer = await editor.post("/desk/@garden/word", word="hope", role="owner")
    assert answer.status_code == 400
    assert DONE == []


@pytest.mark.parametrize("path", ["/desk/@other/word", "/desk/@nobody/word"])
async def test_web_11_what_belongs_to_others_looks_as_if_it_were_not_there(editor: Person, path: str) -> None:
    assert (await editor.get(path)).status_code == 404
    assert (await editor.post(path, word="hope")).status_code == 404
    assert DONE == []


async def test_the_owner_of_the_server_owns_all_that_is_on_it(node: Node) -> None:
    owner = await person(node, Grant("server", "owner"))
    assert (await owner.get("/desk/@garden/word")).status_code == 200
    assert (await owner.get("/desk/hub/word")).status_code == 200


async def test_an_editor_of_the_hub_is_no_owner_of_it(node: Node) -> None:
    hub_editor = await person(node, Grant("hub", "editor"))
    assert (await hub_editor.get("/desk/hub/word")).status_code == 403


async def test_pages_of_the_desk_are_kept_by_nobody(editor: Person) -> None:
    page = await editor.get("/desk/@garden/word", **{"accept-encoding": "gzip"})
    assert page.headers["cache-control"] == "no-store"
    assert "content-encoding" not in page.headers
    assert "etag" not in page.headers


async def test_a_form_too_large_is_refused_before_it_is_read(editor: Person) -> None:
    answer = await editor.post("/desk/@garden/word", word="x" * 200_000)
    assert answer.status_code == 413


async def test_whoever_may_send_anything_may_not_send_a_file(node: Node) -> None:
    stranger = Person(node, "", "")
    for feature in node.features:
        for door in feature.routes:
            if "POST" in (door.methods or ()) and door.permission.who in ("anonymous-form", "signing-in"):
                answer = await stranger.upload(door.path.replace("{token}", "a" * 26), "icon", b"x")
                assert answer.status_code == 415, door.path


async def test_words_travel_through_signing_in_and_nothing_is_kept_of_a_file(node: Node) -> None:
    await person(node, Grant("@garden", "editor"))
    answer = await Person(node, "", "").upload("/desk/@garden/word", "icon", b"x" * 1000, word="hope")
    assert answer.status_code == 401
    assert 'name="kept_word" value="hope"' in answer.text
    assert 'name="_file" value="1"' in answer.text


async def test_whoever_hangs_up_in_the_middle_of_a_form_leaves_no_trace(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    await person(node)
    for path in ("/sign-in", "/desk/@garden/word", "/open"):
        headers = [
            (b"host", b"garden.example"),
            (b"sec-fetch-site", b"same-origin"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ]
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"what=@garden@garden.example",
            "headers": headers,
            "client": ("127.0.0.1", 1),
        }
        events: list[Event] = [
            {"type": "http.request", "body": b"a", "more_body": True},
            {"type": "http.disconnect"},
        ]
        sent: list[Event] = []

        async def receive(events: list[Event] = events) -> Event:
            return events.pop(0)

        async def send(event: Event, sent: list[Event] = sent) -> None:
            sent.append(event)

        await node.door(scope, receive, send)
        assert sent[0]["status"] == 400
    assert caplog.text == ""


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "/%5Cevil.example", "/%2Fevil.example", "/%09/evil.example"]
)
async def test_web_03_not_even_the_page_of_nothing_links_to_another_host(node: Node, path: str) -> None:
    answer = await node.request("GET", node.origin + path)
    assert answer.status_code == 404
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
    assert any("evil.example" in address for address in addresses)
    for address in addresses:
        assert re.fullmatch(r"(#|/(?![/\\\t])).*", address), address
