"""Deliveries, errands and chores in one process and one event loop until a signal comes; nothing is answered here."""

import asyncio
import logging
import signal

import uvloop

from server.app import close_services, open_services
from server.cli.output import tell
from server.cli.serving import LAST_WORK, warn_of_networks
from server.paths import InstancePaths
from server.roles import features_of
from server.workers.runner import Workers

logger = logging.getLogger(__name__)


def work_until_told(paths: InstancePaths) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(paths))


async def _work(paths: InstancePaths) -> None:
    services = await open_services(paths.directory)
    try:
        chosen = services.here.settings
        warn_of_networks(chosen)
        told = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        workers = Workers(services, features_of(chosen))
        workers.start()
        tell(f"Working for {chosen.origin}; Ctrl-C ends it.")
        await told.wait()
        try:
            async with asyncio.timeout(LAST_WORK):
                await workers.stop()
        except TimeoutError:
            logger.warning("not all work ended in time; it is taken up again when its leases run out")
    finally:
        await close_services(services)
