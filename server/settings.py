"""An instance's settings: `antipole.toml`, written once by `init` and edited by hand afterwards."""

import ipaddress
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from federation.addresses import NetworkPolicy
from federation.errors import Unreachable
from server.paths import InstancePaths

Network = IPv4Network | IPv6Network

ROLES = ("initiative", "hub")

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{2,59}})")
_HANDLE = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,28}[a-z0-9_])?")


class SettingsError(Exception):
    """One sentence that says which setting is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person who runs the instance decided. `origin` is canonical and has no trailing slash."""

    directory: Path
    origin: str
    roles: tuple[str, ...]
    name: str
    hub_handle: str = "hub"
    hub_summary: str = ""
    allowed_networks: tuple[Network, ...] = ()
    announce_cap: int = 24
    secure_mode: bool = False
    account_domain: str = ""
    """The domain of handles where it is not the server's own host; see `handle_domain`."""
    database: str = ""
    """`postgresql://...`; empty for SQLite in the directory."""

    @property
    def authority(self) -> str:
        """`host` or `host:port`, as it stands in the Host header."""
        return self.origin.split("://", 1)[1]

    @property
    def handle_domain(self) -> str:
        """What stands behind the @ of a handle: the server's host, or the domain that leads WebFinger here."""
        return self.account_domain or self.authority

    @property
    def handle_domains(self) -> tuple[str, ...]:
        """What may stand behind the @ of a handle of ours; the first is what we write."""
        return tuple(dict.fromkeys((self.handle_domain, self.authority)))

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def is_shared(self) -> bool:
        """Whether several processes, on several machines, may use the database at once: PostgreSQL."""
        return bool(self.database)

    def uses(self, role: str) -> bool:
        return role in self.roles


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The shape of `antipole.toml`."""

    origin: str
    roles: list[str]
    name: str
    hub_handle: str = "hub"
    hub_summary: str = ""
    allowed_networks: list[str] = []
    announce_cap: int = 24
    secure_mode: bool = False
    account_domain: str = ""
    database: str = ""


def make(
    directory: Path,
    *,
    origin: str,
    roles: Iterable[str],
    name: str = "",
    hub_handle: str = "hub",
    hub_summary: str = "",
    allowed_networks: Iterable[str] = (),
    announce_cap: int = 24,
    secure_mode: bool = False,
    account_domain: str = "",
    database: str = "",
) -> Settings:
    """Settings from words a person wrote. Raises `SettingsError`."""
    networks = tuple(parse_network(text) for text in allowed_networks)
    canonical = canonical_origin(origin, networks)
    if not _HANDLE.fullmatch(hub_handle):
        raise SettingsError(
            f"The hub's handle {hub_handle!r} will not do: use 1 to 30 of the letters a-z, digits and _ . -"
        )
    if announce_cap < 1:
        raise SettingsError("announce_cap is the number of announcements a day: give 1 or more.")
    domain = account_domain.strip().lower()
    if domain and not _HOST_NAME.fullmatch(domain):
        raise SettingsError(
            f"The account_domain {account_domain!r} will not do: write it like initiative.example, without https://."
        )
    if database.strip() and not database.strip().startswith("postgresql://"):
        raise SettingsError(
            "The database must be an address like postgresql://user@host/name, or empty for SQLite."
        )
    return Settings(
        directory=directory,
        origin=canonical,
        roles=parse_roles(roles),
        name=" ".join(name.split()) or canonical.split("://", 1)[1],
        hub_handle=hub_handle,
        hub_summary=hub_summary,
        allowed_networks=networks,
        announce_cap=announce_cap,
        secure_mode=secure_mode,
        account_domain="" if domain == canonical.split("://", 1)[1] else domain,
        database=database.strip(),
    )


def load(directory: Path) -> Settings:
    """Reads `DIR/antipole.toml`. Raises `SettingsError`."""
    path = InstancePaths(directory).settings
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        raise SettingsError(
            f"{directory} has no {path.name}, so is no instance: make one with `antipole init {directory}`."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} has a mistake: {error}.") from None
    try:
        return make(directory, **msgspec.structs.asdict(file))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def moved(directory: Path, text: bytes, *, database: str) -> Settings:
    """The settings of an instance that moves here, with a database of its own. Raises `SettingsError`."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings have a mistake: {error}.") from None
    return make(directory, **(msgspec.structs.asdict(file) | {"database": database}))


