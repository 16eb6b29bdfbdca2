"""What a running instance consists of, handed to every feature. Built in `server/app.py`, nowhere else."""

from dataclasses import dataclass

from starlette.requests import Request

from server.fediverse.instance import Instance
from server.paths import InstancePaths
from server.storage.database import Database
from server.storage.remembered import Remembered
from server.web.render import Pages


@dataclass(frozen=True, slots=True)
class Services:
    """`here` is what actions need (settings, uris, keys, clock, client); doors and workers use the rest."""

    here: Instance
    database: Database
    pages: Pages
    paths: InstancePaths
    remembered: Remembered


def services_of(request: Request) -> Services:
    """The services of the instance that answers this request: how a door reaches everything behind it."""
    services: Services = request.app.state.services
    return services
