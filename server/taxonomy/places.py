"""The gazetteer: cities and countries by name. Never an address, never the position of a person.

`places.tsv` and `countries.tsv` are built by scripts/build_places.py from GeoNames, most populous first, one
place a line: id, name, country, latitude, longitude, population, "occupied" or nothing, folded names between
bars. They are searched where they lie on the disk: nothing is loaded at start.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from server.taxonomy.folding import fold
from server.taxonomy.languages import INTERFACE_LANGUAGES, locale_of, translations

ATTRIBUTION: Final = "GeoNames, CC BY 4.0"
UNDISCLOSED: Final = "undisclosed"

_ROOM: Final = Path(__file__).resolve().parent
_MAX_TEXT: Final = 100
_MOST_OTHERS: Final = 5
_MOST_NEAR: Final = 300
_LIKE: Final = 0.7
# Countries that prosecute people for what initiatives here do.
_PROSECUTING: Final = frozenset({"RU", "BY"})


@dataclass(frozen=True, slots=True)
class Place:
    """A named place; latitude and longitude in degrees are the gazetteer's point of it, to two decimals."""

    id: str
    name: str
    country: str
    latitude: float
    longitude: float
    population: int
    kind: Literal["city", "country"]
    occupied: bool = False

    @property
    def label(self) -> str:
        """The name that federates: "Leipzig, DE", or "Germany" for a country."""
        return self.name if self.kind == "country" else f"{self.name}, {self.country}"


@dataclass(frozen=True, slots=True)
class Found:
    """The most populous place of a name, and the labels of the next ones."""

    place: Place
    others: tuple[str, ...] = ()


class UnknownPlace(ValueError):
    """No place of that name. The message is one sentence; `suggestions` are labels of near names."""

    def __init__(self, text: str, suggestions: tuple[str, ...]) -> None:
        shown = "".join(c for c in text if c.isprintable())[:60]
        mend = f"name a larger city nearby, a country, or “{UNDISCLOSED}”"
        hint = f"did you mean {' or '.join(suggestions)} (else {mend})?" if suggestions else f"{mend}."
        super().__init__(f"There is no place “{shown}” in our list; {hint}")
        self.suggestions = suggestions


def find(text: str) -> Found | None:
    """The place called `text`: a name in any of many languages, "name, CC", a country, its code in capitals.

    None for "undisclosed". Raises UnknownPlace, whatever the text.
    """
    wish = text.strip()
    if fold(wish) == UNDISCLOSED:
        return None
    if len(wish) > _MAX_TEXT:
        raise UnknownPlace(text, ())
    if len(wish) == 2 and (country := _countries_by_code().get(wish)):
        return Found(country)
    name, comma, where = wish.rpartition(",")
    code = _country_code(where) if comma else None
    matches = _named(fold(name), code) if code else _named(fold(wish), None)
    if not matches:
        raise UnknownPlace(text, _near(fold(name) if comma else fold(wish)))
    return Found(matches[0], tuple(place.label for place in matches[1:]))


def named(text: str) -> Place | None:
    """The most populous place of exactly this name, if there is one. For searches: remembers nothing of the text."""
    folded = fold(text) if len(text) <= _MAX_TEXT else ""
    return next(iter(_all_named(folded, None)), None)


def by_label(label: str) -> Place | None:
    """The place that bears exactly this label, as other servers send it; None if we do not know it."""
    if len(label) > _MAX_TEXT or any(c in label for c in "\t\n|"):
        return None
    return _by_label(label)


def is_risky(place: Place) -> bool:
    """Whether its name can lead to people who are then prosecuted: Russia, Belarus, occupied areas."""
    return place.occupied or place.country in _PROSECUTING


def warning(place: Place, language: str) -> str | None:
    """One sentence for whoever names a risky place, in their language; None for all other places."""
    _ = translations(language).gettext
    if place.occupied:
        sentence = _(
            "%(place)s lies in or near occupied territory: its name can lead to people. "
            "“Undisclosed” is the safer choice."
        )
    elif place.country in _PROSECUTING:
        sentence = _(
            "%(place)s lies where people are prosecuted for work like this: its name can lead to them. "
            "“Undisclosed” is the safer choice."
        )
    else:
        return None
    return sentence % {"place": local_name(place, language)}


