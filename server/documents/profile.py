"""An actor's profile as a document: what an initiative writes of itself, what a hub may show of it.

Follows ActivityPub 4.1, FEP-521a (Multikey), FEP-2c59 (webfinger), FEP-844e (generator) and PROTOCOL 4.2. Everything
that a reader on Mastodon needs is said in words as well: unknown terms are dropped there without a trace.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from federation.documents import MAX_ATTACHMENTS, JsonObject, id_of, many, one, text_of, time_of, type_of
from federation.errors import Malformed
from federation.origins import authority_of
from federation.vocabulary import ACTOR_CONTEXT, ACTOR_TYPES, GENERATOR
from server.clock import iso
from server.documents.rich_text import clean, is_web_link, link, link_addresses, markdown_to_html
from server.documents.words import known_words, place_in_words, term
from server.taxonomy.languages import (
    FALLBACK,
    is_language_tag,
    language_name,
    parse_language,
    translations,
)
from server.taxonomy.places import by_label
from server.taxonomy.themes import THEMES, theme_label
from server.taxonomy.words import N_

MAX_NAME: Final = 100
MAX_SUMMARY: Final = 5_000
MAX_SUMMARY_HTML: Final = 20_000
MAX_LINKS: Final = 8
MAX_LINK_NAME: Final = 60
MAX_LANGUAGES: Final = 8
MAX_ALT: Final = 500
THEMES_LABEL: Final = N_("Themes")
PLACE_LABEL: Final = N_("Place")
LANGUAGES_LABEL: Final = N_("Languages")
NOT_SAID: Final = N_("undisclosed")
# Mastodon gives the green tick only to https links that point back with rel="me" (PROTOCOL 5.4).
OWN_REL: Final = "me nofollow noopener noreferrer"


@dataclass(frozen=True, slots=True)
class ProfileLink:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Icon:
    url: str
    media_type: str
    alt: str


@dataclass(frozen=True, slots=True)
class Profile:
    """`summary` is Markdown; `place` a gazetteer label, None means undisclosed; first language is default."""

    handle: str
    name: str
    summary: str
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    place: str | None
    links: tuple[ProfileLink, ...]
    icon: Icon | None
    published: datetime
    updated: datetime
    page_url: str
    discoverable: bool = True
    indexable: bool = True


@dataclass(frozen=True, slots=True)
class ActorEndpoints:
    id: str
    inbox: str
    outbox: str
    followers: str
    following: str
    featured: str
    shared_inbox: str
    handle_domain: str = ""
    """The domain of its handle where that is not the host of its id (FEP-2c59)."""


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The RSA key for HTTP signatures (PEM) and the Ed25519 key for proofs (Multikey)."""

    main_key_id: str
    main_key_pem: str
    proof_key_id: str
    proof_key_multibase: str


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """A foreign profile, safe to show: HTML cleaned, unknown words and places left out."""

    id: str
    type: str
    handle: str
    name: str
    summary_html: str
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    place: str | None
    links: tuple[ProfileLink, ...]
    icon_url: str | None
    icon_alt: str
    url: str | None
    published: datetime | None
    updated: datetime | None
    discoverable: bool
    indexable: bool


def profile_document(
    profile: Profile, endpoints: ActorEndpoints, keys: PublicKeys, *, type: str = "Organization"
) -> JsonObject:
    """The actor document without its proof."""
    document: JsonObject = {
        "@context": ACTOR_CONTEXT,
        "id": endpoints.id,
        "type": type,
        "preferredUsername": profile.handle,
        "webfinger": f"{profile.handle}@{endpoints.handle_domain or authority_of(endpoints.id)}",
        "name": profile.name,
        "summary": markdown_to_html(profile.summary),
        "url": profile.page_url,
        "inbox": endpoints.inbox,
        "outbox": endpoints.outbox,
        "followers": endpoints.followers,
        "following": endpoints.following,
        "featured": endpoints.featured,
        "endpoints": {"sharedInbox": endpoints.shared_inbox},
        "published": iso(profile.published),
        "updated": iso(profile.updated),
        "manuallyApprovesFollowers": False,
        "discoverable": profile.discoverable,
        "indexable": profile.indexable,
        "generator": GENERATOR,
    }
    if profile.icon is not None:
        document["icon"] = {
            "type": "Image",
            "mediaType": profile.icon.media_type,
            "url": profile.icon.url,
            "name": profile.icon.alt,
        }
    if profile.place is not None:
        # A name and never a point (DESIGN 7): coordinates in a document cannot be called back.
        document["location"] = {"type": "Place", "name": profile.place}
    if profile.languages:
        document["languages"] = list(profile.languages)
    if profile.themes:
        document["theme"] = [term(theme) for theme in profile.themes]
    fields = [_field(entry.name, link(entry.url, rel=OWN_REL)) for entry in profile.links]
    if type == "Organization":
        fields += _facts_in_words(profile)
    document["attachment"] = fields
    document["publicKey"] = {
        "id": keys.main_key_id,
        "owner": endpoints.id,
        "publicKeyPem": keys.main_key_pem,
    }
    document["assertionMethod"] = [
        {
            "id": keys.proof_key_id,
            "type": "Multikey",
            "controller": endpoints.id,
            "publicKeyMultibase": keys.proof_key_multibase,
        }
    ]
    return document


