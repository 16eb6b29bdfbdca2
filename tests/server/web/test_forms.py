"""Forms: what is read, what is refused, and what is shown again."""

import asyncio
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message as Event

from server.web import bodies
from server.web.bodies import MAX_FIELDS, MAX_HELD, Room, read_form
from server.web.forms import Fields, Form, FormErrors, Message, plain, tidied
from server.web.texts import PageError

pytestmark = pytest.mark.anyio

URLENCODED = "application/x-www-form-urlencoded"


def request_with(body: bytes, content_type: str) -> Request:
    events: list[Event] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Event:
        return events.pop(0) if events else {"type": "http.disconnect"}

    headers = [(b"content-type", content_type.encode("latin-1"))]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def status_of(body: bytes, content_type: str) -> int:
    try:
        with Room().share() as share:
            await read_form(request_with(body, content_type), share)
    except PageError as error:
        return error.status
    return 200


def multipart(*parts: tuple[str, bytes]) -> tuple[bytes, str]:
    lines = b"".join(
        b"--edge\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + body + b"\r\n"
        for head, body in parts
    )
    return lines + b"--edge--\r\n", "multipart/form-data; boundary=edge"


async def test_what_was_sent_is_what_is_read() -> None:
    body = urlencode([("name", "Сад & Co"), ("themes", "education"), ("themes", "evidence"), ("_csrf", "t")])
    form = await read_form(request_with(body.encode(), URLENCODED))
    assert (form.value("name"), form.values["themes"]) == ("Сад & Co", ("education", "evidence"))
    assert form.internal == {"_csrf": "t"}
    assert "_csrf" not in form.values
    assert form.sent


async def test_a_file_is_read_in_memory_beside_the_fields() -> None:
    body, kind = multipart(('name="name"', "Сад".encode()), ('name="icon"; filename="x.png"', b"\x89PNG"))
    with Room().share() as share:
        form = await read_form(request_with(body, kind), share)
    assert form.upload is not None
    assert (form.value("name"), form.upload.body, form.upload_name) == ("Сад", b"\x89PNG", "icon")


async def test_a_file_that_nobody_may_keep_is_read_past_and_remembered_as_one() -> None:
    body, kind = multipart(('name="name"', b"Garden"), ('name="icon"; filename="x.png"', b"\x89PNG"))
    form = await read_form(request_with(body, kind))
    assert form.upload is not None
    assert (form.value("name"), form.upload.body, form.upload_name) == ("Garden", b"", "icon")


async def test_all_forms_together_hold_so_much_of_files_and_no_more() -> None:
    body, kind = multipart(('name="icon"; filename="x.png"', b"x" * 300))
    room = Room(500)
    with room.share() as first:
        await read_form(request_with(body, kind), first)
        with room.share() as second, pytest.raises(PageError) as caught:
            await read_form(request_with(body, kind), second)
        assert caught.value.status == 503
    assert room.left == 500
    with room.share() as third:
        assert (await read_form(request_with(body, kind), third)).upload is not None
    assert Room().left == MAX_HELD


async def test_res_05_whoever_drips_gets_half_a_minute_and_an_editor_a_whole_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (bodies.SECONDS_OF_STRANGERS, bodies.SECONDS) == (15, 60)
    monkeypatch.setattr(bodies, "SECONDS_OF_STRANGERS", 0.02)

    async def drip() -> Event:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"a", "more_body": True}

    headers = [(b"content-type", URLENCODED.encode())]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, drip)
    with pytest.raises(PageError) as caught:
        await read_form(request)
    assert caught.value.status == 400
    monkeypatch.setattr(bodies, "SECONDS", 0.02)
    with Room().share() as share, pytest.raises(PageError):
        await read_form(request, share)


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "utf-7", "utf-8", "no-such"])
async def test_nobody_chooses_the_codec_that_reads_them(charset: str) -> None:
    """`punycode` takes a second for 100 KB and raises what nobody expects; `unicode_escape` makes lone surrogates."""
    body, _ = multipart(('name="words"', b"\\ud800"))
    assert await status_of(body, f"multipart/form-data; charset={charset}; boundary=edge") == 400
    assert await status_of(body, f"multipart/form-data; boundary=edge; charset={charset}") == 400


@pytest.mark.parametrize(
    "kind", ["boundary=", 'boundary=""', 'boundary="edge', "boundary=" + "e" * 71, "boundary=edge; x=y"]
)
async def test_an_odd_boundary_is_refused(kind: str) -> None:
    body, _ = multipart(('name="words"', b"x"))
    assert await status_of(body, f"multipart/form-data; {kind}") == 400
    assert await status_of(body, 'multipart/form-data; boundary="edge"') == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=b", "text/plain", 415),
        (b'{"a": "b"}', "application/json", 415),
        (b"", "", 415),
        (b"a=%ff%fe", URLENCODED, 400),
        ("a=é".encode("latin-1"), URLENCODED, 400),
        (b"a%00b=c", URLENCODED, 400),
        (b"<script>=c", URLENCODED, 400),
        (b"&".join(b"a=b" for _ in range(MAX_FIELDS + 1)), URLENCODED, 400),
        (b"a=" + b"x" * 140_000, URLENCODED, 413),
        (b"no parts at all", "multipart/form-data", 400),
        (b"no parts at all", "multipart/form-data; boundary=edge", 400),
        (*multipart(('name="a"; filename="1"', b"x"), ('name="b"; filename="2"', b"y")), 400),
        (*multipart(('name="a"', b"x" * 140_000)), 400),
        (*multipart(('name="a"', b"\xff")), 400),
        (*multipart(('name="a"; filename="1"', b"x" * (9 * 1024 * 1024))), 413),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(body: bytes, kind: str, status: int) -> None:
    assert await status_of(body, kind) == status


@given(st.binary(max_size=2_000), st.sampled_from([URLENCODED, "multipart/form-data; boundary=edge"]))
async def test_no_bytes_whatever_are_more_than_refused(body: bytes, kind: str) -> None:
    assert await status_of(body, kind) in (200, 400, 413)


@given(st.text(max_size=300))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    for lines in (False, True):
        once = tidied(text, lines=lines)
        assert tidied(once, lines=lines) == once
        assert not {"\x00", "\u202e", "\u2066"} & set(once)


def test_all_that_is_wrong_is_said_at_once() -> None:
    fields = Fields(
        Form(sent=True, values={"title": ("x" * 11,), "kind": ("nonsense",), "themes": ("a", "b")})
    )
    fields.text("title", 10)
    fields.text("text", 10, required=True)
    fields.choice("kind", ("write",))
    assert fields.choices("themes", ("a",)) == ("a",)
    with pytest.raises(FormErrors) as caught:
        fields.require_none_wrong()
    assert set(caught.value.errors) == {"title", "text", "kind", "themes"}


def test_secrets_and_files_never_travel_along() -> None:
    form = Form(sent=True, values={"text": ("long",), "secret_passphrase": ("correct horse",)})
    assert form.carried() == [("text", "long")]


def test_what_was_typed_wins_over_what_is_stored() -> None:
    assert Form(sent=False).filled_from({"name": "stored"}).value("name") == "stored"
    assert (
        Form(sent=False, values={"name": ("typed",)}).filled_from({"name": "stored"}).value("name") == "typed"
    )


def test_a_ready_made_sentence_may_hold_a_percent_sign() -> None:
    message = plain("100 % of it")
    assert message.text % message.values == "100 % of it"
    assert isinstance(message, Message)
