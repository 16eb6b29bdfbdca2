"""Which way of signing to try at a server, what to try after a refusal, and what worked there before.

Two schemes are in use and no server says reliably which it takes, so a refused request is signed anew the
other way: the "double knock" (SWICG, ActivityPub and HTTP Signatures). Draft-cavage goes first: among the
servers that people use it costs the fewest second requests.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from federation.http_signatures.accept_signature import Wish, read_wish
from federation.http_signatures.rfc9421 import can_sign
from federation.http_signatures.scheme import Scheme

MAX_KNOCKS = 3
REMEMBER = timedelta(days=7)
MAX_REMEMBERED = 4096
# Mastodon knocks again after these two as well; 403 says that the signature was read and is not welcome.
REFUSALS = frozenset({400, 401})


@dataclass(frozen=True, slots=True)
class Knock:
    """One way to sign. `with_query=False` leaves the query out of what is signed, under draft-cavage only."""

    scheme: Scheme = "cavage"
    with_query: bool = True
    asked: Wish | None = None


class Knocking:
    """One request at one server: `knock` is the way to sign it now.

    At most three in all. The other scheme is tried once; a GET with a query that got a 401 is also signed
    without it (Gancio, Takahe and Mobilizon verify it so); what a 401 asks for by `Accept-Signature` is done
    once. `target` is the path and query that go on the wire; those that RFC 9421 cannot name are signed the
    older way only.
    """

    def __init__(self, first: Knock, *, target: str, is_post: bool) -> None:
        self.is_post = is_post
        has_query = "?" in target
        self._either = can_sign(target)
        if first.scheme == "rfc9421" and not self._either:
            first = Knock()
        self.knock = first if has_query else replace(first, with_query=True)
        self.count = 1
        ways = [Knock(), Knock(with_query=False), *([Knock("rfc9421")] if self._either else [])]
        self._left = [
            way
            for way in ways
            if (way.scheme, way.with_query) != (self.knock.scheme, self.knock.with_query)
            and (way.with_query or (has_query and not is_post))
        ]
        self._may_ask = True
        self._refusal: tuple[int, str | None] | None = None

    def goes_on(self, status: int, retry_after: str | None, accept_signature: str | None) -> bool:
        """Whether to knock again after this answer; `knock` then says how."""
        if status not in REFUSALS:
            return False
        self._refusal = self._refusal or (status, retry_after)
        wish = read_wish(accept_signature, with_body=self.is_post) if status == 401 else None
        if wish is not None and self._either and self._may_ask and wish != self.knock.asked:
            self._may_ask = False
            self._left = [
                Knock("rfc9421", asked=wish),
                *(way for way in self._left if way.scheme == "cavage"),
            ]
        while self._left and self.count < MAX_KNOCKS:
            way = self._left.pop(0)
            if way.with_query or status == 401:
                self.knock = way
                self.count += 1
                return True
        return False

    def final(self, status: int, retry_after: str | None) -> tuple[int, str | None]:
        """The answer that counts. When every knock was refused, the first refusal.

        A server that has never heard of a scheme may call it a malformed request, which would be taken for
        the end of the matter when it only has lost our key for an hour.
        """
        return self._refusal if status in REFUSALS and self._refusal is not None else (status, retry_after)


@dataclass(frozen=True, slots=True)
class _Known:
    knock: Knock
    since: datetime
    tried: bool


class KnownKnocks:
    """What worked at an origin, for seven days and for 4096 origins: kept in memory, it costs a request to learn.

    Never refreshed by use: a server that learned the cheaper way meanwhile is found out once a week.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def first(self, origin: str, now: datetime) -> Knock:
        known = self._live(origin, now)
        return known.knock if known is not None else Knock()

    def hint(self, origin: str, now: datetime) -> None:
        """An actor there says that its server reads RFC 9421 (FEP-844e): a first guess, and no more.

        What has worked weighs more than what is said.
        """
        if self._live(origin, now) is None:
            self._remember(origin, _Known(Knock("rfc9421"), now, tried=False))

    def learn(self, origin: str, knocking: Knocking, status: int, now: datetime) -> None:
        """Remember the knock that was answered with success."""
        if not (200 <= status < 300 or status == 304):
            return
        if knocking.count == 1:
            known = self._live(origin, now)
            # Most servers answer a GET whatever its signature is worth: that it went well says nothing.
            if not knocking.is_post or (known is not None and known.tried):
                return
        knock = knocking.knock
        if knock.asked is not None and knock.asked.nonce is not None:
            # The word was for that one request.
            knock = replace(knock, asked=None)
        self._remember(origin, _Known(knock, now, tried=True))

    def _live(self, origin: str, now: datetime) -> _Known | None:
        known = self._known.get(origin)
        if known is None:
            return None
        if now - known.since >= REMEMBER:
            del self._known[origin]
            return None
        self._known.move_to_end(origin)
        return known

    def _remember(self, origin: str, known: _Known) -> None:
        self._known[origin] = known
        self._known.move_to_end(origin)
        while len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)