def _field(name: str, value: str) -> JsonObject:
    return {"type": "PropertyValue", "name": name, "value": value}


def _facts_in_words(profile: Profile) -> list[JsonObject]:
    language = profile.languages[0] if profile.languages else FALLBACK
    say = translations(language).gettext
    place = say(NOT_SAID) if profile.place is None else place_in_words(profile.place, language)
    facts = [
        (THEMES_LABEL, ", ".join(theme_label(theme, language) for theme in profile.themes)),
        (PLACE_LABEL, place),
        (LANGUAGES_LABEL, ", ".join(language_name(tag, tag) for tag in profile.languages)),
    ]
    return [_field(say(label), escape(value, quote=False)) for label, value in facts if value]


def read_profile(document: JsonObject) -> ReadProfile:
    """What an actor document says. Raises Malformed without an id, an actor's type or a name to call it by.

    Whether it is authentic was decided before. Addresses that are no plain web links are left out.
    """
    actor_id, actor_type = id_of(document.get("id")), type_of(document)
    handle = text_of(document, "preferredUsername", MAX_NAME) or ""
    if actor_id is None or actor_type not in ACTOR_TYPES or not handle:
        raise Malformed("not-a-profile")
    icon = one(document, "icon")
    icon_url = _address(one(icon, "url")) if isinstance(icon, dict) else None
    location = one(document, "location")
    place_name = text_of(location, "name", MAX_NAME) if isinstance(location, dict) else None
    place = by_label(place_name) if place_name else None
    summary = document.get("summary")
    return ReadProfile(
        id=actor_id,
        type=actor_type,
        handle=handle,
        name=" ".join((text_of(document, "name", MAX_NAME) or "").split()) or handle,
        summary_html=clean(summary[:MAX_SUMMARY_HTML]) if isinstance(summary, str) else "",
        languages=_languages(document),
        themes=known_words(many(document, "theme"), THEMES),
        place=None if place is None else place.label,
        links=_links(document),
        icon_url=icon_url,
        icon_alt=(text_of(icon, "name", MAX_ALT) or "") if isinstance(icon, dict) else "",
        url=_address(one(document, "url")),
        published=time_of(document, "published"),
        updated=time_of(document, "updated"),
        discoverable=document.get("discoverable") is True,
        indexable=document.get("indexable") is True,
    )


def _address(value: object) -> str | None:
    url = id_of(value)
    return url if url is not None and is_web_link(url) else None


def _languages(document: JsonObject) -> tuple[str, ...]:
    tags = (tag for tag in many(document, "languages") if isinstance(tag, str) and is_language_tag(tag))
    return tuple(dict.fromkeys(parse_language(tag) for tag in tags))[:MAX_LANGUAGES]


def _links(document: JsonObject) -> tuple[ProfileLink, ...]:
    """Fields whose value is a link: its `href` is taken, its text is not believed (CON-13)."""
    links: list[ProfileLink] = []
    for field in many(document, "attachment")[:MAX_ATTACHMENTS]:
        if not isinstance(field, dict) or type_of(field) != "PropertyValue":
            continue
        name, value = text_of(field, "name", MAX_LINK_NAME), field.get("value")
        hrefs = link_addresses(value) if isinstance(value, str) else []
        if name and hrefs:
            links.append(ProfileLink(" ".join(name.split()), hrefs[0]))
    return tuple(links[:MAX_LINKS])
