"""Addresses for servers that are to be strangers to each other on one machine."""

import socket


def loopback(number: int) -> str:
    """127.0.0.`number` where it can be had; on macOS only 127.0.0.1 is, and ports tell the servers apart."""
    address = f"127.0.0.{number}"
    return address if _can_bind(address) else "127.0.0.1"


def free_port(host: str) -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _can_bind(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True
