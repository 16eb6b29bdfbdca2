"""What people of other servers send to ours, and what only weeks of silence bring about."""

import re
import sqlite3
import time
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from html import unescape
from http.cookiejar import CookieJar
from itertools import count
from typing import Any
from urllib.parse import urlencode

from tests.browser.people import Person
from tests.peers.instance import Instance
from tests.peers.tiny_server import TinyServer

THREE_WEEKS_AND_MORE = 25 * 24 * 3600 * 1000
"""Milliseconds."""


def many_words(number: int) -> str:
    """That no compression makes light: three of these do not fit on one page."""
    digits = (sha256(f"{number} {place}".encode()).hexdigest() for place in range(70))
    return " ".join(
        f"{one[:7]} {one[7:15]} {one[15:20]} {one[20:31]} Briefmarkensammlung {one[31:40]}" for one in digits
    )


FROM_A_STRANGER = f"""
<h2>Mine is no heading of yours</h2><p>I have <strong>forty</strong> envelopes,
<a href="https://paper.example/{"e/" * 60}">here</a>.</p>
<blockquote><p>They asked for nothing but letters.</p></blockquote><ul><li>pens<ul><li>blue</li></ul></li></ul>
<p><code>{"0123456789" * 9}</code></p><script>alert(1)</script><img src="https://tracker.example/1.gif" alt="">
"""
FOR_EVERYBODY: Sequence[tuple[str, str]] = (
    ("en", FROM_A_STRANGER),
    ("uk", "<p>Напишу в суботу. Чи можна українською?</p>"),
    ("fa", "<p>من هم می‌نویسم، شنبه ساعت ۱۸.</p>"),
    ("de", f"<p>{many_words(1)}</p>"),
    ("de", f"<p>Und noch einmal: {many_words(2)}</p>"),
    ("de", f"<p>Zum Schluss: {many_words(3)}</p>"),
    ("en", "<p>Done. It took me half an hour.</p>"),
    ("ru", "<p>Письмо отправлено.</p>"),
)


class Stranger(TinyServer):
    """Somebody who answers, likes, passes on, and would like to come; or a server that keeps `software` going."""

    def __init__(self, number: int, username: str, software: str = "mastodon") -> None:
        super().__init__(number, username, "Person")
        self._numbers = count(1)
        schema = "http://nodeinfo.diaspora.software/ns/schema/2.1"
        self.documents["/.well-known/nodeinfo"] = {
            "links": [{"rel": schema, "href": f"{self.origin}/nodeinfo"}]
        }
        self.documents["/nodeinfo"] = {"version": "2.1", "software": {"name": software, "version": "5.0.0"}}
        self.media_types |= dict.fromkeys(("/.well-known/nodeinfo", "/nodeinfo"), "application/json")

    def says(self, kind: str, about: str, what: Any, **members: Any) -> None:
        """To the server of `about`, which must take it in."""
        inbox = "/".join(about.split("/")[:3]) + "/inbox"
        status = self.send(inbox, kind, what, next(self._numbers), **members)
        assert status == 202, (kind, status)

    def answers(self, call: str, path: str, html: str, language: str = "en", kind: str = "Create") -> None:
        """In public; `kind` is Update for other words."""
        minute = 1 if kind == "Create" else 2
        said = {"url": f"{self.origin}{path}.html", "updated": f"2026-11-23T08:0{minute}:00Z"}
        self.says(kind, call, self.note(path, html, inReplyTo=call, contentMap={language: html}, **said))


def answer_a_call(place: Instance, owner: Person, handle: str, call: str) -> None:
    """Shows replies of every sort on the call's page, as its owner does at the desk, without a browser."""
    with Stranger(48, "reader") as stranger:
        for number, (language, html) in enumerate(FOR_EVERYBODY):
            stranger.answers(call, f"/notes/{number}", html, language)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    opener.addheaders = [("Origin", place.origin), ("Accept", "text/html"), ("Accept-Language", "en")]
    opener.open(
        f"{place.origin}/sign-in",
        urlencode({"name": owner.name, "secret_passphrase": owner.passphrase}).encode(),
        timeout=10,
    ).close()
    desk = f"{place.origin}/desk/@{handle}/replies"
    for _ in FOR_EVERYBODY:
        with opener.open(desk, timeout=10) as page:
            fields = re.findall(r'name="(_csrf|reply|version)" value="([^"]*)"', page.read().decode())
        # The oldest stands first; the desk's menu has a form with the token as well.
        wanted = {name: unescape(value) for name, value in reversed(fields)}
        opener.open(f"{desk}/show", urlencode(wanted).encode(), timeout=10).close()


def silence(place: Instance, origin: str) -> None:
    """As if nothing had been heard of a server for weeks."""
    with closing(sqlite3.connect(place.directory / "antipole.sqlite3", timeout=10)) as database, database:
        database.execute(
            "INSERT INTO silent_origins (origin, since) VALUES (:origin, :since) "
            "ON CONFLICT (origin) DO UPDATE SET since = :since",
            {"origin": origin, "since": int(time.time() * 1000) - THREE_WEEKS_AND_MORE},
        )


def move(hub: Instance, name: str, to: str) -> None:
    """As if an initiative on the hub had said where it is now, and that place had confirmed it."""
    with closing(sqlite3.connect(hub.directory / "antipole.sqlite3", timeout=10)) as database, database:
        changed = database.execute(
            "UPDATE hub_listings SET moved_to = ? WHERE name = ? AND state = 'listed'", (to, name)
        )
        assert changed.rowcount == 1, name
