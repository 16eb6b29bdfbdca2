"""Cards of an initiative's own calls."""

from datetime import date
from urllib.parse import urlsplit

from server.documents.call import Call
from server.documents.cards import Card, facts


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
