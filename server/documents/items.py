"""The items of `calls.json` and `directory.json`: plain JSON for scripts, the same on every server."""

from server.clock import iso
from server.documents.call import Call
from server.documents.profile import ReadProfile
from server.documents.rich_text import plain_text

JsonItem = dict[str, str | list[str] | None]


def call_item(call: Call) -> JsonItem:
    """`text` is Markdown; `start` and `deadline` stay dates where dates were given."""
    return {
        "uri": call.uri,
        "actor": call.actor_id,
        "state": call.state,
        "title": call.title,
        "text": call.text,
        "language": call.language,
        "kind": call.kind,
        "size": call.size,
        "themes": list(call.themes),
        "start": call.start,
        "deadline": call.deadline,
        "link": call.link,
        "place": call.place,
        "published": iso(call.published),
        "updated": iso(call.updated),
    }


def listing_item(profile: ReadProfile, *, handle: str) -> JsonItem:
    """`handle` is the confirmed "@name@host"; `place` null means undisclosed; `summary` is plain text."""
    return {
        "actor": profile.id,
        "handle": handle,
        "name": profile.name,
        "summary": plain_text(profile.summary_html),
        "languages": list(profile.languages),
        "themes": list(profile.themes),
        "place": profile.place,
        "url": profile.url,
        "updated": None if profile.updated is None else iso(profile.updated),
    }
