"""Thousands of initiatives and calls, put straight into the tables by the hub's own stores; unsigned, nobody asks."""

import json
import random
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import server.taxonomy
from server.documents.call import Call, call_document
from server.documents.profile import ActorEndpoints, Profile, PublicKeys, profile_document
from server.hub.calls import store as calls
from server.hub.calls.model import KeptCall
from server.hub.listings import store as listings
from server.hub.listings.model import PinnedKey, short_id
from server.hub.listings.store import ProfileFacts
from server.storage.database import Transaction
from server.taxonomy.kinds import KINDS
from server.taxonomy.sizes import SIZES
from server.taxonomy.themes import THEMES

WORDS = re.findall(
    r"\w+",
    "write letters translate leaflets teach repair library Garten Nachbarn Küche Werkstatt Sprache допомога "
    "сусідам переклад бібліотека школа помощь соседям письма музей архив",
)
COUNTRIES = frozenset(re.findall("..", "DEUAPLCZLTLVEEGEAMRSFISENLFRGBKZTRMEMDATESIT"))
KEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def labels(number: int) -> list[str]:
    """The most populous places of countries where many are, as labels."""
    lines = (Path(server.taxonomy.__file__).parent / "places.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    found = [f"{row[1]}, {row[2]}" for row in rows if row[2] in COUNTRIES]
    return list(dict.fromkeys(found))[:number]


def fill(tx: Transaction, now: datetime, *, initiatives: int, asked: int, where: Sequence[str]) -> None:
    """Every place has some; large ones have more."""
    chance = random.Random(3)
    hosts = [f"i{number}.example" for number in range(initiatives)]
    for number, host in enumerate(hosts):
        _initiative(tx, now, chance, host, number, _somewhere(chance, where, number))
    for number in range(asked):
        place = _somewhere(chance, where, number) if number % 2 else None
        _call(tx, now - timedelta(minutes=number), chance, chance.choice(hosts), number, place)


def _somewhere(chance: random.Random, where: Sequence[str], number: int) -> str:
    return where[number % len(where)] if number % 3 else where[int(len(where) * chance.random() ** 3)]


def _initiative(
    tx: Transaction, now: datetime, chance: random.Random, host: str, number: int, place: str
) -> None:
    actor = f"https://{host}/actors/garden"
    profile = Profile(
        handle="garden",
        name=f"{' '.join(chance.sample(WORDS, 3))} {number}",
        summary=" ".join(chance.choices(WORDS, k=50)),
        languages=tuple(chance.sample(["uk", "ru", "de", "en"], 2)),
        themes=tuple(chance.sample(list(THEMES), 2)),
        place=place,
        links=(),
        icon=None,
        published=now,
        updated=now,
        page_url=f"https://{host}/@garden",
    )
    endpoints = ActorEndpoints(
        id=actor,
        inbox=f"{actor}/inbox",
        outbox=f"{actor}/outbox",
        followers=f"{actor}/followers",
        following=f"{actor}/following",
        featured=f"{actor}/featured",
        shared_inbox=f"https://{host}/inbox",
    )
    keys = PublicKeys(
        main_key_id=f"{actor}#main-key",
        main_key_pem="pem",
        proof_key_id=f"{actor}#ed25519-key",
        proof_key_multibase=KEY,
    )
    facts = ProfileFacts(
        document=json.dumps(profile_document(profile, endpoints, keys), ensure_ascii=False).encode(),
        updated=now,
        key=PinnedKey(f"{actor}#ed25519-key", KEY),
        name=profile.name,
        languages=profile.languages,
        themes=profile.themes,
        place=place,
        icon_url=None,
    )
    listings.insert_application(tx, actor, f"@garden@{host}", None, facts, now)
    listings.admit(tx, actor, now)


def _call(
    tx: Transaction, then: datetime, chance: random.Random, host: str, number: int, place: str | None
) -> None:
    actor = f"https://{host}/actors/garden"
    call = Call(
        uri=f"https://{host}/calls/{number}",
        actor_id=actor,
        state="open",
        title=f"{' '.join(chance.sample(WORDS, 5))} {number}",
        text=" ".join(chance.choices(WORDS, k=120)),
        kind=chance.choice(list(KINDS)),
        size=chance.choice(list(SIZES)),
        language=chance.choice(["uk", "ru", "de", "en"]),
        themes=tuple(chance.sample(list(THEMES), 2)),
        start=None,
        deadline=None,
        link=None,
        place=place,
        published=then,
        updated=then,
    )
    document = json.dumps(call_document(call, followers=f"{actor}/followers"), ensure_ascii=False)
    kept = KeptCall(
        uri=call.uri,
        call_id=short_id(call.uri),
        actor_id=actor,
        state="open",
        document=document.encode(),
        updated=then,
        title=call.title,
        language=call.language,
        kind=call.kind,
        size=call.size,
        themes=call.themes,
        place=place,
    )
    calls.save(tx, kept, then)
