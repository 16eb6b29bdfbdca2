"""A browser without script: keeps cookies, follows what a page says, sends its forms as they stand there.

browser = Browser(node)
page = await browser.get("/sign-in")
page = await browser.submit(page, name="Robin", secret_passphrase="...")
"""

import html
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests.fediverse import Node
from tests.people import FORM

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_CONTROL = re.compile(
    r"<input\b([^>]*)>|<textarea\b([^>]*)>\n?(.*?)</textarea>|<select\b([^>]*)>(.*?)</select>", re.DOTALL
)
_CHOICE = re.compile(r"<(?:button|input)\b([^>]*)>")
_OPTION = re.compile(r"<option\b([^>]*)>")
_MOST_REDIRECTS = 5


class Browser:
    """`cookies` are those it keeps."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> httpx2.Response:
        """Follows redirects."""
        answer = await self._ask("GET", path)
        for _ in range(_MOST_REDIRECTS):
            if answer.status_code != 303:
                return answer
            answer = await self._ask("GET", answer.headers["location"])
        raise AssertionError("too many redirects")

    async def submit(
        self, page: httpx2.Response, *, action: str = "", **typed: str | Sequence[str]
    ) -> httpx2.Response:
        """Sends the page's form whose address contains `action` (the one in `main` by default), and follows."""
        return await self._follow(await self.submit_only(page, action=action, **typed))

    async def submit_only(
        self, page: httpx2.Response, *, action: str = "", **typed: str | Sequence[str]
    ) -> httpx2.Response:
        """Without following. `typed` may tick a box, and press a button that has a name."""
        address, fields, choices = form_on(page, action)
        unknown = set(typed) - {name for name, _ in fields} - choices
        assert not unknown, f"the form at {address} has no {unknown}"
        sent = [(name, value) for name, value in fields if name not in typed]
        sent += [
            (name, value)
            for name, values in typed.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        headers = {"content-type": FORM, "sec-fetch-site": "same-origin"}
        return await self._ask("POST", address, headers, urlencode(sent).encode())

    async def submit_with(
        self, page: httpx2.Response, action: str, **fields: str | Sequence[str]
    ) -> httpx2.Response:
        """Sends these fields with the page's token, as one of several forms of one address would, and follows."""
        token = re.search(r'name="_csrf" value="([^"]*)"', page.text)
        sent = {"_csrf": token[1] if token else "", **fields}
        headers = {"content-type": FORM, "sec-fetch-site": "same-origin"}
        return await self._follow(
            await self._ask("POST", action, headers, urlencode(sent, doseq=True).encode())
        )

    async def send_button(self, page: httpx2.Response, action: str) -> httpx2.Response:
        """The button of a form without fields, in the head of the page as well; not followed."""
        assert f'action="{action}"' in page.text
        token = re.search(r'name="_csrf" value="([^"]*)"', page.text)
        headers = {"content-type": FORM, "sec-fetch-site": "same-origin"}
        return await self._ask(
            "POST", action, headers, urlencode({"_csrf": token[1] if token else ""}).encode()
        )

    async def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        return await self.get(answer.headers["location"]) if answer.status_code == 303 else answer

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> httpx2.Response:
        sent = dict(headers or {})
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.node.request(method, path, headers=sent, content=body)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer


def options_on(page: httpx2.Response, kind: str) -> dict[str, Any]:
    """What the page would ask a passkey for: `kind` is "get" or "create"."""
    found = re.search(rf'data-passkey="{kind}" data-options="([^"]*)"', page.text)
    assert found, f"no form of this page asks for a passkey to {kind}"
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def form_on(page: httpx2.Response, action: str = "") -> tuple[str, list[tuple[str, str]], set[str]]:
    """Where a form goes, its fields with what is in them now, and the
    names of what can be pressed or ticked."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    forms = [(_attributes(start), inside) for start, inside in _FORM.findall(main)]
    found = [form for form in forms if action in form[0].get("action", "") and "hidden" not in form[0]]
    assert len(found) == 1, f"{len(found)} forms for {action!r} on the page: {[form[0] for form in forms]}"
    attributes, inside = found[0]
    choices = {_attributes(control).get("name", "") for control in _CHOICE.findall(inside)}
    return attributes["action"], _fields(inside), choices


def _fields(inside: str) -> list[tuple[str, str]]:
    fields = []
    for control, area, text, select, options in _CONTROL.findall(inside):
        given = _attributes(control or area or select)
        name, kind = given.get("name"), given.get("type", "text")
        if name is None or (kind in ("checkbox", "radio") and "checked" not in given):
            continue
        value = given.get("value", "on" if kind == "checkbox" else "")
        if area:
            value = html.unescape(text)
        elif select:
            chosen = [_attributes(option) for option in _OPTION.findall(options)]
            value = next((o.get("value", "") for o in chosen if "selected" in o), chosen[0].get("value", ""))
        fields.append((name, value))
    return fields


def _attributes(text: str) -> dict[str, str]:
    pairs = re.findall(r'([a-z][a-z-]*)(?:="([^"]*)")?', text)
    return {name: html.unescape(value) for name, value in pairs}
