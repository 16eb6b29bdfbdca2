"""What every role has: the doors for machines, and what is done with Follow, Undo, Accept, Reject, Update,
Delete.
"""

from server.endpoints import (
    activities,
    actor,
    collections,
    discovery,
    errands,
    following,
    health,
    inbox,
    instance_actor,
    listeners,
    media,
    silence,
    synchronization,
)
from server.feature import Chore, Feature
from server.fediverse.followers.synchronization import SYNCHRONIZE

FEATURE = Feature(
    name="endpoints",
    routes=[
        *inbox.ROUTES,
        *actor.ROUTES,
        *collections.ROUTES,
        *synchronization.ROUTES,
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
        "Block": listeners.block,
        "Create": synchronization.create,
    },
    errands={
        "refresh-actor": errands.refresh_actor,
        "confirm-gone": errands.confirm_gone,
        "confirm-silent": errands.confirm_silent,
        "listen": errands.listen,
        SYNCHRONIZE: synchronization.synchronize_followers,
    },
    chores=[
        Chore("look-around", silence.look_around, silence.EVERY),
        Chore("ask-again", following.ask_again, following.EVERY),
    ],
    checks=[silence.check],
    prepare=[instance_actor.prepare],
)
