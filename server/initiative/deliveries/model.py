"""A server that is owed something, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.fediverse.deliveries import Standing
from server.fediverse.silence import FORGET_AFTER, TELL_AFTER
from server.taxonomy import wording
from server.taxonomy.words import N_ as _

REASONS: Final[Mapping[str, str]] = {
    "no-answer": _("It does not answer. It may be down, or its name may be gone."),
    "server-error": _("It answers with an error of its own."),
    "busy": _("It asks us to wait."),
    "redirected": _("It sends us to another address, which a signed message must not follow."),
    "unauthorised": _("It does not accept our signature. It may have blocked this server."),
    "rejected": _("It refused what we sent."),
    "gone": _("The account there is deleted."),
    "not-found": _("The account there cannot be found any more."),
    "gave-up": _("It did not answer for seven days; we stopped trying."),
    "no-key": _("The key to sign with is gone."),
}
"""The words of `federation/delivery.py` and of the client, as people read them."""
OTHER: Final = _("It cannot be reached from here.")


@dataclass(frozen=True, slots=True)
class Host:
    """`reason` is a msgid, "" when all is well; `next_try` and `left_until` are moments in words, "" for none.

    `silent_since` and `forgotten_on`: days in words, once its followers are to be forgotten within a week.
    """

    name: str
    waiting: int
    done: int
    failed: int
    reason: str
    next_try: str
    left_until: str
    silent_since: str = ""
    forgotten_on: str = ""


def host(standing: Standing, language: str, now: datetime | None = None) -> Host:
    """Without `now` nothing is said of a long silence."""
    since = standing.silent_since
    if since is not None and (now is None or now - since < TELL_AFTER):
        since = None
    left = standing.left_until if standing.waiting else None
    due = max(filter(None, (standing.due, left)), default=None)
    return Host(
        name=standing.origin.partition("://")[2],
        waiting=standing.waiting,
        done=standing.done,
        failed=standing.failed,
        reason=REASONS.get(standing.reason, OTHER) if standing.reason else "",
        next_try=wording.moment(due, language) if due is not None and standing.reason else "",
        left_until=wording.moment(left, language) if left is not None else "",
        silent_since=wording.day(since.date(), language) if since is not None else "",
        forgotten_on=wording.day((since + FORGET_AFTER).date(), language) if since is not None else "",
    )
