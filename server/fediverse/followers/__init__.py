"""Who follows our actors, and whom they follow. Followers are a number to everybody but the delivery
worker.
"""

from server.fediverse.followers.actions import (
    accept_again,
    accept_follow,
    accepted,
    ask_again,
    blocked_by,
    follow,
    owes_enough,
    reason_in,
    reject_follower,
    rejected,
    undo_follow,
    unfollow,
)
from server.fediverse.followers.store import (
    Following,
    count,
    count_following,
    followed_by,
    following_by_id,
    following_of,
    following_page,
    is_follower,
)

__all__ = [
    "Following",
    "accept_again",
    "accept_follow",
    "accepted",
    "ask_again",
    "blocked_by",
    "count",
    "count_following",
    "follow",
    "followed_by",
    "following_by_id",
    "following_of",
    "following_page",
    "is_follower",
    "owes_enough",
    "reason_in",
    "reject_follower",
    "rejected",
    "undo_follow",
    "unfollow",
]