def local_name(place: Place, language: str) -> str:
    """The place's name in an interface language, from reviewed names only; else its main name.

    Never from the alternate names of the gazetteer: they bear no language, and a guess would put a Russian
    name on a Ukrainian city.
    """
    primary = language.partition("-")[0]
    if primary not in INTERFACE_LANGUAGES or primary == "en":
        return place.name
    reviewed = _reviewed_names().get(place.id)
    if reviewed is not None:
        return reviewed[INTERFACE_LANGUAGES.index(primary)]
    if place.kind == "country":
        return str(locale_of(primary).territories.get(place.country, place.name))
    return place.name


def _place(line: str) -> Place:
    identifier, name, country, latitude, longitude, population, flag, _names = line.split("\t")
    return Place(
        id=identifier,
        name=name,
        country=country,
        latitude=float(latitude),
        longitude=float(longitude),
        population=int(population),
        kind="country" if identifier.startswith("country:") else "city",
        occupied=flag == "occupied",
    )


@lru_cache(maxsize=1)
def _cities() -> mmap.mmap:
    with (_ROOM / "places.tsv").open("rb") as source:
        return mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)


def _lines_with(needle: str) -> Iterator[str]:
    """The lines of places.tsv that contain the text, most populous first, each once."""
    # JSON may carry half a surrogate pair, which strict UTF-8 refuses; passed on it matches nothing.
    table, wanted = _cities(), needle.encode(errors="surrogatepass")
    at = table.find(wanted)
    while at >= 0:
        end = table.find(b"\n", at)
        yield table[table.rfind(b"\n", 0, at) + 1 : end].decode()
        at = table.find(wanted, end)


@lru_cache(maxsize=1)
def _countries() -> tuple[tuple[Place, frozenset[str]], ...]:
    lines = (_ROOM / "countries.tsv").read_text("utf-8").splitlines()
    return tuple((_place(line), frozenset(line.rpartition("\t")[2].strip("|").split("|"))) for line in lines)


@lru_cache(maxsize=1)
def _countries_by_code() -> dict[str, Place]:
    return {place.country: place for place, _names in _countries()}


@lru_cache(maxsize=1)
def _countries_by_label() -> dict[str, Place]:
    return {place.label: place for place, _names in _countries()}


def _country_code(text: str) -> str | None:
    code = text.strip().upper()
    if code in _countries_by_code():
        return code
    wanted = fold(text)
    return next((place.country for place, names in _countries() if wanted in names), None)


@lru_cache(maxsize=512)
def _named(folded: str, country: str | None) -> tuple[Place, ...]:
    return _all_named(folded, country)


def _all_named(folded: str, country: str | None) -> tuple[Place, ...]:
    """The places of a folded name, the most populous first; of one country if its code is given."""
    if not folded:
        return ()
    places = [place for place, names in _countries() if country is None and folded in names]
    for line in _lines_with(f"|{folded}|"):
        place = _place(line)
        if country in (None, place.country):
            places.append(place)
    places.sort(key=lambda place: -place.population)
    return tuple(places[: _MOST_OTHERS + 1])


# A hub's map names each of its places for every reader.
@lru_cache(maxsize=8192)
def _by_label(label: str) -> Place | None:
    country = _countries_by_label().get(label)
    name, comma, code = label.rpartition(", ")
    if country is not None or not comma:
        return country
    line = next(_lines_with(f"\t{name}\t{code}\t"), None)
    return _place(line) if line else None


@lru_cache(maxsize=256)
def _near(folded: str) -> tuple[str, ...]:
    """Labels of up to three places whose names resemble this one and begin alike."""
    if len(folded) < 2:
        return ()
    lines: dict[str, float] = {}
    for length in range(min(len(folded), 4), 1, -1):
        prefix = folded[:length]
        # The most populous come first; a bound keeps a mistyped name as quick as a right one.
        for line in islice(_lines_with(f"|{prefix}"), _MOST_NEAR):
            names = line.rpartition("\t")[2].split("|")
            lines[line] = max(SequenceMatcher(None, folded, name).ratio() for name in names)
        if any(likeness >= _LIKE for likeness in lines.values()):
            break
    best = sorted((line for line in lines if lines[line] >= _LIKE), key=lambda line: -lines[line])
    return tuple(_place(line).label for line in best[:3])


@lru_cache(maxsize=1)
def _reviewed_names() -> dict[str, tuple[str, ...]]:
    lines = (_ROOM / "place_names.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {identifier: tuple(names) for identifier, *names in rows}
