"""Pictures from people: decoded and encoded again by a child process that may use little and knows nothing."""

from server.fediverse.pictures.actions import (
    MEDIA_TYPES,
    Picture,
    PictureRefused,
    reencode,
    reencode_in_turn,
    remove,
    save,
)

__all__ = [
    "MEDIA_TYPES",
    "Picture",
    "PictureRefused",
    "reencode",
    "reencode_in_turn",
    "remove",
    "save",
]
