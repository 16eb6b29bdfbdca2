"""One request by hand, and what is answered."""

import http.client
import socket


def post(address: tuple[str, int], request: bytes) -> int:
    """The status of the answer to a request as it goes over the wire."""
    return ask(address, request)[0]


def ask(
    address: tuple[str, int], request: bytes, seconds: float = 15.0
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Raises OSError and `http.client.HTTPException` when there is no whole answer."""
    with socket.create_connection(address, seconds) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers, answer.read()


def get(
    authority: str, path: str, accept: str = "text/html", seconds: float = 15.0
) -> tuple[int, http.client.HTTPMessage, bytes]:
    host, _, port = authority.rpartition(":")
    lines = [
        f"GET {path} HTTP/1.1",
        f"host: {authority}",
        f"accept: {accept}",
        "connection: close",
    ]
    return ask((host, int(port)), "\r\n".join([*lines, "", ""]).encode("ascii"), seconds)
