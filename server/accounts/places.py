"""What people may edit here, as places with a name and an address."""

from dataclasses import dataclass

from server.settings import Settings
from server.web.identity import HUB, SERVER, SignedIn


@dataclass(frozen=True, slots=True)
class Place:
    """`kind` is "server", "hub" or "initiative"; `name` what it is called; `path` its desk."""

    scope: str
    kind: str
    name: str
    path: str


def place_of(scope: str, settings: Settings) -> Place:
    if scope == SERVER:
        return Place(scope, SERVER, settings.authority, "/desk/new-initiative")
    if scope == HUB:
        return Place(scope, HUB, settings.name, "/desk/hub")
    return Place(scope, "initiative", scope, f"/desk/{scope}")


def places_of(me: SignedIn, settings: Settings) -> list[Place]:
    """The hub first, then initiatives."""
    scopes = {grant.scope for grant in me.grants}
    hub = [HUB] if HUB in scopes and settings.uses("hub") else []
    initiatives = sorted(scope for scope in scopes if scope.startswith("@"))
    return [
        place_of(scope, settings) for scope in (*hub, *(initiatives if settings.uses("initiative") else ()))
    ]
