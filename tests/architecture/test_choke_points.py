"""One choke point each: outgoing requests, bytes that become activities, hosts, permissions (SAFETY 2.2).

Each list names who may, and why; who is on a list and does not is as wrong as who does and is not.
"""

import ast
from collections.abc import Callable

import pytest

from tests.architecture.choke_points import calls, foreign_bytes, hosts, names_used, network, unlisted
from tests.architecture.source import module_name, production_files

SOURCES = {module_name(file): file.read_text(encoding="utf-8") for file in production_files()}
FOREIGN_ROOMS = ("federation.", "server.endpoints.", "server.hub.", "server.initiative.", "server.fediverse.")


def everywhere(question: Callable[[str], set[str]]) -> dict[str, set[str]]:
    return {name: question(source) for name, source in SOURCES.items()}


# Outgoing requests

MAY_USE_THE_NETWORK = {
    "federation.client": "the only door to other hosts: the type of what stands in for the network in tests",
    "federation.connections": "the connections behind that door: resolves, checks, connects",
    "server.control.client": "speaks to the server over DIR/control.sock",
    "server.control.bind": "binds DIR/control.sock",
    "server.cli.serve": "binds the public port",
    "server.cli.demo_servers": "looks which loopback ports are free",
    "server.app": "mounts our own application for our own origin, in process",
}


def test_only_the_client_opens_connections_to_other_hosts() -> None:
    assert unlisted(everywhere(network), MAY_USE_THE_NETWORK) == {}


def test_only_the_client_opens_the_connections_behind_it() -> None:
    importers = {
        name
        for name, source in SOURCES.items()
        if any(used.startswith("federation.connections") for used in names_used(source))
    }
    assert importers == {"federation.client"}


def test_one_client_is_made_and_it_asks_the_blocks() -> None:
    """`check` makes one of its own to knock at our own door from outside."""
    makers = {name: source for name, source in SOURCES.items() if "FederationClient" in calls(source)}
    assert set(makers) == {"server.app", "server.control.check"}
    assert keywords_of(makers["server.app"], "FederationClient") >= {"policy", "refuses"}


# Bytes that become activities and documents

MAY_PARSE = {
    "federation.documents": "the strict reader: depth, nodes, duplicate keys, numbers",
    "federation.host_meta": "the one XML that is read, after everything XML is attacked with was refused",
    "server.fediverse.wire": "our own documents, from our own database",
    "server.fediverse.errands.store": "our own rows",
    "server.control.client": "answers of our own server on its private socket",
    "server.control.app": "requests of whoever owns the machine, on the private socket",
    "server.settings": "antipole.toml, written by whoever owns the machine",
    "server.taxonomy.outline": "a file that comes with the program",
    "server.cli.demo_content": "a file that comes with the program",
    "server.accounts.passkeys": "a browser's answer, read by a strict model of the library right after",
}
MAY_READ_OUR_OWN = {
    "server.endpoints.actor",
    "server.endpoints.collections",
    "server.endpoints.instance_actor",
    "server.fediverse.followers.synchronization",
    "server.fediverse.outbox.actions",
    "server.hub.curation.store",
    "server.initiative.profile.actions",
}
"""Who takes up documents of ours again by `wire.from_text`: none of these ever holds what came from elsewhere."""


def test_only_the_strict_reader_turns_foreign_bytes_into_values() -> None:
    assert unlisted(everywhere(foreign_bytes), MAY_PARSE) == {}
    foreign = {name for name in MAY_PARSE if name.startswith(FOREIGN_ROOMS)}
    assert foreign == {
        "federation.documents",
        "federation.host_meta",
        "server.fediverse.wire",
        "server.fediverse.errands.store",
    }


def test_what_is_read_back_is_our_own() -> None:
    assert {name for name, source in SOURCES.items() if "from_text" in calls(source)} == MAY_READ_OUR_OWN


@pytest.mark.parametrize(
    ("built", "where"),
    [
        ("VerifiedActivity", {"federation.inbox"}),
        ("Forwarded", {"federation.inbox"}),
        ("FetchedDocument", {"federation.client"}),
        ("RemoteActor", {"federation.actors", "server.fediverse.actors.others.store"}),
    ],
)
def test_what_was_verified_is_made_in_one_place(built: str, where: set[str]) -> None:
    """`RemoteActor` also comes back from storage, where only a verified one was put."""
    assert {name for name, source in SOURCES.items() if built in calls(source)} == where


