"""What a person asked for, as JSON from the command line or the control socket. Every problem is one sentence."""

import base64
import binascii
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from federation.documents import text_of
from server.documents.moments import moment_text, parse_moment
from server.documents.profile import MAX_LINK_NAME, MAX_LINKS, ProfileLink
from server.documents.rich_text import is_web_link
from server.feature import Refusal
from server.taxonomy import places
from server.taxonomy.folding import fold

T = TypeVar("T")

MAX_ICON_BYTES = 8 * 1024 * 1024
Word = Callable[[str], str]


class Arguments:
    """The arguments of one command. `name in arguments`: it was given, be it empty."""

    def __init__(self, command: str, values: Mapping[str, Any], known: Collection[str]) -> None:
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise Refusal(f"{command} does not know {_listed(unknown)}; it takes: {', '.join(known)}.")
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, limit: int, *, lines: bool = False) -> str:
        """Tidied text, "" if absent; on one line unless `lines`."""
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Refusal(f"The {_words(name)} must be text.")
        # NFC and without control or direction characters, exactly as readers of the document will have it.
        tidy = (text_of({name: value}, name, 3 * len(value)) or "").strip()
        if not lines:
            tidy = " ".join(tidy.split())
        if len(tidy) > limit:
            raise Refusal(f"The {_words(name)} has {len(tidy)} characters; shorten it to {limit} or fewer.")
        return tidy

    def required(self, name: str, limit: int, *, lines: bool = False) -> str:
        text = self.text(name, limit, lines=lines)
        if not text:
            raise Refusal(f"The {_words(name)} is missing; give one.")
        return text

    def flag(self, name: str) -> bool:
        """Yes or no; no if absent."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise Refusal(f"The {_words(name)} must be true or false.")
        return bool(value)

    def word(self, name: str, parse: Word) -> str | None:
        """One word of a closed vocabulary; None if absent or empty."""
        text = self.text(name, 100)
        return _parsed(parse, text) if text else None

    def words(self, name: str, parse: Word, limit: int) -> tuple[str, ...]:
        """Words of a vocabulary, each once; a single text counts as a list of one."""
        value = self._values.get(name)
        if value is None or value == "":
            return ()
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
            raise Refusal(f"The {_words(name)} must be a list of words.")
        words = tuple(dict.fromkeys(_parsed(parse, entry) for entry in listed))
        if len(words) > limit:
            raise Refusal(f"There are {len(words)} {_words(name)}; choose {limit} or fewer.")
        return words

    def moment(self, name: str) -> str | None:
        """A date, or a time with its offset, in its one spelling."""
        text = self.text(name, 40)
        if not text:
            return None
        try:
            return moment_text(parse_moment(text))
        except ValueError:
            raise Refusal(
                f"“{text}” is no {_words(name)} we can read; write 2026-12-05, or with a time and its offset "
                "2026-12-05T10:00+01:00."
            ) from None

    def web_link(self, name: str) -> str | None:
        text = self.text(name, 2048)
        if text and not is_web_link(text):
            raise Refusal(f"“{text[:100]}” is no web address; write it whole, beginning with https://.")
        return text or None

    def links(self, name: str) -> tuple[ProfileLink, ...]:
        """Pairs of a name and a web address."""
        value = self._values.get(name) or []
        if not isinstance(value, list):
            raise Refusal('Links are pairs of a name and an address, as in ["Website", "https://..."].')
        links = tuple(_link(entry) for entry in value)
        if len(links) > MAX_LINKS:
            raise Refusal(f"There are {len(links)} links; keep {MAX_LINKS} or fewer.")
        return links

    def place(self, name: str, undisclosed: str | None = None) -> tuple[str | None, list[str]]:
        """The label of a named place, and what the person should know about the choice.

        None when nothing was said; `undisclosed` when that was said.
        """
        text = self.text(name, 100)
        if text == places.UNDISCLOSED:
            return undisclosed, []
        exact = places.by_label(text)
        try:
            # A label names one place; as a mere name it might stand for a larger one beside it.
            found = places.Found(exact) if exact else places.find(text) if text else None
        except places.UnknownPlace as problem:
            raise Refusal(str(problem)) from None
        if found is None:
            return None, []
        notes = []
        if found.others:
            notes.append(f"Took {found.place.label}; others of that name: {'; '.join(found.others)}.")
        elif fold(text.rpartition(",")[0] or text) != fold(found.place.name):
            notes.append(f"Took {found.place.label}.")
        warning = places.warning(found.place, "en")
        if warning:
            notes.append(warning)
        return found.place.label, notes

    def picture(self, name: str) -> bytes | None:
        """The bytes of a picture that came in base64; None if absent or empty."""
        value = self._values.get(name)
        if not value:
            return None
        too_large = Refusal(f"The {_words(name)} is too large; use a picture of at most 8 MB.")
        if not isinstance(value, str):
            raise Refusal(f"The {_words(name)} must be a picture in base64.")
        if len(value) > MAX_ICON_BYTES * 4 // 3 + 4:
            raise too_large
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise Refusal(f"The {_words(name)} must be a picture in base64.") from None


def _link(entry: object) -> ProfileLink:
    match entry:
        case [str(name), str(url)]:
            tidy = " ".join((text_of({"name": name}, "name", MAX_LINK_NAME + 1) or "").split())
            if not tidy or len(tidy) > MAX_LINK_NAME:
                raise Refusal(f"A link needs a name of at most {MAX_LINK_NAME} characters.")
            if not is_web_link(url):
                raise Refusal(f"“{url[:100]}” is no web address; write it whole, beginning with https://.")
            return ProfileLink(tidy, url)
        case _:
            raise Refusal('Links are pairs of a name and an address, as in ["Website", "https://..."].')


def _parsed(parse: Word, text: str) -> str:
    try:
        return parse(text)
    except ValueError as problem:
        raise Refusal(str(problem)) from None


def _words(name: str) -> str:
    return {"links": "links", "icon_alt": "description of the icon"}.get(name, name)


def _listed(names: Collection[str]) -> str:
    shown = ["".join(c for c in name[:40] if unicodedata.category(c)[0] != "C") for name in list(names)[:5]]
    return " and ".join(f"“{name}”" for name in shown)
