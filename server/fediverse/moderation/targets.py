"""What can be refused: one actor by its id, or a server with all of its subdomains.

A block of `evil.example` holds for `a.evil.example` too, as Mastodon's do: whoever has a domain has as many names below
it as they like. Without a port it holds for every port; with one for that port of that very host alone, because behind
two ports of one machine can be two people.
"""

from collections.abc import Iterator

from federation.errors import Malformed
from federation.urls import DEFAULT_PORTS, ascii_host, parse_url


def target_of(given: str, own_origin: str) -> str:
    """An actor's id as it is, or a server in its one spelling: "https://host[:port]".

    Raises `Malformed`: "bad-url", "own-server" for whoever would refuse themselves, "too-wide" for a whole top-level
    domain.
    """
    scheme, found, rest = given.strip().partition("://")
    if not found:
        scheme, rest = "https", given.strip()
    authority, slash, path = rest.partition("/")
    if "?" in authority or "#" in authority:
        raise Malformed("bad-url")
    parsed = parse_url(f"{scheme}://{_in_ascii(authority)}{slash}{path}")
    own = parse_url(own_origin).authority
    if path.strip("/"):
        if parsed.authority == own:
            raise Malformed("own-server")
        return parsed.text
    named = "" if parsed.port in DEFAULT_PORTS.values() else f":{parsed.port}"
    if parsed.address is None and not named and "." not in parsed.host:
        raise Malformed("too-wide")
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    server = f"{host}{named}"
    if server in servers_above(own):
        raise Malformed("own-server")
    return f"https://{server}"


def _in_ascii(authority: str) -> str:
    if authority.isascii():
        return authority.removesuffix(".")
    host, colon, port = authority.partition(":")
    return f"{ascii_host(host)}{colon}{port}"


def servers_above(authority: str) -> Iterator[str]:
    """Whose block would stop this "host[:port]": that port of the host, the host, and each domain above it."""
    yield authority
    host = authority
    name, colon, port = authority.rpartition(":")
    if colon and port.isdigit() and not name.endswith(":"):
        host = name
        yield host
    if host.startswith("["):
        return
    while "." in host:
        host = host.partition(".")[2]
        yield host


def spellings(server: str) -> tuple[str, str]:
    """How a block of "host[:port]" stands in the table: older versions kept the scheme that was typed."""
    return f"https://{server}", f"http://{server}"


def is_server(target: str) -> bool:
    """Whether a block is of a whole server."""
    return target.count("/") == 2


def why_not(given: str, error: Malformed) -> str:
    """One sentence for whoever gave something that cannot be blocked."""
    if error.reason == "own-server":
        return f"{given!r} is this server itself."
    if error.reason == "too-wide":
        return f"{given!r} is no server but a whole top-level domain: name the servers."
    return f"{given!r} cannot be blocked: give a host, an origin like https://host, or an actor's id."
