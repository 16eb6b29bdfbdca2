"""What a visitor wants to open, on which server, and the address there that does it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from federation.addresses import NetworkPolicy
from federation.errors import Malformed, Unreachable
from federation.urls import parse_url
from federation.webfinger import Link, parse_handle

INTENTS: Final = "https://w3id.org/fep/3b86/"
"""FEP-3b86, Activity Intents: what follows is the name of an act, or `Object` for only looking at something."""

SUBSCRIBE: Final = "http://ostatus.org/schema/1.0/subscribe"

MAX_TYPED: Final = 300
MAX_ADDRESS: Final = 2048
_VARIABLE: Final = re.compile(r"\{([^{}]{0,64})\}")
_PROFILE_PATH: Final = re.compile(r"/(?:@|users/)([A-Za-z0-9_.-]{1,64})/?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account or a call that this instance shows. `name` is what people call it: a handle or a title."""

    kind: Literal["account", "call"]
    uri: str
    name: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Where a visitor says to be at home. `user` is None when only the server was given."""

    authority: str
    user: str | None

    @property
    def account(self) -> str:
        """Whom to ask WebFinger about: a server's own actor is called like the server (Mastodon, GoToSocial)."""
        host = self.authority.partition(":")[0]
        return f"{self.user or host}@{self.authority}"


@dataclass(frozen=True, slots=True)
class Way:
    """The address to open. `is_guess`: the server named none, so this is the one that most servers use."""

    address: str
    authority: str
    is_guess: bool


def parse_home(text: str) -> Home:
    """ "mastodon.example", "@me@mastodon.example" or the address of one's own page there. Raises ValueError."""
    typed = text.strip()
    if "://" in typed:
        try:
            url = parse_url(typed)
        except Malformed:
            raise ValueError(typed) from None
        profile = _PROFILE_PATH.fullmatch(url.target)
        return Home(url.authority, profile[1] if profile else None)
    typed = typed.strip("/")
    is_account = "@" in typed
    try:
        user, authority = parse_handle(typed if is_account else f"_@{typed}")
    except Malformed:
        raise ValueError(typed) from None
    return Home(authority, user if is_account else None)


def way_to(wanted: Wanted, home: Home, links: Sequence[Link], policy: NetworkPolicy) -> Way:
    """By what the server itself says, in this order: the intent to follow or to look, the older template.

    Raises `Unreachable("forbidden-url")` when not even a guess leads anywhere that may be named.
    """
    act = "Follow" if wanted.kind == "account" else "Object"
    for rel, variable in ((INTENTS + act, "object"), (INTENTS + "Object", "object"), (SUBSCRIBE, "uri")):
        for link in links:
            if link.rel == rel and link.template is not None:
                address = filled(link.template, variable, wanted.uri)
                if address is not None and _is_theirs(address, home.authority, policy):
                    return Way(address, parse_url(address).authority, is_guess=False)
    scheme = "http" if _is_literal(home.authority, policy) else "https"
    guess = f"{scheme}://{home.authority}/authorize_interaction?uri={quote(wanted.uri, safe='')}"
    return Way(guess, policy.check_url(guess).authority, is_guess=True)


def filled(template: str, variable: str, value: str) -> str | None:
    """The template with `value`, percent-encoded; unknown variables become empty (FEP-3b86). None without ours."""
    if len(template) > MAX_ADDRESS or f"{{{variable}}}" not in template:
        return None
    encoded = quote(value, safe="")
    return _VARIABLE.sub(lambda found: encoded if found[1] == variable else "", template)


def _is_theirs(address: str, authority: str, policy: NetworkPolicy) -> bool:
    """https, and on the very server that was asked or on a host below its name.

    A template is a stranger's text: `javascript:` would run on our page (CON-03), another host would make this page
    lend its name to it (WEB-03).
    """
    try:
        url = policy.check_url(address)
        asked = parse_url(f"{url.scheme}://{authority}/")
    except (Malformed, Unreachable):
        return False
    if url.scheme != "https" and url.address is None:
        return False
    return url.authority == asked.authority or (
        url.address is None and url.authority.endswith(f".{asked.authority}")
    )


def _is_literal(authority: str, policy: NetworkPolicy) -> bool:
    """A bare address of the operator's own networks, as on loopback: there is no https."""
    try:
        return policy.check_url(f"http://{authority}/").address is not None
    except Unreachable:
        return False
