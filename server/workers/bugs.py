"""How a mistake of ours reaches the log: where it happened, and nothing of what was being worked on."""

import logging
import traceback

LOG = logging.getLogger("antipole.workers")


def report(what: str, error: BaseException) -> None:
    """`what` is a word of ours. The message of the exception is left out: it may quote a document or an
    address.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("%s failed with %s\n%s", what, type(error).__name__, frames)
