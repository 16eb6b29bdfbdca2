"""People who are signed in at a node, for tests of what they may do and see.

editor = await person(node, Grant("@garden", "editor"))
page = await editor.get("/desk/@garden/profile")
answer = await editor.post("/desk/@garden/profile", name="New name")
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

import httpx2
from argon2 import PasswordHasher

from server.accounts import store
from server.accounts.cookies import Cookies
from server.accounts.model import FRESH
from server.accounts.sessions import PRIVILEGED
from server.accounts.tokens import csrf_of, new_account_id, new_session_id
from server.storage.database import Transaction
from server.web.identity import Grant
from tests.fediverse import Node

FORM = "application/x-www-form-urlencoded"
PASSPHRASE = "seven quiet herons over water"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


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
        self,
        path: str,
        name: str,
        file: bytes,
        media_type: str = "image/png",
        /,
        **fields: str | Sequence[str],
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
    """Somebody with these grants, signed in just now; whoever may edit a hub has a second step.

    Their passphrase is `PASSPHRASE`. A second one of the same name is called "Robin 2" and so on.
    """
    now = node.services.here.clock.now()
    token = new_session_id()

    def make(tx: Transaction) -> str:
        account_id = new_account_id()
        number = 1
        while not store.insert_account(tx, account_id, _numbered(name, number), _hash(), now):
            number += 1
        for grant in grants:
            store.insert_grant(tx, account_id, grant)
        if any(grant.scope in PRIVILEGED for grant in grants):
            store.set_totp(tx, account_id, TOTP_SECRET)
        proved = now if fresh else now - FRESH
        store.insert_session(tx, token, account_id, "full", began_at=proved, used_at=now, proved_at=proved)
        return account_id

    await node.services.database.write(make)
    return Person(node, f"{Cookies(node.origin.startswith('https')).session_name}={token}", csrf_of(token))


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


@cache
def _hash() -> str:
    """Cheap, since tests of everything else need not wait for it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSPHRASE)


def text_on(page: httpx2.Response) -> str:
    """What a reader sees of a page, roughly: tags out, white space to one space."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())
