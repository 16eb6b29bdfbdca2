"""What editors see of an applicant, one line for each question, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from federation.origins import origin_of
from server.documents.profile import ReadProfile
from server.hub.asking import isolated
from server.hub.curation.alike import alike
from server.hub.curation.model import Answer, Examination, Finding, Question
from server.hub.listings.model import Listing
from server.hub.listings.store import KnownListing
from server.taxonomy.wording import day
from server.taxonomy.words import N_
from server.web.forms import Message

Mark = Literal["yes", "no", "unknown", "noted"]

MARKS: dict[Mark, str] = {
    "yes": N_("Fine"),
    "no": N_("Look closely"),
    "unknown": N_("Not known"),
    "noted": N_("Note"),
}
"""The word beside each line, which is also its class in the style: colour alone says nothing."""

_MARK: dict[Answer, Mark] = {"yes": "yes", "no": "no", "silent": "unknown"}

_SENTENCES: dict[tuple[Question, Answer], str] = {
    ("profile", "yes"): N_("Its server answers and shows this account."),
    ("profile", "no"): N_("Its server shows something else at the account's address."),
    ("profile", "silent"): N_("Its server could not be reached."),
    ("handle", "yes"): N_("The name %(handle)s leads to this account and back."),
    ("handle", "no"): N_("The name %(handle)s does not lead to this account and back."),
    ("handle", "silent"): N_("Whether %(handle)s leads to this account could not be asked."),
    ("proof", "yes"): N_("The profile is signed with the key it applied with."),
    ("proof", "no"): N_("The profile is not signed with the key it applied with."),
    ("discoverable", "yes"): N_("It does not object to being found in directories."),
    ("discoverable", "no"): N_("It does not want to be found in directories."),
    ("indexable", "yes"): N_("It does not object to being found by search."),
    ("indexable", "no"): N_("It does not want to be found by search."),
    ("link", "yes"): N_("%(about)s links back to this account."),
    ("link", "no"): N_("%(about)s does not link back to this account."),
    ("link", "silent"): N_("%(about)s could not be read."),
    ("same-address", "yes"): N_("%(about)s names the same page as its own."),
}


@dataclass(frozen=True, slots=True)
class Line:
    mark: Mark
    text: Message
    path: str = ""


def lines(
    listing: Listing,
    said: ReadProfile,
    examination: Examination | None,
    known: Sequence[KnownListing],
    blocked: Iterable[str],
    language: str,
) -> list[Line]:
    """All that is known, what was asked over the net first."""
    found = [_line(finding, listing) for finding in examination.findings] if examination else []
    return [
        *found,
        *_same_key(listing, known),
        *_alike(listing, known),
        *_host(listing),
        *_blocked_nearby(listing, blocked),
        *_age(listing, said, known, language),
    ]


def _line(finding: Finding, listing: Listing) -> Line:
    values = {"handle": listing.handle, "about": isolated(finding.about)}
    mark = _MARK[finding.answer]
    if finding.question == "same-address":
        mark = "no"
    elif finding.question == "link" and finding.answer == "no":
        # Most pages do not link back, and that says nothing against anybody.
        mark = "noted"
    return Line(mark, Message(_SENTENCES[finding.question, finding.answer], values))


def _same_key(listing: Listing, known: Sequence[KnownListing]) -> list[Line]:
    key = listing.key.multibase if listing.key is not None else None
    return [
        Line(
            "no",
            Message(N_("%(handle)s signs with the same key."), {"handle": other.handle}),
            _path(other),
        )
        for other in known
        if key is not None and other.key == key and other.actor_id != listing.actor_id
    ]


def _alike(listing: Listing, known: Sequence[KnownListing]) -> list[Line]:
    others = [other for other in known if other.state in ("applied", "listed")]
    found = alike(listing.actor_id, listing.name, listing.handle, others)
    if not found:
        return [Line("yes", Message(N_("No name here looks like this one.")))]
    sentence = N_("Could be mistaken for %(name)s, %(handle)s.")
    return [
        Line("no", Message(sentence, {"name": isolated(other.name), "handle": other.handle}), _path(other))
        for other in found
    ]


def _host(listing: Listing) -> list[Line]:
    """A host in another script: both spellings are shown, the one that counts first (CON-09)."""
    host = listing.handle.rpartition("@")[2]
    if "xn--" not in host:
        return []
    try:
        read = host.encode("ascii").decode("idna")
    except UnicodeError:
        read = "?"
    sentence = N_("The host %(host)s is written in another script: %(read)s. Compare it letter by letter.")
    return [Line("no", Message(sentence, {"host": host, "read": isolated(read)}))]


def _blocked_nearby(listing: Listing, blocked: Iterable[str]) -> list[Line]:
    host = origin_of(listing.actor_id).host
    near = []
    for target in blocked:
        other = origin_of(target).host
        if host == other or host.endswith(f".{other}") or other.endswith(f".{host}"):
            near.append(target)
    sentence = N_("On the same server or under the same name: %(target)s, which is blocked here.")
    return [Line("no", Message(sentence, {"target": isolated(target)})) for target in near[:3]]


def _age(listing: Listing, said: ReadProfile, known: Sequence[KnownListing], language: str) -> list[Line]:
    origin = listing.actor_id.split("/", 3)[2]
    first = min(
        [other.since for other in known if other.actor_id.split("/", 3)[2] == origin], default=listing.since
    )
    sentence = N_("Its server was first heard of here on %(day)s.")
    found = [Line("noted", Message(sentence, {"day": _day(first, language)}))]
    if said.published is not None:
        sentence = N_("The account says it has existed since %(day)s.")
        found.append(Line("noted", Message(sentence, {"day": _day(said.published, language)})))
    return found


def _day(moment: datetime, language: str) -> str:
    return day(moment.date(), language)


def _path(other: KnownListing) -> str:
    return f"/desk/hub/listings/{other.listing_id}"
