"""The smallest server Fedify will talk to: one actor, documents by path, an inbox that accepts every Follow.

It shares no code with the software under test (signatures and proofs are apsig's), so that what the Fedify
peer shows of it says something about the peer and nothing about us.
"""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from apsig import KeyUtil, ProofSigner
from apsig.draft import Signer
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.peers.loopback import loopback

Json = dict[str, Any]

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = AS2 + "#Public"
ACTOR_CONTEXT = [
    AS2,
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://www.w3.org/ns/cid/v1",
]
OBJECT_CONTEXT = [AS2, "https://w3id.org/security/data-integrity/v2"]
ACTIVITY_JSON = "application/activity+json"


class TinyServer:
    """Use it as a context manager. `documents` is what is served by path, `media_types` as what else than activities;
    `inbox` is what arrived."""

    def __init__(self, number: int, username: str, actor_type: str) -> None:
        host = loopback(number)
        self.rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.proof_key = ed25519.Ed25519PrivateKey.generate()
        self.inbox: list[Json] = []
        self.gone: set[str] = set()
        self.signed_gets: list[str] = []
        self.media_types: dict[str, str] = {}
        self._server = ThreadingHTTPServer((host, 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.username = username
        self.origin = f"http://{host}:{self._server.server_port}"
        self.handle = f"@{username}@{host}:{self._server.server_port}"
        self.actor = f"{self.origin}/actor"
        self.documents: dict[str, Json] = {
            "/actor": self.prove(self._actor_document(actor_type), ACTOR_CONTEXT)
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _actor_document(self, actor_type: str) -> Json:
        pem = self.rsa_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        multikey = KeyUtil(self.proof_key.public_key()).encode_multibase()
        return {
            "id": self.actor,
            "type": actor_type,
            "preferredUsername": self.username,
            "name": self.username.title(),
            "inbox": f"{self.origin}/inbox",
            "publicKey": {"id": f"{self.actor}#main-key", "owner": self.actor, "publicKeyPem": pem},
            "assertionMethod": [
                {
                    "id": f"{self.actor}#ed25519-key",
                    "type": "Multikey",
                    "controller": self.actor,
                    "publicKeyMultibase": multikey,
                }
            ],
        }

    def prove(self, document: Json, context: list[Any]) -> Json:
        """The document with `context` and an eddsa-jcs-2022 proof by this server's actor."""
        signed: Json = ProofSigner(self.proof_key).sign(
            {"@context": context, **document},
            {
                "type": "DataIntegrityProof",
                "cryptosuite": "eddsa-jcs-2022",
                "created": "2026-11-23T08:00:00Z",
                "verificationMethod": f"{self.actor}#ed25519-key",
                "proofPurpose": "assertionMethod",
            },
        )
        return signed

    def note(self, path: str, text: str, **members: Any) -> Json:
        """A public German Note with a proof, from now on served at `path`."""
        document = {
            "id": self.origin + path,
            "type": "Note",
            "attributedTo": self.actor,
            "content": text,
            "contentMap": {"de": text},
            "published": "2026-11-23T08:00:00.000Z",
            "to": [PUBLIC],
            "cc": [f"{self.origin}/followers"],
        } | members
        self.documents[path] = self.prove(document, OBJECT_CONTEXT)
        return self.documents[path]

    def send(self, inbox: str, kind: str, what: Json | str, number: int, **members: Any) -> int:
        """Posts a signed activity to an inbox; the status of the answer."""
        activity = {
            "@context": OBJECT_CONTEXT,
            "id": f"{self.origin}/activities/{number}",
            "type": kind,
            "actor": self.actor,
            "object": what,
            "to": [PUBLIC],
        } | members
        body = json.dumps(activity).encode()
        signer = Signer(
            headers={"Content-Type": ACTIVITY_JSON, "Host": inbox.split("/")[2]},
            private_key=self.rsa_key,
            method="POST",
            url=inbox,
            key_id=f"{self.actor}#main-key",
            body=body,
        )
        request = urllib.request.Request(inbox, data=body, headers=signer.sign(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def webfinger(self) -> Json:
        link = {"rel": "self", "type": ACTIVITY_JSON, "href": self.actor}
        return {"subject": f"acct:{self.handle[1:]}", "aliases": [self.actor], "links": [link]}

    def judge(self, path: str, headers: list[tuple[str, str]], body: bytes) -> int:
        """The status a delivery gets; this server believes everybody."""
        return 202

    def took_in(self, activity: Json) -> None:
        """Every Follow is accepted at once, as a hub does it."""
        self.inbox.append(activity)
        if activity["type"] == "Follow":
            inbox = f"{activity['actor']}/inbox"
            number = 1000 + len(self.inbox)
            threading.Thread(target=self.send, args=(inbox, "Accept", activity["id"], number)).start()


def _handler_for(tiny: TinyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if "signature" in self.headers:
                tiny.signed_gets.append(path)
            if path == "/.well-known/webfinger":
                self.answer(200, "application/jrd+json", tiny.webfinger())
            elif path in tiny.gone:
                self.answer(410, ACTIVITY_JSON, {"type": "Tombstone"})
            elif path in tiny.documents:
                self.answer(200, tiny.media_types.get(path, ACTIVITY_JSON), tiny.documents[path])
            else:
                self.answer(404, ACTIVITY_JSON, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = tiny.judge(self.path, self.headers.items(), body)
            self.answer(status, ACTIVITY_JSON, {})
            if status == 202:
                tiny.took_in(json.loads(body))

        def answer(self, status: int, media_type: str, document: Json) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    return Handler
