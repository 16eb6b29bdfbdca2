"""The house's error pages: what ends a request with one, and what they say."""

from collections.abc import Mapping
from typing import Final

from server.taxonomy.words import N_ as _

TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: (
        _("This request could not be read"),
        _("Something in the address or the form is not as it should be. Go back and try again."),
    ),
    401: (
        _("Sign in first"),
        _("This page is for people who edit here. Sign in and come back."),
    ),
    403: (
        _("This is not open to you"),
        _("Your account may not do this. Somebody who owns this place can invite you."),
    ),
    404: (
        _("There is nothing here"),
        _("The address may be mistyped, or the page has moved. Start again from the first page."),
    ),
    405: (
        _("This page cannot be used that way"),
        _("Open it as a page instead of sending something to it."),
    ),
    410: (
        _("This was taken down"),
        _("Whoever published it has withdrawn it. Nothing of it is kept here."),
    ),
    413: (
        _("This is too large"),
        _("Send less at once: a picture of at most 8 MB, or a shorter text. Nothing was changed."),
    ),
    415: (
        _("This request could not be read"),
        _("Something in the address or the form is not as it should be. Go back and try again."),
    ),
    429: (
        _("Too many tries"),
        _("Wait a few minutes, then try again. Nothing was lost."),
    ),
    500: (
        _("Something went wrong here"),
        _("It is our mistake, not yours. Try again in a few minutes."),
    ),
    503: (
        _("Not just now"),
        _("This server cannot do that at the moment. Nothing was lost; try again in a minute."),
    ),
}


class PageError(Exception):
    """Ends a request with the house's error page. Title and sentence are gettext msgids."""

    def __init__(self, status: int, title: str, sentence: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.sentence = sentence
