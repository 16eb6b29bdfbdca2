"""`antipole systemd`: a unit that gives the server as little of the machine as it needs."""

import ipaddress
import os
import pwd
import shutil
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from server import settings
from server.cli.output import answer, tell
from server.cli.parameters import Directory
from server.cli.run import CommandLineError
from server.settings import Settings

MEMORY = 512
"""MiB for a process that answers and works; those that only answer need half of it each."""

_PRIVATE = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 fc00::/7 fe80::/10 multicast"

_UNIT = """\
# Save as /etc/systemd/system/{unit}.service, then: systemctl enable --now {unit}
# Run the command line as the same user, so that its files stay the server's: runuser -u {user} -- antipole ...
[Unit]
Description=Antipole for {origin}{part}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command}
User={user}
UMask=0077
Restart=on-failure
RestartSec=5
# What exits with 2 said why and will say it again.
RestartPreventExitStatus=2
TimeoutStopSec=15

# The file system: read-only but for the instance.
ProtectSystem=strict
ProtectHome={home}
ReadWritePaths={directory}
{runtime}PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProcSubset=pid

# The network: a second wall behind our own against requests to inner addresses.
# The addresses allowed again are this machine's name servers, the networks of the settings and the database's server.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
IPAddressDeny={denied}
IPAddressAllow={allowed}

# The kernel. The child that decodes pictures limits itself by prlimit64, which is not among @resources.
NoNewPrivileges=yes
PrivateUsers=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
MemoryMax={memory}M
LimitCORE=0

[Install]
WantedBy=multi-user.target
"""


def systemd(
    directory: Directory,
    uds: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Serve on this Unix socket, and keep loopback out of reach too."),
    ] = None,
    web: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=64, help="Answer with N processes. PostgreSQL only.")
    ] = None,
    work: Annotated[
        bool, typer.Option("--work", help="Send and fetch beside others that answer. PostgreSQL only.")
    ] = False,
) -> None:
    """Print a hardened systemd unit for this instance."""
    chosen = settings.load(directory)
    if (web is not None or work) and not chosen.is_shared:
        raise CommandLineError(
            f"{directory} keeps its data in SQLite: its unit is the one without --web and --work."
        )
    if work and (web is not None or uds):
        raise CommandLineError("--work is a unit by itself: it answers nobody and has no door.")
    place = directory.resolve()
    program = shutil.which("antipole", path=str(Path(sys.executable).parent)) or "antipole"
    command = [program, "work" if work else "serve", str(place)]
    command += ["--uds", str(uds.absolute())] if uds else []
    command += ["--web", str(web)] if web is not None else []
    # The environment's Python may be a link to one in somebody's home, as pyenv and uv make them.
    needed = (place, Path(program), Path(sys.base_prefix))
    at_home = any(path.is_relative_to(home) for path in needed for home in ("/home", "/root"))
    owner = _owner(place)
    if not owner:
        tell(
            f"{directory} belongs to root, and the unit runs as the user antipole: give it to that user with "
            f"`useradd --system --no-create-home antipole` and `chown -R antipole: {directory}`."
        )
    answer(
        _UNIT.format(
            unit="antipole-work" if work else "antipole",
            part=", its work" if work else "",
            memory=MEMORY * (1 if web is None else (web + 1) // 2),
            user=owner or "antipole",
            origin=chosen.origin,
            command=" ".join(_quoted(word) for word in command),
            home="read-only" if at_home else "yes",
            directory=_quoted(str(place)),
            runtime=_runtime(uds.absolute()) if uds else "",
            denied=f"{_PRIVATE} localhost" if uds else _PRIVATE,
            allowed=" ".join(_allowed(chosen, Path("/etc/resolv.conf"))),
        ).rstrip()
    )


def _owner(place: Path) -> str:
    """Who owns the instance; "" for root, as whom the server should not run."""
    number = place.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name if number else ""
    except KeyError:
        return str(number)


def _runtime(uds: Path) -> str:
    if uds.parent.parent == Path("/run"):
        return f"RuntimeDirectory={uds.parent.name}\n"
    return f"ReadWritePaths={_quoted(str(uds.parent))}\n"


def _allowed(chosen: Settings, resolver: Path) -> list[str]:
    allowed = [str(network) for network in chosen.allowed_networks]
    allowed += _database_server(chosen)
    lines = resolver.read_text(errors="replace").splitlines() if os.access(resolver, os.R_OK) else []
    for line in lines:
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                allowed.append(str(ipaddress.ip_address(words[1].partition("%")[0])))
            except ValueError:
                continue
    return allowed


def _database_server(chosen: Settings) -> list[str]:
    """A Unix socket is no address; whose address a name is, may change."""
    hosts = (urlsplit(chosen.database).hostname or "").split(",") if chosen.is_shared else []
    found = []
    for host in filter(None, hosts):
        try:
            found.append(host if host == "localhost" else str(ipaddress.ip_address(host)))
        except ValueError:
            tell(f"The database is at {host}: if that is an inner address, add it to IPAddressAllow.")
    return found


def _quoted(word: str) -> str:
    """As systemd reads it: % begins a specifier, $ a variable."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or " " in word else word
