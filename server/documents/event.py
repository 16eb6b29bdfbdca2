"""A call with a date as an Event, for calendars (FEP-8a8e; DESIGN 7: no coordinates, nobody is counted in).

The same words as in the Note of `call.py`, whose id is this one's `url`. Written for readers that are strict in their
own ways; each habit is named where it is served.
"""

from datetime import datetime, timedelta
from typing import Final

from federation.documents import JsonObject
from federation.vocabulary import EVENT_CONTEXT, PUBLIC
from server.clock import iso
from server.documents.call import Call, call_html, event_uri, hashtag_tags
from server.documents.moments import moment_text, parse_moment
from server.taxonomy.places import UNDISCLOSED

ASSUMED_LENGTH: Final = timedelta(hours=2)
CATEGORY: Final = "MOVEMENTS_POLITICS"
_HOUR: Final = timedelta(hours=1)


def starts_at(start: str | None) -> datetime | None:
    """The moment at which a calendar can enter it; None for a day without a time, and for no start at all."""
    moment = parse_moment(start) if start is not None else None
    return moment if isinstance(moment, datetime) else None


def event_document(call: Call, *, followers: str) -> JsonObject:
    """The Event without its proof. Raises ValueError for a call that `starts_at` no time of day.

    `endTime` is required (FEP-8a8e) and not known: two hours, which nobody is to be shown.
    """
    start = starts_at(call.start)
    if start is None:
        raise ValueError("an event needs a time of day")
    html = call_html(call)
    document: JsonObject = {
        "@context": EVENT_CONTEXT,
        "id": event_uri(call.uri),
        "type": "Event",
        "attributedTo": call.actor_id,
        "organizers": {"type": "Collection", "totalItems": 1, "items": [call.actor_id]},
        "name": call.title,
        # Mastodon shows of an Event its name, its summary and a link, and never its content (PROTOCOL 5.1).
        "summary": call_html(call, titled=False),
        "content": html,
        "contentMap": {call.language: html},
        "inLanguage": call.language,
        "url": call.uri,
        "startTime": moment_text(start),
        "endTime": moment_text(start + ASSUMED_LENGTH),
        "displayEndTime": False,
        # "Enough, thank you" ends the asking, not the gathering; a gathering that is off is withdrawn.
        "eventStatus": "EventScheduled",
        "status": "CONFIRMED",
        # Nobody joins by way of us. Mobilizon refuses the whole Event for a `joinMode` of `none`, which it does not
        # know, so without a link the call's own page says how to come.
        "joinMode": "external",
        "externalParticipationUrl": call.link or call.uri,
        "category": CATEGORY,
        # Only hashtags: Gancio makes a tag of whatever stands here and stumbles over a Link, which has no name.
        "tag": hashtag_tags(call),
        # An empty list, but a list: Gancio asks for its length and takes the first of it for a picture.
        "attachment": [],
        "published": iso(call.published),
        "updated": iso(call.updated),
        "to": [PUBLIC],
        "cc": [followers],
        "sensitive": False,
    }
    if (zone := _zone(start)) is not None:
        document["timezone"] = zone
    if call.place is not None and call.place != UNDISCLOSED:
        document["location"] = {"type": "Place", "name": call.place}
    return document


def _zone(start: datetime) -> str | None:
    """The IANA zone that is all an offset tells, so that calendars show the hour that was written. Its sign is turned.

    None for offsets of half an hour and the like, which only places have.
    """
    offset = start.utcoffset() or timedelta(0)
    hours, rest = divmod(offset, _HOUR)
    if rest or not -12 <= hours <= 14:
        return None
    return "Etc/UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"
