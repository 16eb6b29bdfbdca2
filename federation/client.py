"""The only door to other hosts: signed GET and POST, bounded in addresses, size, time and redirects."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from federation.actors import speaks_rfc9421
from federation.addresses import NetworkPolicy
from federation.connections import FAILURES, Answer, Connections, Resolver
from federation.documents import MAX_DISCOVERY_BYTES, MAX_FETCH_BYTES, JsonObject, id_of, loads
from federation.errors import Forbidden, Malformed, NotModified, TooLarge, Unreachable, WrongMediaType
from federation.fetching import (
    Budget,
    FetchedDocument,
    Validators,
    bare_type,
    deadline,
    next_hop,
    require_success,
)
from federation.keys import SigningKey
from federation.knocks import Knocking, KnownKnocks
from federation.origins import Origin, origin_of, require_fetched_id
from federation.ports import Clock, SigningKeys
from federation.signing import Signing
from federation.strangers import Strangers
from federation.urls import ParsedUrl
from federation.vocabulary import ACTIVITY_JSON, LD_JSON_PROFILE, is_activity_json

if TYPE_CHECKING:
    import httpx2

FETCH_SECONDS = 10.0
DELIVERY_SECONDS = 15.0
DRAIN_SECONDS = 2.0
MAX_REDIRECTS = 3
MAX_ANSWER_BYTES = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT_ANYTHING = (("accept", "*/*"),)
_ACCEPT_DOCUMENT = f"{ACTIVITY_JSON}, {LD_JSON_PROFILE}"


@dataclass(frozen=True, slots=True)
class PostAnswer:
    status: int
    retry_after: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    url: str
    media_type: str | None
    body: bytes
    validators: Validators


@dataclass(frozen=True, slots=True)
class _Reply:
    """The last answer, its body read where it was worth it; `status` and `retry_after` are those that count, which may
    be an earlier one's.
    """

    answer: Answer
    body: bytes
    status: int
    retry_after: str | None


def nobody(_: str) -> bool:
    """Refuses no one."""
    return False


class FederationClient:
    """Asks other servers, and delivers to them.

    `mounts` maps origins ("https://host[:port]") to in-process transports; `fallback`, when given, takes
    every other origin instead of the network. Both skip name resolution and nothing else. `resolver` gives
    the addresses of a name; `ssl_context` trusts another certificate authority than the system's. Both are
    for tests. `refuses` is asked with "host[:port]" before every request, each hop of a redirect included:
    who is blocked is neither asked nor told anything, `Forbidden("blocked")`.

    Every method raises `Unreachable` or its kin when the other side or the way there fails; nothing else of
    the HTTP library comes through.
    """

    def __init__(
        self,
        *,
        policy: NetworkPolicy,
        keys: SigningKeys,
        clock: Clock,
        user_agent: str,
        mounts: "Mapping[str, httpx2.AsyncBaseTransport] | None" = None,
        fallback: "httpx2.AsyncBaseTransport | None" = None,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        refuses: Callable[[str], bool] = nobody,
    ) -> None:
        self.policy = policy
        self.strangers = Strangers()
        self._keys = keys
        self._clock = clock
        self._refuses = refuses
        self._knocks = KnownKnocks()
        self._connections = Connections(
            policy, mounts=mounts, fallback=fallback, resolver=resolver, ssl_context=ssl_context
        )
        self._signing = Signing()
        # Identity: whoever inflates what it is sent makes 256 MB of 600 bytes (SAFETY 8.1).
        self._always = [("user-agent", user_agent), ("accept-encoding", "identity")]

    async def fetch_document(
        self,
        url: str,
        *,
        max_bytes: int = MAX_FETCH_BYTES,
        budget: Budget | None = None,
        known: Validators | None = None,
    ) -> FetchedDocument:
        """The document at `url`, fetched from its own id (FEP-fe34 R1, R4); within 10 s, redirects included.

        A document that bears another id of the same origin is fetched once more from there; who needs one
        certain id compares. Signed by the instance key, per hop; redirects stay on the origin. Raises `Gone`
        for 404 and 410, `Unreachable`, `WrongMediaType`, `TooLarge`, `Malformed`, and `Forbidden` for an id
        that is not its origin's; `NotModified` when the document is still as `known` says.
        """
        async with deadline(FETCH_SECONDS):
            answer = await self._get_document(url, max_bytes, budget, known)
            document = loads(answer.body, max_bytes=max_bytes)
            claimed = id_of(document.get("id"))
            if claimed is None:
                raise Malformed("no-id")
            require_fetched_id(claimed, answer.url)
            if claimed != answer.url:
                answer = await self._get_document(claimed, max_bytes, budget)
                document = loads(answer.body, max_bytes=max_bytes)
                if id_of(document.get("id")) != claimed:
                    raise Forbidden("id-mismatch")
            if speaks_rfc9421(document):
                self.hint(str(origin_of(claimed)))
            return FetchedDocument(claimed, document, answer.body, self._clock.now(), answer.validators)

    async def fetch_json(self, url: str, accept: str, max_bytes: int = MAX_DISCOVERY_BYTES) -> JsonObject:
        """Discovery (WebFinger, NodeInfo): unsigned, may be redirected to another host, within 10 s.

        `accept` is the header to send; the answer's type must be one of its types.
        """
        types = frozenset(part.partition(";")[0].strip().lower() for part in accept.split(","))
        async with deadline(FETCH_SECONDS):
            answer = await self._get(url, accept, max_bytes, sign=False, budget=None)
        if bare_type(answer.media_type) not in types:
            raise WrongMediaType("media-type")
        return loads(answer.body, max_bytes=max_bytes)

    async def fetch_bytes(self, url: str, accept_types: frozenset[str], max_bytes: int) -> tuple[str, bytes]:
        """A picture: its type, one of `accept_types`, and its bytes. Unsigned, within 10 s."""
        async with deadline(FETCH_SECONDS):
            answer = await self._get(url, ", ".join(sorted(accept_types)), max_bytes, sign=False, budget=None)
        media_type = bare_type(answer.media_type)
        if media_type not in accept_types:
            raise WrongMediaType("media-type")
        return media_type, answer.body

    async def post(
        self,
        inbox_url: str,
        body: bytes,
        key: SigningKey,
        *,
        more_headers: Sequence[tuple[str, str]] = (),
    ) -> PostAnswer:
        """Deliver, signed at this moment, within 15 s; a redirect is an answer like any other.

        `more_headers` are sent and signed too. A server that refuses the scheme is asked again in the other.
        """
        url = self._check(inbox_url)
        async with deadline(DELIVERY_SECONDS):
            reply = await self._knock(url, body, key, more_headers, _ACCEPT_ANYTHING, MAX_ANSWER_BYTES)
        return PostAnswer(reply.status, reply.retry_after)

    def hint(self, origin: str) -> None:
        """Somebody at `origin` says that its server reads RFC 9421 (FEP-844e).

        The first guess from now on, unless something has worked there within seven days. Fetching an actor
        gives the hint by itself; this is for who remembers an actor longer than this client lives.
        """
        self._knocks.hint(origin, self._clock.now())

    async def aclose(self) -> None:
        await self._connections.aclose()
        self._signing.close()

    def _check(self, url: str) -> ParsedUrl:
        """What may be contacted: by the law of addresses, and by the operator's will."""
        parsed = self.policy.check_url(url)
        if self._refuses(parsed.authority):
            raise Forbidden("blocked")
        return parsed

    async def _get_document(
        self, url: str, max_bytes: int, budget: Budget | None, known: Validators | None = None
    ) -> _Found:
        answer = await self._get(url, _ACCEPT_DOCUMENT, max_bytes, sign=True, budget=budget, known=known)
        if not is_activity_json(answer.media_type):
            raise WrongMediaType("media-type")
        return answer

    async def _get(
        self,
        url: str,
        accept: str,
        max_bytes: int,
        *,
        sign: bool,
        budget: Budget | None,
        known: Validators | None = None,
    ) -> _Found:
        conditions = [] if known is None else known.headers()
        for _ in range(MAX_REDIRECTS + 1):
            parsed = self._check(url)
            headers = [*conditions, ("accept", accept)]
            reply = await self._ask(parsed, headers, sign, max_bytes, budget)
            answer = reply.answer
            if reply.status in _REDIRECTS:
                url = next_hop(parsed, answer.headers.get("location", ""), stay=sign)
                continue
            if reply.status == 304 and conditions:
                raise NotModified("not-modified")
            require_success(reply.status)
            if budget is not None:
                budget.spend_bytes(len(reply.body))
            types = answer.headers.get_list("content-type")
            media_type = types[0] if len(types) == 1 else None
            return _Found(parsed.without_fragment, media_type, reply.body, Validators.of(answer.headers))
        raise Unreachable("too-many-redirects", retry=False)

    async def _ask(
        self,
        url: ParsedUrl,
        headers: list[tuple[str, str]],
        sign: bool,
        max_bytes: int,
        budget: Budget | None,
    ) -> _Reply:
        if sign:
            key = await self._keys.instance_key()
            return await self._knock(url, None, key, (), headers, max_bytes, budget)
        if budget is not None:
            budget.spend_request()
        sent = [("host", url.authority), *headers, *self._always]
        try:
            async with self._connections.to(url) as way:
                answer = await way.ask("GET", wire_target(url.target), sent, None, max_bytes)
                return _Reply(answer, await _read(answer, max_bytes), answer.status, None)
        except FAILURES as error:
            raise Unreachable("no-answer", type(error).__name__) from error

    async def _knock(
        self,
        url: ParsedUrl,
        body: bytes | None,
        key: SigningKey,
        signed: Sequence[tuple[str, str]],
        unsigned: Sequence[tuple[str, str]],
        max_bytes: int,
        budget: Budget | None = None,
    ) -> _Reply:
        """Ask, and ask again while the answer is a refusal and another way of signing is left."""
        origin = str(Origin(url.scheme, url.host, url.port))
        target = wire_target(url.target)
        method = "GET" if body is None else "POST"
        first = self._knocks.first(origin, self._clock.now())
        knocking = Knocking(first, target=target, is_post=body is not None)
        while True:
            if budget is not None:
                budget.spend_request()
            try:
                # Connected first: for a server that is not there nothing is signed.
                async with self._connections.to(url) as way:
                    headers = await self._signing.headers(
                        method=method,
                        url=origin + target,
                        body=body,
                        key=key,
                        now=self._clock.now(),
                        more_headers=signed,
                        knock=knocking.knock,
                    )
                    headers += unsigned
                    headers += self._always
                    answer = await way.ask(method, target, headers, body, max_bytes)
                    retry_after = answer.headers.get("retry-after")
                    if knocking.goes_on(answer.status, retry_after, answer.headers.get("accept-signature")):
                        continue
                    self._knocks.learn(origin, knocking, answer.status, self._clock.now())
                    text = await (_read(answer, max_bytes) if body is None else _drain(answer))
            except FAILURES as error:
                raise Unreachable("no-answer", type(error).__name__) from error
            return _Reply(answer, text, *knocking.final(answer.status, retry_after))


def wire_target(target: str) -> str:
    """Path and query as they are sent and signed: without dot segments (RFC 3986 5.2.4), which are not sent as such by
    any client, and which a server may take out before it verifies.
    """
    if "/." not in target:
        return target
    path, mark, query = target.partition("?")
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return f"/{'/'.join(kept)}{mark}{query}"


async def _read(answer: Answer, max_bytes: int) -> bytes:
    """The body as it came over the wire, of a success; no other is read. Raises `Malformed("compressed")` and
    `TooLarge`, both unread.
    """
    if not 200 <= answer.status < 300:
        return b""
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Malformed("compressed")
    length = answer.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > max_bytes):
        raise TooLarge("too-large")
    return await answer.body()


async def _drain(answer: Answer) -> bytes:
    """The text of an answer to a delivery means nothing to us: a short one is read so that the connection can be used
    again, and a server that answered 202 and then dawdles has still taken the activity.
    """
    if "content-encoding" not in answer.headers:
        with contextlib.suppress(Malformed, *FAILURES):
            if answer.headers.get("content-length") == "0":
                return await answer.body()
            async with asyncio.timeout(DRAIN_SECONDS):
                return await answer.body()
    return b""
