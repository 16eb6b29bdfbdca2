"""`stats`: how much there is of everything, as numbers without names."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.feature import Command, Feature
from server.fediverse.stats import counts as fediverse_counts
from server.services import Services
from server.storage.database import Transaction

ALWAYS = (
    "followers",
    "activities_received",
    "activities_processed",
    "deliveries_pending",
    "deliveries_done",
    "deliveries_failed",
    "listings",
    "calls",
)
"""Scripts rely on these: they are there, as 0, in roles that know nothing of them."""


def stats_command(features: Sequence[Feature]) -> Command:
    def count(tx: Transaction) -> dict[str, int]:
        counts = dict.fromkeys(ALWAYS, 0) | fediverse_counts(tx)
        for feature in features:
            for name, counted in feature.counts.items():
                # Both roles on one instance count under one name: calls written here and calls listed here.
                counts[name] = counts.get(name, 0) + counted(tx)
        return counts

    async def stats(services: Services, arguments: Mapping[str, Any]) -> Any:
        return await services.database.read(count)

    return stats
