"""What a module's source does that only one place may do: each question is asked of the text of one module.

Four classes explain nearly all advisories (SAFETY 2.2): a check that is missing on some path is one that has a second
path.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache

NETWORK_LIBRARIES = frozenset(
    {
        "aiohttp",
        "ftplib",
        "http.client",
        "httpcore2",
        "httpx",
        "httpx2",
        "imaplib",
        "poplib",
        "requests",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websockets",
        "xmlrpc",
    }
)
NETWORK_CALLS = frozenset(
    {
        "connect_tcp",
        "connect_unix",
        "create_connection",
        "create_datagram_endpoint",
        "create_unix_connection",
        "getaddrinfo",
        "gethostbyname",
        "open_connection",
        "open_unix_connection",
        "sock_connect",
        "urlopen",
        "urlretrieve",
    }
)
ENCODER = {"msgspec", "msgspec.json", "msgspec.json.Encoder"}

PARSERS = frozenset(
    {
        "json.JSONDecoder",
        "json.load",
        "json.loads",
        "ast.literal_eval",
        "marshal",
        "msgspec",
        "orjson",
        "pickle",
        "plistlib",
        "shelve",
        "simplejson",
        "tomllib",
        "ujson",
        "xml.dom",
        "xml.etree",
        "xml.sax.parse",
        "xml.sax.parseString",
        "xml.parsers",
        "lxml",
        "yaml",
    }
)
HOST_READERS = frozenset(
    {
        "ipaddress.ip_address",
        "ipaddress.ip_network",
        "ipaddress.IPv4Address",
        "ipaddress.IPv6Address",
        "urllib.parse.urljoin",
        "urllib.parse.urlparse",
        "urllib.parse.urlsplit",
        "urllib.parse.urldefrag",
        "httpx2.URL",
        "yarl",
        "rfc3986",
    }
)
LOADERS = frozenset({"__import__", "import_module", "exec", "eval"})


@cache
def names_used(source: str) -> frozenset[str]:
    """Dotted names of what is imported, and of every attribute path that begins at an import."""
    tree = ast.parse(source)
    known = dict(_imports(tree))
    used = set(known.values())
    for node in ast.walk(tree):
        path = _path(node)
        if path and path[0] in known:
            used.add(".".join((known[path[0]], *path[1:])))
    return frozenset(used)


def uses(source: str, forbidden: frozenset[str]) -> set[str]:
    """Which of `forbidden` a module uses: the name itself, or something below it."""
    names = names_used(source)
    return {name for name in forbidden if any(used == name or used.startswith(f"{name}.") for used in names)}


@cache
def calls(source: str) -> frozenset[str]:
    """The last word of everything that is called: `loop.create_connection(...)` is `create_connection`."""
    return frozenset(
        path[-1] if (path := _path(node.func)) else getattr(node.func, "attr", "")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
    )


def network(source: str) -> set[str]:
    """How a module could speak to another machine, or load what could."""
    return uses(source, NETWORK_LIBRARIES) | (calls(source) & (NETWORK_CALLS | LOADERS))


def foreign_bytes(source: str) -> set[str]:
    """By what a module turns bytes into values: every parser, and the `.json()` of answers and requests."""
    found = uses(source, PARSERS) | (calls(source) & {"json"})
    # The library reads and writes: who uses it to write alone is no reader.
    writes = {name for name in names_used(source) if name.startswith("msgspec")} == ENCODER
    return found - {"msgspec"} if writes else found


def hosts(source: str) -> set[str]:
    """By what a module reads the host of an address."""
    return uses(source, HOST_READERS)


def unlisted(found: Mapping[str, set[str]], allowed: Mapping[str, object]) -> dict[str, list[str]]:
    """Modules that do it and are not on the list; those on the list that do not are as wrong."""
    strangers = {name: sorted(what) for name, what in found.items() if what and name not in allowed}
    idle = {name: ["on the list, and does not"] for name in allowed if not found.get(name)}
    return strangers | idle


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(the name here, the name there)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
                else:
                    yield alias.name.partition(".")[0], alias.name.partition(".")[0]
                    # `import a.b` makes a.b known, under the path by which it is used.
                    yield f"import {alias.name}", alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _path(node: ast.AST) -> tuple[str, ...]:
    words: list[str] = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    return (node.id, *reversed(words)) if isinstance(node, ast.Name) else ()
