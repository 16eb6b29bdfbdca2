"""A call as a page shows it: in a list, and at length."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from server.documents.call import Call, call_facts
from server.taxonomy.kinds import kind_label
from server.taxonomy.languages import language_name
from server.taxonomy.wording import SEPARATOR


@dataclass(frozen=True, slots=True)
class Card:
    """`facts` is the one line of facts in the reader's language; `path` leads to the call's page."""

    title: str
    language: str
    closed: bool
    facts: str
    path: str
    initiative: str
    initiative_path: str


def card(call: Call, initiative: str, handle: str, language: str, today: date) -> Card:
    return Card(
        title=call.title,
        language=call.language,
        closed=call.state == "closed",
        facts=facts(call, language, today),
        path=urlsplit(call.uri).path,
        initiative=initiative,
        initiative_path=f"/@{handle}",
    )


def facts(call: Call, language: str, today: date) -> str:
    """Size, start, deadline and place, then kind and the call's language."""
    parts = [call_facts(call, language, today)]
    if call.kind is not None:
        parts.append(kind_label(call.kind, language))
    parts.append(language_name(call.language, language))
    return SEPARATOR.join(part for part in parts if part)
