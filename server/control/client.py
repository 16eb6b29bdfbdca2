"""The command line's end of `DIR/control.sock`."""

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.control.bind import address_of

PATIENCE = 300.0
"""Seconds for one command; a backup of a large hub takes minutes."""


class NoServer(Exception):
    """Nobody listens on the socket."""


class CommandFailed(Exception):
    """The server said no: one sentence."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("control", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        with address_of(self._path) as address:
            self.sock.connect(address)


def ask(path: Path, command: str, arguments: Mapping[str, Any]) -> Any:
    """Has the running server carry out a command and returns its result.

    Raises `NoServer` when nothing was sent, `CommandFailed` with a sentence otherwise.
    """
    connection = _Connection(path)
    try:
        try:
            connection.connect()
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NoServer from error
        except OSError as error:
            raise CommandFailed(f"{path} cannot be used: {error.strerror}.") from error
        body = json.dumps(arguments).encode()
        connection.request("POST", f"/commands/{command}", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CommandFailed(
            "The server ended before it answered: look whether this was done, then try again."
        ) from error
    finally:
        connection.close()
    if response.status != 200:
        raise CommandFailed(str(answer.get("error", "The server gave no reason.")))
    return answer["result"]
