"""What may be asked for, and when a call may change."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from server.documents.call import MAX_TEXT, MAX_TITLE, Call
from server.documents.event import starts_at
from server.documents.moments import end_of_day, parse_moment
from server.feature import Refusal
from server.initiative.arguments import Arguments
from server.taxonomy.kinds import parse_kind
from server.taxonomy.languages import parse_language
from server.taxonomy.places import UNDISCLOSED
from server.taxonomy.sizes import parse_size
from server.taxonomy.themes import THEMES, parse_theme
from server.taxonomy.words import N_ as _

MAX_OUTCOME = 300
CALL_ID = re.compile(r"[0-9a-f]{20}", re.ASCII)
TICK = timedelta(milliseconds=1)
DETAILS = (
    *("title", "text", "kind", "size", "language", "themes", "start", "deadline", "place", "link"),
    "event",
)
EVENT_NEEDS_TIME: Final = _(
    "A calendar needs to know when it begins: give the start a date and a time, or do not offer it as an event."
)
EVENT_IS_OVER: Final = _(
    "This was taken off the calendars once, and an event that was deleted there cannot come back. Write a similar call."
)


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call as this instance keeps it: its facts, and the signed bytes that its address answers with.

    `event`: the signed Event, a Tombstone once it is taken off the calendars, None if it was never offered to them.
    """

    call: Call
    document: str
    event: str | None = None

    @property
    def event_is_over(self) -> bool:
        return self.event is not None and not self.call.as_event


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """All that is left of a withdrawn call; `event` as of a `KeptCall`."""

    uri: str
    actor_id: str
    tombstone: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a call says, apart from its address and history. While it is being written title and text may be ""."""

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
    notes: tuple[str, ...] = ()
    as_event: bool = False

    def as_call(self, uri: str, actor_id: str, now: datetime) -> Call:
        moment = whole_milliseconds(now)
        return Call(
            uri=uri,
            actor_id=actor_id,
            state="open",
            title=self.title,
            text=self.text,
            kind=self.kind,
            size=self.size,
            language=self.language,
            themes=self.themes,
            start=self.start,
            deadline=self.deadline,
            link=self.link,
            place=self.place,
            published=moment,
            updated=moment,
            as_event=self.as_event,
        )

    @property
    def is_complete(self) -> bool:
        """Whether it could be published."""
        return bool(self.title and self.text)


def words_of(call: Call) -> Draft:
    return Draft(
        title=call.title,
        text=call.text,
        kind=call.kind,
        size=call.size,
        language=call.language,
        themes=call.themes,
        start=call.start,
        deadline=call.deadline,
        link=call.link,
        place=call.place,
        as_event=call.as_event,
    )


def rewritten(call: Call, words: Draft) -> Call:
    """The same call saying something else; a closed one stays closed."""
    return replace(
        call,
        title=words.title,
        text=words.text,
        kind=words.kind,
        size=words.size,
        language=words.language,
        themes=words.themes,
        start=words.start,
        deadline=words.deadline,
        link=words.link,
        place=words.place,
        as_event=words.as_event,
    )


def require_event_time(words: Draft | Call) -> None:
    """Raises `Refusal` for an event without a time of day."""
    if words.as_event and starts_at(words.start) is None:
        raise Refusal(EVENT_NEEDS_TIME)


def read_draft(arguments: Arguments, default_language: str) -> Draft:
    """Raises `Refusal` with one sentence for whatever is wrong."""
    place, notes = arguments.place("place", UNDISCLOSED)
    words = Draft(
        title=arguments.required("title", MAX_TITLE),
        text=arguments.required("text", MAX_TEXT, lines=True),
        kind=arguments.word("kind", parse_kind),
        size=arguments.word("size", parse_size),
        language=arguments.word("language", parse_language) or default_language,
        themes=arguments.words("themes", parse_theme, len(THEMES)),
        start=arguments.moment("start"),
        deadline=arguments.moment("deadline"),
        link=arguments.web_link("link"),
        place=place,
        notes=tuple(notes),
        as_event=arguments.flag("event"),
    )
    require_event_time(words)
    return words


def read_edit(arguments: Arguments, call: Call) -> tuple[Call, list[str]]:
    """The call with what was given, and notes on the place. An empty value takes an optional fact away."""
    notes: list[str] = []
    if "title" in arguments:
        call = replace(call, title=arguments.required("title", MAX_TITLE))
    if "text" in arguments:
        call = replace(call, text=arguments.required("text", MAX_TEXT, lines=True))
    if "kind" in arguments:
        call = replace(call, kind=arguments.word("kind", parse_kind))
    if "size" in arguments:
        call = replace(call, size=arguments.word("size", parse_size))
    if "language" in arguments:
        call = replace(call, language=arguments.word("language", parse_language) or call.language)
    if "themes" in arguments:
        call = replace(call, themes=arguments.words("themes", parse_theme, len(THEMES)))
    if "start" in arguments:
        call = replace(call, start=arguments.moment("start"))
    if "deadline" in arguments:
        call = replace(call, deadline=arguments.moment("deadline"))
    if "link" in arguments:
        call = replace(call, link=arguments.web_link("link"))
    if "place" in arguments:
        place, notes = arguments.place("place", UNDISCLOSED)
        call = replace(call, place=place)
    if "event" in arguments:
        call = replace(call, as_event=arguments.flag("event"))
    require_event_time(call)
    return call, notes


def is_overdue(call: Call, now: datetime) -> bool:
    """Open although its deadline is over."""
    return call.state == "open" and call.deadline is not None and end_of(parse_moment(call.deadline)) < now


def end_of(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else end_of_day(moment)


def closed(call: Call, outcome: str = "") -> Call:
    """Over, and what came of it, right below the title where every reader finds it: documents have no member for that.

    Raises `Refusal` when it is closed already, or when there is no room for so many words.
    """
    if call.state == "closed":
        raise Refusal(f"{call.uri} is closed already; edit it, or withdraw it to take it down.")
    text = f"{outcome}\n\n{call.text}" if outcome else call.text
    if len(text) > MAX_TEXT:
        room = max(0, MAX_TEXT - len(call.text) - 2)
        raise Refusal(f"The call has room for {room} characters more; say what came of it in fewer words.")
    return replace(call, state="closed", text=text)


def later(last: datetime, now: datetime) -> datetime:
    """When a change happened: strictly after the last one, in whole milliseconds.

    Mastodon drops an edit whose `updated` is not later than what it holds, and two edits may share a
    millisecond or meet a clock that was set back (AC-5.7).
    """
    return max(whole_milliseconds(now), last + TICK)


def whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
