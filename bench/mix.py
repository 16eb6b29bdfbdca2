"""What arrives at an inbox: four of ten are calls by listed initiatives, four likes, two follows."""

import random
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from bench.peers import Account
from bench.sink import Sink

SEED: Final = 1123
MIX: Final = ("Create",) * 4 + ("Like",) * 4 + ("Follow",) * 2


def mixed(
    sink: Sink,
    authority: str,
    actor: str,
    initiatives: Sequence[Account],
    people: Sequence[Account],
    items: int,
) -> list[bytes]:
    """`items` signed requests to the shared inbox at `authority`, in an order that is the same each time.

    Initiatives write calls, which can be fetched from `sink`: a hub looks before it announces one, and looks again and
    again at what is not there. People like and follow `actor`.
    """
    kinds = [MIX[number % len(MIX)] for number in range(items)]
    random.Random(SEED).shuffle(kinds)
    requests = []
    for number, kind in enumerate(kinds):
        if kind == "Create":
            author = initiatives[number % len(initiatives)]
            create = author.call(number)
            sink.notes[urlsplit(create["object"]["id"]).path] = create["object"]
            requests.append(author.request(authority, create))
        else:
            person = people[number % len(people)]
            requests.append(person.request(authority, person.activity(kind, actor)))
    return requests
