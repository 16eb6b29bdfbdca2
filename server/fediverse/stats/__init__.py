"""How much there is and was: what `stats --json` counts of federation."""

from server.fediverse.stats.store import add_to_counter, counts

__all__ = ["add_to_counter", "counts"]