def test_only_the_inbox_door_receives_and_only_it_dispatches() -> None:
    assert {name for name, source in SOURCES.items() if "receive" in receivers(source)} == {
        "server.endpoints.inbox"
    }
    assert {name for name, source in SOURCES.items() if "take_in" in receivers(source)} == {
        "server.endpoints.inbox"
    }


# Hosts

MAY_READ_HOSTS = {
    "federation.urls": "the one grammar of addresses",
    "federation.addresses": "which addresses may be contacted",
    "federation.connections": "addresses that the name server gave, each handed to the policy",
    "federation.fetching": "joins a redirect to its base; the result is parsed like any other address",
    "server.settings": "our own origin and networks, at the start",
    "server.accounts.passkeys": "our own origin",
    "server.accounts.throttle": "the address of a connection, made coarse and hashed",
    "server.cli.demo_servers": "our own origins",
    "server.cli.serve": "our own origin",
    "server.cli.systemd": "name servers of this machine",
    "server.documents.call": "the address of a call of ours, for the keywords' search beside it",
    "server.documents.rich_text": "whether a link may be shown and which host is named beside it; nobody goes there",
    "server.endpoints.discovery": "the path of an address that is ours",
    "server.hub.calls.cards": "names the host of a link that is shown",
    "server.hub.curation.examining": "compares whole addresses that two profiles show; a hint for editors",
    "server.hub.curation.links_back": "compares whole addresses on a page that was fetched; a hint for editors",
    "server.initiative.calls.cards": "the path of a call of ours",
    "server.initiative.calls.pages": "names the host of a link that is shown",
    "server.initiative.desk": "the path of a call of ours",
    "server.initiative.publishing.desk": "names the host of a link that is shown",
    "server.initiative.publishing.hints": "looks for tracking words in links that editors type",
    "server.initiative.replies.actions": "the path of an address that is ours",
    "server.initiative.replies.model": "names the host of a link that is shown",
}


def test_only_the_grammar_of_addresses_decides_on_hosts() -> None:
    assert unlisted(everywhere(hosts), MAY_READ_HOSTS) == {}


# Permissions

MAY_ASK_FOR_RIGHTS = {
    "server.web.doors": "the one place that decides",
    "server.web.render": "which lines of the menu are shown",
    "server.app": "which badges are counted for the menu",
    "server.hub.announcements.desk": "whether a link to another door is shown",
    "server.accounts.desk": "whether a link to another door is shown",
}


def test_only_doors_decide_who_may() -> None:
    assert {name for name, source in SOURCES.items() if "Permission" in calls(source)} == {"server.web.doors"}
    asking = {name: {"may"} & calls(source) for name, source in SOURCES.items()}
    assert unlisted(asking, MAY_ASK_FOR_RIGHTS) == {}


def test_every_route_is_a_door() -> None:
    """`require_doors` refuses others at the start; the control socket has its own, for its owner alone."""
    makers = {name for name, source in SOURCES.items() if makes_routes(source)}
    assert makers == {"server.web.doors", "server.control.app"}


# Blocks

MAY_CHANGE_BLOCKS = {"server.control.blocks", "server.hub.curation.blocking"}


def test_every_change_of_the_blocks_reaches_the_list_in_memory() -> None:
    changing = {"block_all", "unblock", "lift_block"}
    callers = {
        name
        for name, source in SOURCES.items()
        if calls(source) & changing and not name.startswith("server.fediverse.moderation")
    }
    doors = {"server.hub.curation.block_commands", "server.hub.curation.desk_blocks"}
    assert callers == MAY_CHANGE_BLOCKS | doors
    for name in {"server.control.blocks", *doors}:
        assert "change_blocks" in calls(SOURCES[name])
        assert "write" not in calls(SOURCES[name]), f"{name} writes without telling the list in memory"


