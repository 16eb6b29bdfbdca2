"""A call to action as a Note: what initiatives write, what hubs read (PROTOCOL 5.2; DESIGN 7).

Reading back what was written gives the same call. Nothing is said only in our own terms: Mastodon drops
them, so title, text, facts, link and hashtags stand in `content`, in the call's language.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape
from typing import Final, Literal, TypeAlias
from urllib.parse import urlencode, urlsplit

from federation.documents import JsonObject, id_of, is_public, many, one, text_of, time_of, type_of
from federation.errors import Malformed
from federation.vocabulary import LD_JSON_PROFILE, OBJECT_CONTEXT, PUBLIC
from server.clock import iso
from server.documents.moments import end_of_day, moment_text, parse_moment
from server.documents.rich_text import is_web_link, link, markdown_to_html, paragraph, plain_text
from server.documents.words import known_word, known_words, place_in_words, term
from server.taxonomy import wording
from server.taxonomy.kinds import KINDS
from server.taxonomy.languages import parse_language
from server.taxonomy.places import UNDISCLOSED, by_label
from server.taxonomy.sizes import SIZES
from server.taxonomy.themes import THEMES, hashtag

MAX_TITLE: Final = 200
MAX_TEXT: Final = 10_000
MAX_CONTENT: Final = 100_000
UNKNOWN_LANGUAGE: Final = "und"
MAX_TAG: Final = 64
LINK_REL: Final = "nofollow noopener noreferrer"

State: TypeAlias = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Call:
    """`text` is Markdown; `start` and `deadline` are ISO 8601, a bare date or a time with offset;
    `place` is a gazetteer label, `undisclosed`, or None: then the hub's map shows the call where its initiative
    is; `language` is BCP 47; `as_event`: calendars are offered it as an Event as well, see `event.py`."""

    uri: str
    actor_id: str
    state: State
    title: str
    text: str
    kind: str | None
    size: str | None
    language: str
    themes: tuple[str, ...]
    start: str | None
    deadline: str | None
    link: str | None
    place: str | None
    published: datetime
    updated: datetime
    as_event: bool = False


def event_uri(call_uri: str) -> str:
    """The address of a call as an Event: as the call's own, but below /events/."""
    root, _, call_id = call_uri.rpartition("/calls/")
    return f"{root}/events/{call_id}"


def call_uri_of(event: str) -> str:
    """The call behind an address made by `event_uri`; of any other address nonsense, which no call has."""
    root, _, call_id = event.rpartition("/events/")
    return f"{root}/calls/{call_id}"


def replies_uri(call_uri: str) -> str:
    """The collection of the replies that are shown."""
    return f"{call_uri}/replies"


def context_uri(call_uri: str) -> str:
    """The collection of the call and these replies."""
    return f"{call_uri}/context"


def call_document(call: Call, *, followers: str) -> JsonObject:
    """The Note without its proof; `followers` is the author's followers collection."""
    content = call_html(call)
    document: JsonObject = {
        "@context": OBJECT_CONTEXT,
        "id": call.uri,
        "type": "Note",
        "attributedTo": call.actor_id,
        "name": call.title,
        "content": content,
        # Mastodon labels a post by the first key and shows `content`: one key, the same text (DESIGN 7).
        "contentMap": {call.language: content},
        "source": {"content": call.text, "mediaType": "text/markdown"},
        "url": call.uri,
        "published": iso(call.published),
        "updated": iso(call.updated),
        "to": [PUBLIC],
        "cc": [followers],
        "sensitive": False,
        # Whoever quotes a call shows it under words of their own, as if the initiative had chosen them (FEP-044f).
        "interactionPolicy": {"canQuote": {"automaticApproval": [call.actor_id]}},
        "replies": replies_uri(call.uri),
        # Mastodon and GoToSocial read the whole conversation from here (FEP-7888).
        "context": context_uri(call.uri),
        "callStatus": term(call.state),
    }
    if call.kind is not None:
        document["callType"] = term(call.kind)
    if call.size is not None:
        document["callSize"] = term(call.size)
    if call.themes:
        document["theme"] = [term(theme) for theme in call.themes]
    if tags := [*hashtag_tags(call), *_event_link(call)]:
        document["tag"] = tags
    document |= _moments(call)
    if call.place is not None:
        document["location"] = {"type": "Place", "name": call.place}
    if call.link is not None:
        document["attachment"] = [{"type": "Link", "href": call.link}]
    return document


def _moments(call: Call) -> JsonObject:
    """A bare date has no time of day: no `startTime`, the `deadline` ends with the day, and a term of its own
    keeps the date."""
    members: JsonObject = {}
    if call.start is not None:
        if isinstance(parse_moment(call.start), datetime):
            members["startTime"] = call.start
        else:
            members["startDate"] = call.start
    if call.deadline is not None:
        deadline = parse_moment(call.deadline)
        if isinstance(deadline, datetime):
            members["deadline"] = call.deadline
        else:
            members["deadline"] = moment_text(end_of_day(deadline))
            members["deadlineDate"] = call.deadline
    return members


def call_facts(call: Call, language: str, today: date | None = None) -> str:
    """The one line of facts in any language: size, start, deadline, place; empty when none is given."""
    place = None if call.place == UNDISCLOSED else call.place
    return wording.facts_line(
        language,
        size=call.size,
        start=parse_moment(call.start) if call.start is not None else None,
        deadline=parse_moment(call.deadline) if call.deadline is not None else None,
        place_label=None if place is None else place_in_words(place, language),
        today=today,
    )


