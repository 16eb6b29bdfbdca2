"""A name server and a web server for the small internet; both count who comes."""

import json
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

A, AAAA = 1, 28
_PART = re.compile(r"(v4|v6)-([0-9a-f]+)")


class NameServer:
    """Answers by what is written in the name: `v4-7f000001.evil.example` is 127.0.0.1, several parts joined by `_`
    several addresses, and `first-v4-...-then-v4-...` the one at first and the other for ever after.
    """

    def __init__(self, plain: dict[str, list[str]]) -> None:
        self.plain = plain
        self.asked: Counter[str] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            query, sender = self._socket.recvfrom(4096)
            self._socket.sendto(self._answer(query), sender)

    def _answer(self, query: bytes) -> bytes:
        labels, position = [], 12
        while length := query[position]:
            labels.append(query[position + 1 : position + 1 + length].decode().lower())
            position += 1 + length
        (kind,) = struct.unpack("!H", query[position + 1 : position + 3])
        question = query[12 : position + 5]
        name = ".".join(labels)
        found = self._addresses(name, kind)
        if found is None:
            return query[:2] + struct.pack("!HHHHH", 0x8183, 1, 0, 0, 0) + question
        answers = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(packed)) + packed for packed in found
        )
        return query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0) + question + answers

    def _addresses(self, name: str, kind: int) -> list[bytes] | None:
        if name in self.plain:
            texts = self.plain[name]
        elif name.endswith(".evil.example"):
            label = name.partition(".")[0]
            if kind == A:
                self.asked[label] += 1
            if label.startswith("first-"):
                first, _, then = label.removeprefix("first-").partition("-then-")
                label = first if self.asked[label] <= 1 else then
            texts = [_written(part) for part in _PART.findall(label)]
        else:
            return None
        wanted = IPv4Address if kind == A else IPv6Address if kind == AAAA else ()
        return [ip_address(text).packed for text in texts if isinstance(ip_address(text), wanted)]


def _written(part: tuple[str, str]) -> str:
    packed = bytes.fromhex(part[1])
    return str(IPv4Address(packed) if part[0] == "v4" else IPv6Address(packed))


def name_of(*addresses: str) -> str:
    """A host name that the name server answers with these."""
    parts = [f"v{address.version}-{address.packed.hex()}" for address in map(ip_address, addresses)]
    return f"{'_'.join(parts)}.evil.example"


def rebinding(first: str, then: str, number: int) -> str:
    return f"first-v4-{ip_address(first).packed.hex()}-then-v4-{ip_address(then).packed.hex()}-{number}.evil.example"


class WebServer(ThreadingHTTPServer):
    """On every address at one port. `arrived` counts connections by the address at which they came.

    `documents` are (status, headers, body) by path; what is not there is answered with an actor of that address.
    """

    daemon_threads = True
    request_queue_size = 128
    address_family = socket.AF_INET6

    def __init__(self, port: int, arrived: Counter[str], tls: ssl.SSLContext | None) -> None:
        self.arrived = arrived
        self.tls = tls
        self.documents: dict[str, tuple[int, dict[str, str], bytes]] = {}
        super().__init__(("::", port), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = "here", self.server_address[1]

    def get_request(self) -> tuple[Any, Any]:
        connection, sender = self.socket.accept()
        local = ip_address(connection.getsockname()[0].partition("%")[0])
        self.arrived[str(getattr(local, "ipv4_mapped", None) or local)] += 1
        connection.settimeout(5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, sender

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is not None:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle is nobody's concern here."""


class _Handler(BaseHTTPRequestHandler):
    server: WebServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """Headers and body go in one packet: else each answer waits 40 ms for an acknowledgement."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        url = f"https://{self.headers['host']}{self.path}"
        actor = {"id": url, "type": "Group", "preferredUsername": "us", "inbox": f"{url}/inbox"}
        status, headers, body = self.server.documents.get(
            path, (200, {"content-type": "application/activity+json"}, json.dumps(actor).encode())
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""
