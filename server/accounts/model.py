"""What an account and a session are, and how long things last."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from server.taxonomy.folding import fold

IDLE: Final = timedelta(minutes=60)
ABSOLUTE: Final = timedelta(hours=12)
PENDING: Final = timedelta(minutes=10)
FRESH: Final = timedelta(minutes=5)
TOUCHED_EVERY: Final = timedelta(minutes=1)

SET_UP_LINK: Final = timedelta(minutes=30)
RESET_LINK: Final = timedelta(hours=24)
INVITATION: Final = timedelta(hours=72)

SHORTEST_NAME: Final = 2
LONGEST_NAME: Final = 40
LONGEST_LABEL: Final = 40
RECOVERY_CODES: Final = 10
FEW_CODES: Final = 3
MOST_PASSKEYS: Final = 20

Stage = Literal["second-step", "full"]
Purpose = Literal["set-up", "reset", "invitation"]


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to let somebody in. `totp_last_step`: codes up to this step are used up."""

    id: str
    name: str
    passphrase_hash: str
    totp_secret: str | None
    totp_last_step: int
    has_passkey: bool

    @property
    def has_second_step(self) -> bool:
        return self.totp_secret is not None or self.has_passkey


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's. `id` is the hash of what its cookie holds, and no secret."""

    id: str
    account_id: str
    name: str
    stage: Stage
    began_at: datetime
    used_at: datetime
    proved_at: datetime
    has_second_step: bool

    def is_alive(self, now: datetime) -> bool:
        if self.stage == "second-step":
            return now < self.began_at + PENDING
        return now < self.began_at + ABSOLUTE and now < self.used_at + IDLE

    def is_fresh(self, now: datetime) -> bool:
        return now < self.proved_at + FRESH

    def wants_touch(self, now: datetime) -> bool:
        return now >= self.used_at + TOUCHED_EVERY


@dataclass(frozen=True, slots=True)
class Passkey:
    """`public_key` is COSE; both it and `id` are base64url."""

    id: str
    label: str
    public_key: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link that works once. `account_id`: whose passphrase it resets, or who invites with it."""

    id: str
    account_id: str
    scope: str
    role: str
    expires_at: datetime


def day_of(moment: datetime) -> datetime:
    """Midnight UTC: all that is kept of when somebody signed in."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def folded(name: str) -> str:
    """How names are compared, so that nobody is taken for somebody else; may be empty."""
    return fold(name)
