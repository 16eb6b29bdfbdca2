"""Those who write to the besieged server and those it writes to: known senders on forty hosts."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bench.peers import Account
from bench.sink import Sink
from federation.http_signatures.scheme import RawRequest
from federation.keys import generate_rsa
from server.hub.calls.model import MAX_OPEN_CALLS

HOSTS = 40
READERS_EACH = 3
LISTED = 10

KINDS = ("Create",) + ("Like",) * 6 + ("Announce",) * 3


class Receiver(Sink):
    """Takes everything and logs what came: how often each (activity, inbox), and the digests of its bodies."""

    def __init__(self) -> None:
        super().__init__(HOSTS)
        self.came: Counter[tuple[str, str]] = Counter()
        self.bodies: dict[str, set[str]] = {}
        self.kinds: dict[str, str] = {}
        self.objects: dict[str, str] = {}

    def take(self, request: RawRequest) -> bytes:
        if request.method == "POST":
            activity = json.loads(request.body)
            host = next(value for name, value in request.headers if name.lower() == "host")
            self.came[activity["id"], f"http://{host}{request.target}"] += 1
            about = activity["object"]
            self.kinds[activity["id"]] = activity["type"]
            self.objects[activity["id"]] = about if isinstance(about, str) else about["id"]
            self.bodies.setdefault(activity["id"], set()).add(hashlib.sha256(request.body).hexdigest())
        return super().take(request)


@dataclass(frozen=True, slots=True)
class Posted:
    """One activity as it goes over the wire; the same bytes at each attempt."""

    kind: str
    actor: str
    id: str
    object: str
    request: bytes


class Journal:
    """`accepted`: by id, as soon as the whole 2xx was read and not before. `moments`: when, by the monotonic clock."""

    def __init__(self) -> None:
        self.accepted: dict[str, Posted] = {}
        self.moments: dict[str, float] = {}
        self.statuses: Counter[int] = Counter()

    def write(self, posted: Posted, moment: float) -> None:
        # A million of them are kept by name only.
        self.accepted.setdefault(posted.id, replace(posted, request=b""))
        self.moments.setdefault(posted.id, moment)


@dataclass
class Strangers:
    """`readers` follow the initiative and react to its call, `initiatives` are listed by the hub in time.

    `journal` is of all that they ever sent to the one server they know.
    """

    receiver: Receiver
    readers: list[Account] = field(default_factory=list)
    initiatives: list[Account] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    are_listed: bool = False
    calls: int = 0

    def __post_init__(self) -> None:
        # One key for all: making a hundred takes half a minute, and whose it is is what the signature names.
        rsa = generate_rsa()
        origins = self.receiver.origins
        self.readers = [
            Account(origins[number % HOSTS], f"reader-{number}", rsa=rsa)
            for number in range(HOSTS * READERS_EACH)
        ]
        self.initiatives = [
            Account(origins[number], f"initiative-{number}", "Organization", rsa=rsa)
            for number in range(LISTED)
        ]
        self.receiver.accounts |= {
            account.path: account.document() for account in (*self.readers, *self.initiatives)
        }

    def posts(self, authority: str, call: str, chance: random.Random) -> Iterator[Posted]:
        """Without end, signed when asked for."""
        while True:
            kind = chance.choice(KINDS)
            if kind == "Create" and self.calls < LISTED * MAX_OPEN_CALLS:
                sender = self.initiatives[self.calls % LISTED]
                activity = sender.call(self.calls)
                self.calls += 1
            else:
                sender = chance.choice(self.readers)
                activity = sender.activity("Like" if kind == "Create" else kind, call)
            about = activity["object"]
            yield Posted(
                activity["type"],
                sender.id,
                activity["id"],
                about if isinstance(about, str) else about["id"],
                sender.request(authority, activity),
            )
