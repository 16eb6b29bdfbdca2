"""A stranger's server: accounts with fresh keys, documents by path, and requests signed well or badly.

It shares no code with the software under test, so that nothing both would get wrong goes unnoticed.
"""

import base64
import hashlib
import http.client
import itertools
import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import traces
from tests.peers.loopback import loopback

Json = dict[str, Any]

ACTIVITY_JSON = "application/activity+json"
AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = AS2 + "#Public"
COVERED = ("(request-target)", "host", "date", "digest", "content-type")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"]) if self.body else ""


class Account:
    """Somebody on the stranger's server; `document` is what the server says of them."""

    def __init__(self, stranger: "Stranger", name: str, kind: str) -> None:
        self.stranger, self.name = stranger, name
        self.id = f"{stranger.origin}/users/{name}"
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ed25519 = ed25519.Ed25519PrivateKey.generate()
        self.key_id = f"{self.id}#main-key"
        self.document = self._document(kind)
        stranger.documents[f"/users/{name}"] = self.document

    def _document(self, kind: str) -> Json:
        multikey = b"\xed\x01" + self.ed25519.public_key().public_bytes_raw()
        now = moment()
        return {
            "@context": [AS2, "https://w3id.org/security/v1", "https://w3id.org/security/data-integrity/v2"],
            "id": self.id,
            "type": kind,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.id}/inbox",
            "outbox": f"{self.id}/outbox",
            "discoverable": True,
            "indexable": True,
            "published": now,
            "updated": now,
            "publicKey": {"id": self.key_id, "owner": self.id, "publicKeyPem": pem(self.rsa)},
            "assertionMethod": [
                {
                    "id": f"{self.id}#ed25519-key",
                    "type": "Multikey",
                    "controller": self.id,
                    "publicKeyMultibase": base58(multikey),
                }
            ],
        }

    def say(self, **members: Any) -> Json:
        """Changes the profile, newly dated and proved."""
        self.document.pop("proof", None)
        self.document = self.prove({**self.document, "updated": moment(), **members})
        self.stranger.documents[f"/users/{self.name}"] = self.document
        return self.document

    def prove(self, document: Json) -> Json:
        """With an eddsa-jcs-2022 proof by this account's key."""
        proof = {
            "@context": document["@context"],
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "verificationMethod": f"{self.id}#ed25519-key",
            "proofPurpose": "assertionMethod",
        }
        digest = hashlib.sha256(_canonical(proof)).digest() + hashlib.sha256(_canonical(document)).digest()
        return {**document, "proof": {**proof, "proofValue": base58(self.ed25519.sign(digest))}}

    def call(self, name: str, /, **members: Any) -> Json:
        """A proved call to action, from now on served at /calls/`name`."""
        now = moment()
        note = {
            "@context": [AS2, "https://w3id.org/security/data-integrity/v2"],
            "id": f"{self.stranger.origin}/calls/{name}",
            "type": "Note",
            "attributedTo": self.id,
            "name": f"The call {name}",
            "content": f"<p>The text of {name}</p>",
            "contentMap": {"en": f"<p>The text of {name}</p>"},
            "source": {"content": f"The text of {name}", "mediaType": "text/markdown"},
            "published": now,
            "updated": now,
            "to": [PUBLIC],
            "callStatus": "antipole:open",
            "callType": "antipole:write",
            "callSize": "antipole:hour",
            "theme": ["antipole:evidence"],
        } | members
        proved = self.prove(note)
        self.stranger.documents[f"/calls/{name}"] = proved
        return proved

    def activity(self, kind: str, thing: Any, /, **members: Any) -> Json:
        number = next(self.stranger.numbers)
        return {
            "@context": AS2,
            "id": f"{self.stranger.origin}/activities/{number}",
            "type": kind,
            "actor": self.id,
            "object": thing,
            "to": [PUBLIC],
        } | members

    def signed(
        self,
        inbox: str,
        body: bytes,
        *,
        covered: tuple[str, ...] = COVERED,
        key_id: str | None = None,
        key: rsa.RSAPrivateKey | None = None,
        age: timedelta = timedelta(),
        digest_of: bytes | None = None,
        content_type: str = ACTIVITY_JSON,
    ) -> dict[str, str]:
        """The headers of a POST of `body`, signed as draft-cavage says."""
        authority, path = _split(inbox)
        digest = base64.b64encode(hashlib.sha256(body if digest_of is None else digest_of).digest()).decode()
        headers = {
            "host": authority,
            "date": format_datetime(datetime.now(UTC) - age, usegmt=True),
            "digest": f"SHA-256={digest}",
            "content-type": content_type,
        }
        lines = [
            f"(request-target): post {path}" if name == "(request-target)" else f"{name}: {headers[name]}"
            for name in covered
        ]
        text = "\n".join(lines).encode()
        signature = base64.b64encode(
            (key or self.rsa).sign(text, padding.PKCS1v15(), hashes.SHA256())
        ).decode()
        headers["signature"] = (
            f'keyId="{key_id or self.key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",'
            f'signature="{signature}"'
        )
        return headers

    def post(self, inbox: str, activity: Json | bytes, **how: Any) -> Answer:
        """Signs and sends; `how` as in `signed`."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        return ask("POST", inbox, self.signed(inbox, body, **how), body)


class Stranger:
    """Use it as a context manager. `arrived` is what was delivered, `asked` the paths of all GETs.

    `files` are by path as `documents` are: a media type and bytes.
    """

    def __init__(self, number: int) -> None:
        self._server = ThreadingHTTPServer((loopback(number), 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        host, port = self._server.server_address[:2]
        self.authority = f"{host!s}:{port}"
        self.origin = f"http://{self.authority}"
        self.documents: dict[str, Json] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.redirects: dict[str, str] = {}
        self.arrived: list[Json] = []
        self.asked: list[str] = []
        self.numbers = itertools.count(1)
        self.accounts: dict[str, Account] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def account(self, name: str, kind: str = "Person") -> Account:
        self.accounts[name] = Account(self, name, kind)
        return self.accounts[name]

    def answer(self, target: str) -> tuple[int, str, Json]:
        path, _, query = target.partition("?")
        if path == "/.well-known/webfinger":
            for account in self.accounts.values():
                subject = f"acct:{account.name}@{self.authority}"
                if subject.replace(":", "%3A").replace("@", "%40") in query or subject in query:
                    link = {"rel": "self", "type": ACTIVITY_JSON, "href": account.id}
                    return 200, "application/jrd+json", {"subject": subject, "links": [link]}
        if path in self.documents:
            return 200, ACTIVITY_JSON, self.documents[path]
        return 404, ACTIVITY_JSON, {}


def ask(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    """One request with these headers (and a length, and the marks of `tests/traces.py`), no redirects."""
    authority, target = _split(url)
    connection = http.client.HTTPConnection(authority, timeout=30, source_address=traces.source_address())
    try:
        connection.putrequest(method, target, skip_host="host" in (headers or {}), skip_accept_encoding=True)
        for name, value in (traces.HEADERS | (headers or {})).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        )
    finally:
        connection.close()


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def moment(ahead: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + ahead).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def base58(raw: bytes) -> str:
    """Multibase base58btc."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def _canonical(document: Json) -> bytes:
    """RFC 8785 for documents whose keys are ASCII and whose numbers are small integers."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _split(url: str) -> tuple[str, str]:
    authority, slash, rest = url.removeprefix("http://").partition("/")
    return authority, slash + rest


def _handler_for(stranger: Stranger) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stranger.asked.append(self.path)
            if self.path in stranger.redirects:
                self.send_response(302)
                self.send_header("Location", stranger.redirects[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if self.path in stranger.files:
                self._send(200, *stranger.files[self.path])
                return
            self._answer(*stranger.answer(self.path))

        def do_POST(self) -> None:
            stranger.arrived.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self._answer(202, ACTIVITY_JSON, {})

        def _answer(self, status: int, media_type: str, document: Json) -> None:
            self._send(status, media_type, json.dumps(document).encode())

        def _send(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    return Handler
