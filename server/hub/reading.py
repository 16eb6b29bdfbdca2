"""What a reader asks for in an address: filters and the place in a list."""

import re
from collections.abc import Iterable

from starlette.requests import Request

from server.hub.calls.model import CallFilter
from server.hub.listings.model import ListingFilter
from server.taxonomy.kinds import KINDS, parse_kind
from server.taxonomy.languages import parse_language
from server.taxonomy.places import by_label
from server.taxonomy.sizes import SIZES, parse_size
from server.taxonomy.themes import THEMES, parse_theme

Position = tuple[int, str]

_POSITION = re.compile(r"([0-9]{1,15})-([a-z2-7]{16})")


class NotUnderstood(ValueError):
    """A filter or a place in the list that we cannot read; one sentence that says what would do."""


def calls_wanted(request: Request) -> CallFilter:
    """For pages: what cannot be read is as if it were not asked for."""
    return CallFilter(
        theme=_known(request, "theme", THEMES),
        kind=_known(request, "kind", KINDS),
        language=_language(request),
        size=_known(request, "size", SIZES),
        place=_place(request),
    )


def listings_wanted(request: Request) -> ListingFilter:
    return ListingFilter(theme=_known(request, "theme", THEMES), language=_language(request))


def require_understood(request: Request) -> None:
    """For programs, to whom an unread filter would be a wrong answer. Raises `NotUnderstood`."""
    checks = {"theme": parse_theme, "kind": parse_kind, "size": parse_size, "language": parse_language}
    for name, check in checks.items():
        text = request.query_params.get(name)
        if text:
            try:
                check(text)
            except ValueError as error:
                raise NotUnderstood(str(error)) from None
    if request.query_params.get("after") and position(request) is None:
        raise NotUnderstood("The page named by `after` is none of ours; begin without it and follow `next`.")


def position(request: Request) -> Position | None:
    """The last item of the page before, as `position_text` wrote it."""
    match = _POSITION.fullmatch(request.query_params.get("after", ""))
    return None if match is None else (int(match[1]), match[2])


def position_text(position: Position) -> str:
    return f"{position[0]}-{position[1]}"


def _known(request: Request, name: str, known: Iterable[str]) -> str | None:
    word = request.query_params.get(name, "").strip().lower()
    return word if word in known else None


def _language(request: Request) -> str | None:
    text = request.query_params.get("language", "")
    try:
        return parse_language(text) if text else None
    except ValueError:
        return None


def _place(request: Request) -> str | None:
    text = request.query_params.get("place", "")
    place = by_label(text) if text else None
    return None if place is None else place.label
