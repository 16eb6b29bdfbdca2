"""A call as a page shows it in a list: the same on an initiative's pages and on a hub's."""

from dataclasses import dataclass
from datetime import date

from server.documents.call import UNKNOWN_LANGUAGE, Call, call_facts
from server.taxonomy.kinds import kind_label
from server.taxonomy.languages import language_name
from server.taxonomy.wording import SEPARATOR


@dataclass(frozen=True, slots=True)
class Card:
    """`facts` is the one line of facts in the reader's language; `path` leads to the call's page here."""

    title: str
    language: str
    closed: bool
    facts: str
    path: str
    initiative: str
    initiative_path: str


def facts(call: Call, language: str, today: date) -> str:
    """Size, start, deadline and place, then kind and the call's language, in the reader's `language`."""
    parts = [call_facts(call, language, today)]
    if call.kind is not None:
        parts.append(kind_label(call.kind, language))
    if call.language != UNKNOWN_LANGUAGE:
        parts.append(language_name(call.language, language))
    return SEPARATOR.join(part for part in parts if part)