# Each question is asked of sources that break the law, so that a blind test is seen.


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "import httpx2 as web\nweb.get('x')",
        "from urllib.request import urlopen",
        "import urllib.request",
        "from http import client",
        "import http.client",
        "def f():\n    import ssl",
        "import asyncio\nasync def f(): await asyncio.open_connection('x', 1)",
        "async def f(loop): await loop.create_connection(None, 'x', 1)",
        "async def f(): await connect_tcp('x', 1)",
        "__import__('so' + 'cket')",
        "import importlib\nimportlib.import_module('socket')",
        "exec('import socket')",
    ],
)
def test_a_second_way_to_the_network_is_seen(source: str) -> None:
    assert network(source)
    assert unlisted({"server.hub.new": network(source)}, {}) != {}


@pytest.mark.parametrize(
    "source",
    [
        "import json\njson.loads(b)",
        "import json as j\nj.loads(b)",
        "from json import loads as read\nread(b)",
        "import json\nread = json.load",
        "import json\njson.JSONDecoder().decode(b)",
        "import msgspec\nmsgspec.json.decode(b)",
        "from msgspec.json import decode",
        "import msgspec\nmsgspec.json.Encoder()\nmsgspec.json.decode(b)",
        "import msgspec\nmsgspec.json.Encoder()\nmsgspec.convert(b, X)",
        "import pickle",
        "from xml.etree import ElementTree",
        "import xml.dom.minidom",
        "import tomllib",
        "import ast\nast.literal_eval(text)",
        "async def f(request): return await request.json()",
        "def f(answer): return answer.json()",
    ],
)
def test_a_second_reader_of_bytes_is_seen(source: str) -> None:
    assert foreign_bytes(source)


def test_who_only_writes_is_no_reader() -> None:
    assert not foreign_bytes("import msgspec\nmsgspec.json.Encoder().encode(x)")


@pytest.mark.parametrize(
    "source",
    [
        "from urllib.parse import urlsplit\nurlsplit(x).hostname",
        "from urllib import parse\nparse.urlparse(x)",
        "import urllib.parse\nurllib.parse.urlsplit(x)",
        "import urllib.parse as p\np.urljoin(a, b)",
        "from ipaddress import ip_address",
        "import ipaddress\nipaddress.ip_address(x)",
        "import httpx2\nhttpx2.URL(x)",
        "import yarl",
    ],
)
def test_a_second_reader_of_hosts_is_seen(source: str) -> None:
    assert hosts(source)


@pytest.mark.parametrize(
    "source",
    [
        "import json\njson.dumps(x)",
        "from urllib.parse import quote, urlencode",
        "from xml.sax.saxutils import quoteattr",
        "import asyncio\nasyncio.timeout(1)",
    ],
)
def test_what_writes_or_waits_is_no_second_path(source: str) -> None:
    assert not network(source) | foreign_bytes(source) | hosts(source)


def test_a_list_that_names_somebody_idle_is_wrong_too() -> None:
    assert unlisted({"a": {"socket"}, "b": set()}, {"a": "", "b": ""}) == {"b": ["on the list, and does not"]}


def test_what_is_made_elsewhere_is_seen() -> None:
    for source in ("VerifiedActivity(id=1)", "import federation.inbox as i\ni.VerifiedActivity(id=1)"):
        assert "VerifiedActivity" in calls(source)
    assert "Permission" in calls("from server.web import doors\ndoors.Permission('public')")
    assert "may" in calls("if me.may('hub', 'owner'): pass")
    assert makes_routes("from starlette.routing import Route as R\nroutes = [R('/x', x)]")
    assert makes_routes("import starlette.routing as r\nroutes = [r.Mount('/x', x)]")
    assert makes_routes("app.add_route('/x', x)")
    assert keywords_of("FederationClient(policy=1)", "FederationClient") == {"policy"}


def keywords_of(source: str, called: str) -> set[str]:
    """The names of the arguments with which something is called."""
    return {
        keyword.arg
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and called in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
        for keyword in node.keywords
        if keyword.arg
    }


def makes_routes(source: str) -> bool:
    """Whether a module could let somebody in past the doors."""
    kinds = {f"starlette.routing.{name}" for name in ("Route", "Mount", "Host", "WebSocketRoute", "Router")}
    return bool(kinds & names_used(source) or {"add_route", "mount"} & calls(source))


def receivers(source: str) -> set[str]:
    """Functions called by their own name: `receive(...)`, not `websocket.receive(...)`."""
    return {
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