def write(directory: Path, settings: Settings) -> None:
    """Writes `DIR/antipole.toml` for its owner only. Raises FileExistsError."""
    descriptor = os.open(InstancePaths(directory).settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text_of(settings))
        file.flush()
        os.fsync(file.fileno())


def text_of(settings: Settings, *, with_database: bool = True) -> str:
    """As it stands in `antipole.toml`. The database's address may hold a password, and is of one place."""
    values: list[tuple[str, Any]] = [
        ("origin", settings.origin),
        ("roles", list(settings.roles)),
        ("name", settings.name),
        ("hub_handle", settings.hub_handle),
        ("hub_summary", settings.hub_summary),
        ("allowed_networks", [str(network) for network in settings.allowed_networks]),
        ("announce_cap", settings.announce_cap),
        ("secure_mode", settings.secure_mode),
        ("account_domain", settings.account_domain),
    ]
    if with_database:
        values.append(("database", settings.database))
    text = "# The settings of this Antipole. The origin must never change: every id begins with it.\n"
    return text + "".join(f"{key} = {_toml(value)}\n" for key, value in values)


def _toml(value: Any) -> str:
    """JSON's strings, numbers and lists of them are TOML too, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def parse_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles in house order. Raises `SettingsError`."""
    wanted = {role.strip() for role in roles} - {""}
    unknown = sorted(wanted - set(ROLES))
    if unknown or not wanted:
        given = f"not {', '.join(unknown)}" if unknown else "at least one of them"
        raise SettingsError(f"The roles are initiative, hub, or initiative,hub: {given}.")
    return tuple(role for role in ROLES if role in wanted)


def parse_network(text: str) -> Network:
    """`127.0.0.0/8`, or one address. Raises `SettingsError`."""
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError:
        raise SettingsError(
            f"{text!r} is not a network: write it like 127.0.0.0/8, with zeros behind the prefix."
        ) from None


def canonical_origin(text: str, networks: tuple[Network, ...]) -> str:
    """`https://host`, lower case, default port dropped. Raises `SettingsError`.

    What our own client would refuse to talk to is refused here: other servers refuse it too.
    """
    wrong = f"The origin {text!r} will not do: "
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise SettingsError(wrong + "write it like https://hub.example.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise SettingsError(wrong + "write it like https://hub.example, with https:// in front.")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(wrong + "it must not hold a user name or password.")
    if parts.path not in ("", "/") or "?" in text or "#" in text:
        raise SettingsError(wrong + "it is only scheme and host, like https://hub.example, without a path.")
    address = _address_of(parts.hostname)
    # Browsers know passkeys for names only, so who tries them out on one machine needs this one.
    is_local = parts.hostname == "localhost" and bool(networks)
    if address is None and not is_local and not _HOST_NAME.fullmatch(parts.hostname):
        raise SettingsError(
            wrong + "the host must be a full name like hub.example (names in other scripts as xn--...)."
        )
    host = parts.hostname if address is None else _literal(address)
    default = 443 if parts.scheme == "https" else 80
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port is not None and port != default else "")
    try:
        NetworkPolicy(networks).check_url(origin)
    except Unreachable:
        raise SettingsError(wrong + _why_nobody_comes(parts.scheme, port, address)) from None
    return origin


def _why_nobody_comes(scheme: str, port: int | None, address: IPv4Address | IPv6Address | None) -> str:
    if address is not None:
        return "an address in place of a name needs --allow-network with a network that contains it."
    if scheme == "http" or port not in (None, 443):
        return "http and other ports are only for networks given with --allow-network: use https://."
    return "other servers talk only to public names like hub.example."


def _address_of(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _literal(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
