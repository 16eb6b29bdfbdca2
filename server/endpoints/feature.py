"""What every role has: the doors for machines, and what is done with Follow, Undo, Accept, Reject, Update,
Delete.
"""

from server.endpoints import (
    activities,
    actor,
    collections,
    discovery,
    errands,
    health,
    inbox,
    instance_actor,
    listeners,
    media,
)
from server.feature import Feature

FEATURE = Feature(
    name="endpoints",
    routes=[
        *inbox.ROUTES,
        *actor.ROUTES,
        *collections.ROUTES,
        *activities.ROUTES,
        *discovery.ROUTES,
        *media.ROUTES,
        *health.ROUTES,
    ],
    listeners={
        "Follow": listeners.follow,
        "Undo": listeners.undo,
        "Accept": listeners.accept,
        "Reject": listeners.reject,
        "Update": listeners.update,
        "Delete": listeners.delete,
    },
    errands={"refresh-actor": errands.refresh_actor, "confirm-gone": errands.confirm_gone},
    prepare=[instance_actor.prepare],
)