def call_html(call: Call, *, titled: bool = True) -> str:
    """All that a reader needs, in the call's language: how other software and feeds show it.

    `titled` is false where the title stands above it anyway.
    """
    parts = [paragraph(wording.enough_line(call.language))] if call.state == "closed" else []
    if titled:
        parts.append(f"<p><strong>{escape(call.title, quote=False)}</strong></p>")
    parts.append(markdown_to_html(call.text))
    if facts := call_facts(call, call.language):
        parts.append(paragraph(facts))
    if call.link is not None:
        parts.append(f"<p>{link(call.link, rel=LINK_REL)}</p>")
    if tags := _hashtags(call):
        links = " ".join(
            f'<a href="{escape(href)}" class="mention hashtag" rel="tag">#<span>{escape(name)}</span></a>'
            for name, href in tags
        )
        parts.append(f"<p>{links}</p>")
    return "".join(parts)


def hashtag_tags(call: Call) -> list[JsonObject]:
    """Its themes for `tag`, where other software looks for them."""
    return [{"type": "Hashtag", "name": f"#{name}", "href": href} for name, href in _hashtags(call)]


def _event_link(call: Call) -> list[JsonObject]:
    """FEP-e232: where the same stands as an Event, for software that would rather have that one."""
    if not call.as_event:
        return []
    href = event_uri(call.uri)
    return [{"type": "Link", "mediaType": LD_JSON_PROFILE, "href": href, "rel": ["related"]}]


def _hashtags(call: Call) -> list[tuple[str, str]]:
    """(name without #, page). The page is the first one of the author's server, with that theme chosen."""
    parts = urlsplit(call.uri)
    root = f"{parts.scheme}://{parts.netloc}/?"
    return [(hashtag(theme), root + urlencode({"theme": theme})) for theme in call.themes]


def read_call(document: JsonObject) -> Call:
    """The call in a Note. Raises Malformed when it is none: another type, a reply, not public, no status.

    Whether it is authentic and whose it is was decided before. Unknown words, places and times are left out.
    """
    uri, actor_id = id_of(document.get("id")), id_of(one(document, "attributedTo"))
    state = known_word(one(document, "callStatus"), ("open", "closed"))
    if uri is None or actor_id is None or type_of(document) != "Note" or state is None:
        raise Malformed("not-a-call")
    if document.get("inReplyTo") is not None or not is_public([*many(document, "to"), *many(document, "cc")]):
        raise Malformed("not-a-call")
    published = time_of(document, "published")
    if published is None:
        raise Malformed("no-published")
    text = _text(document)
    title = (text_of(document, "name", MAX_TITLE) or text.partition("\n")[0][:MAX_TITLE]).strip()
    if not title:
        raise Malformed("no-title")
    return Call(
        uri=uri,
        actor_id=actor_id,
        state="closed" if state == "closed" else "open",
        title=" ".join(title.split()),
        text=text,
        kind=known_word(one(document, "callType"), KINDS),
        size=known_word(one(document, "callSize"), SIZES),
        language=_language(document),
        themes=known_words(many(document, "theme"), THEMES),
        start=_start(document),
        deadline=_deadline(document),
        link=_link(document),
        place=_place(document),
        published=published.astimezone(UTC),
        updated=(time_of(document, "updated") or published).astimezone(UTC),
        as_event=any(id_of(tag) == event_uri(uri) for tag in many(document, "tag")),
    )


def _text(document: JsonObject) -> str:
    source = document.get("source")
    if isinstance(source, dict) and source.get("mediaType") == "text/markdown":
        text = text_of(source, "content", MAX_TEXT)
    else:
        content = document.get("content")
        text = plain_text(content[:MAX_CONTENT])[:MAX_TEXT] if isinstance(content, str) else ""
    return text or ""


def _language(document: JsonObject) -> str:
    content_map = document.get("contentMap")
    try:
        tag = next(iter(content_map), "") if isinstance(content_map, dict) else ""
        return _known_language(tag) if len(tag) <= MAX_TAG else UNKNOWN_LANGUAGE
    except ValueError:
        return UNKNOWN_LANGUAGE


# Looking a tag up takes as long as reading the rest of the call, and there are few.
_known_language = lru_cache(maxsize=256)(parse_language)


def _start(document: JsonObject) -> str | None:
    start = time_of(document, "startTime")
    return _date(document, "startDate") if start is None else moment_text(start)


def _deadline(document: JsonObject) -> str | None:
    deadline, day = time_of(document, "deadline"), _date(document, "deadlineDate")
    if deadline is None:
        return day
    # The date counts only while it says the same as the time that everybody else reads.
    if day is not None and end_of_day(date.fromisoformat(day)) == deadline:
        return day
    return moment_text(deadline)


def _date(document: JsonObject, key: str) -> str | None:
    value = document.get(key)
    try:
        moment = parse_moment(value) if isinstance(value, str) and len(value) == len("2026-12-05") else None
    except ValueError:
        return None
    return None if moment is None or isinstance(moment, datetime) else moment_text(moment)


def _link(document: JsonObject) -> str | None:
    for attachment in many(document, "attachment"):
        if isinstance(attachment, dict) and type_of(attachment) == "Link":
            href = id_of(attachment)
            if href is not None and is_web_link(href):
                return href
    return None


def _place(document: JsonObject) -> str | None:
    location = one(document, "location")
    if not isinstance(location, dict):
        return None
    name = text_of(location, "name", MAX_TITLE)
    if name == UNDISCLOSED:
        return UNDISCLOSED
    place = by_label(name) if name else None
    return None if place is None else place.label
