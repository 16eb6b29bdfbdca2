"""What every answer bears, errors and static files included."""

from collections.abc import Sequence

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.responses import SMALLEST_COMPRESSED

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Sequence[tuple[str, str]] = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "geolocation=(), camera=(), microphone=(), interest-cohort=()"),
)
TRANSPORT_SECURITY = "strict-transport-security"
TWO_YEARS = "max-age=63072000"


class SecurityHeaders:
    """Sets each header unless the answer brought its own (user media has a stricter policy)."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        headers = [*HEADERS, (TRANSPORT_SECURITY, TWO_YEARS)] if https else HEADERS
        self.encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()),
                    *(header for header in self.encoded if header[0] not in given),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class CompressPublic:
    """Compresses what is the same for everybody.

    What answers a cookie or a form may hold a secret of its reader beside words that somebody else chose, and its
    compressed length would tell of the secret (BREACH).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressed = GZipMiddleware(app, minimum_size=SMALLEST_COMPRESSED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        private = scope["type"] != "http" or (
            scope["method"] not in ("GET", "HEAD") or any(name == b"cookie" for name, _ in scope["headers"])
        )
        await (self.app if private else self.compressed)(scope, receive, send)


class OnlyOurHost:
    """400 for a request whose Host is not the configured origin's.

    Links and ids come from the settings alone (CVE-2026-48710), but a cached page or a signature made for
    another name must not be answered either (SIG-11, WEB-04). What is answered is told the origin's scheme: behind a
    proxy every request comes by plain http, and a redirect would lead back to that.
    """

    def __init__(self, app: ASGIApp, *, authority: str, https: bool) -> None:
        self.app = app
        self.scheme = "https" if https else "http"
        self.authority = authority.encode().lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and hosts[0].lower() == self.authority:
            await self.app({**scope, "scheme": self.scheme}, receive, send)
            return
        body = b"This server answers only for its own name; a proxy must pass the Host header unchanged.\n"
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": body})
