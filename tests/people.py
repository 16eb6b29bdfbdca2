"""People who are signed in at a node, for tests of what they may do and see.

editor = await person(node, Grant("@garden", "editor"))
page = await editor.get("/desk/@garden/profile")
answer = await editor.post("/desk/@garden/profile", name="New name")
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.web.forms import Form
from server.web.identity import Grant, SignedIn
from tests.fediverse import Node

FORM = "application/x-www-form-urlencoded"


@dataclass
class Person:
    """A browser with a session: it sends the cookie and the token, and says that its forms are our own."""

    node: Node
    cookie: str
    csrf: str

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.node.request("GET", path, headers={"cookie": self.cookie, **headers})

    async def post(self, path: str, **fields: str | Sequence[str]) -> httpx2.Response:
        return await self.send(path, {"_csrf": self.csrf, **fields})

    async def send(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Exactly these fields: for what goes wrong."""
        sent = {
            "cookie": self.cookie,
            "sec-fetch-site": "same-origin",
            "content-type": FORM,
            **(headers or {}),
        }
        body = urlencode(fields, doseq=True).encode()
        return await self.node.request("POST", path, headers=sent, content=body)

    async def upload(
        self, path: str, name: str, file: bytes, media_type: str = "image/png", **fields: str | Sequence[str]
    ) -> httpx2.Response:
        """A form with a file."""
        boundary = "antipole-test-boundary"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, values in {"_csrf": self.csrf, **fields}.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="picture"\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
        )
        body = b"".join(parts) + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
        sent = {
            "cookie": self.cookie,
            "sec-fetch-site": "same-origin",
            "content-type": f"multipart/form-data; boundary={boundary}",
        }
        return await self.node.request("POST", path, headers=sent, content=body)


async def person(node: Node, *grants: Grant, fresh: bool = True, name: str = "Robin") -> Person:
    """Somebody with these grants, signed in just now. For now a double stands in for `server/accounts`."""
    double = _double_of(node)
    cookie = f"antipole=session-{len(double.sessions)}"
    csrf = f"token-{len(double.sessions)}"
    me = SignedIn(f"account-{cookie}", name, cookie, csrf, grants, fresh, must_add_second_step=False)
    double.sessions[cookie] = me
    return Person(node, cookie, csrf)


class _Double:
    def __init__(self) -> None:
        self.sessions: dict[str, SignedIn] = {}

    async def is_set_up(self) -> bool:
        return True

    async def who(self, request: Request) -> SignedIn | None:
        return self.sessions.get(request.headers.get("cookie", ""))

    async def ask_to_sign_in(self, request: Request, form: Form) -> Response:
        return RedirectResponse("/sign-in", 303)

    async def ask_again(self, request: Request, form: Form) -> Response:
        return RedirectResponse("/sign-in/again", 303)

    async def ask_for_second_step(self, request: Request) -> Response:
        return RedirectResponse("/desk/account/second-step", 303)


def _double_of(node: Node) -> _Double:
    app: Any = node.door
    while not isinstance(app, Starlette):
        app = app.app
    if not isinstance(app.state.identity, _Double):
        app.state.identity = _Double()
    double: _Double = app.state.identity
    return double


def text_on(page: httpx2.Response) -> str:
    """What a reader sees of a page, roughly: tags out, white space to one space."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())
