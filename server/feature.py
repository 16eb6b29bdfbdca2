"""A feature plugs routes, listeners, commands and work into an instance; a role is a list of features."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from federation.inbox import Forwarded, VerifiedActivity
from server.services import Services
from server.storage.database import Transaction
from server.web.doors import Door, Permission

Listener = Callable[[Transaction, Services, VerifiedActivity], None]
"""Runs inside the inbox's write transaction, never on the network; `Forbidden` refuses and rolls back."""

Command = Callable[[Services, Mapping[str, Any]], Awaitable[Any]]
"""What the command line or the control socket asks for; answers JSON; raises `Refusal`."""

Errand = Callable[[Services, str, Mapping[str, Any]], Awaitable[None]]
"""Fetching that a transaction left behind as a row (subject, detail); `Unreachable.retry` means later."""


Prepare = Callable[[Transaction, Services], None]

Check = Callable[[Services], Awaitable[Sequence[str]]]
"""A question of `antipole check`: lines that begin with "ok: ", "problem: ", "warning: " or "skipped: "."""

Collection = Callable[[Transaction, Services, str], Sequence[str | Mapping[str, Any]]]
"""The members of an actor's collection, newest first, by the actor's id: ids or whole documents."""


WantsForwarded = Callable[[Transaction, Services, Forwarded], bool]
"""Whether there is a reason to fetch what somebody passed on for its author. Reads only."""


class Refusal(Exception):
    """A wish that cannot be fulfilled: one sentence that says what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Work without a row that started it. `run` answers how many things it did."""

    name: str
    run: Callable[[Services], Awaitable[int]]
    every: timedelta


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A line of the site's menu; `label` is a gettext msgid."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class DeskLink:
    """A line of the desk's menu, for those whom its permission lets in; `label` is a gettext msgid.

    A path with {handle} has one line for each initiative of the person. `badge` counts what waits there; where the
    path has {handle} `badge_at` does, for the initiative of that handle.
    """

    label: str
    path: str
    permission: Permission
    badge: Callable[[Transaction], int] | None = None
    badge_at: Callable[[Transaction, str], int] | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """What one feature adds. Listeners of several features for one activity type run in the role's order."""

    name: str
    routes: Sequence[Door] = ()
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    commands: Mapping[str, Command] = field(default_factory=dict)
    errands: Mapping[str, Errand] = field(default_factory=dict)
    chores: Sequence[Chore] = ()
    counts: Mapping[str, Callable[[Transaction], int]] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)
    """By the last word of their address; today only `featured`."""
    navigation: Sequence[NavigationLink] = ()
    desk: Sequence[DeskLink] = ()
    checks: Sequence[Check] = ()
    prepare: Sequence[Prepare] = ()
    """Run once at each start in one transaction, e.g. to make the hub's actor on the first start."""
    wants_forwarded: WantsForwarded | None = None
    """Where one says yes, the errand "fetch-forwarded" is left: (object id, {"kind", "actor"} as claimed)."""


def features_in(request: Request) -> Sequence[Feature]:
    """The features of the instance that answers this request, in the order of its roles."""
    features: Sequence[Feature] = request.app.state.features
    return features
