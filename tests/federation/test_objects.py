"""What other software writes, read by one reader: each of its shapes, and nothing at all that makes it raise anything
but `Malformed`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.documents import MAX_ATTACHMENTS, MAX_MEMBERS, loads
from federation.errors import Malformed
from federation.objects import (
    MAX_TEXT,
    OBJECT_TYPES,
    Attachment,
    RemoteObject,
    kind_of,
    read_object,
    replied_to,
)
from federation.vocabulary import PUBLIC

WORLD = Path(__file__).parent.parent / "world"
ALICE = "https://a.example/alice"
NOTE = {"id": "https://a.example/1", "type": "Note", "attributedTo": ALICE, "content": "x", "to": PUBLIC}
QUOTED = "https://b.example/2"
LINK_TYPE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


def read(**members: Any) -> RemoteObject:
    """A Note with these members instead of its own; None takes one away."""
    document = {key: value for key, value in {**NOTE, **members}.items() if value is not None}
    return read_object(loads(json.dumps(document).encode()))


def objects_of_the_world() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(WORLD.rglob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        inner = document.get("object")
        for candidate in (document, inner):
            if isinstance(candidate, dict) and candidate.get("type") in OBJECT_TYPES:
                yield f"{file.parent.name.partition('.')[0]}/{file.stem}", candidate


WORLD_OBJECTS = dict(objects_of_the_world())


def of_the_world(name: str) -> RemoteObject:
    return read_object(WORLD_OBJECTS[name])


@pytest.mark.parametrize("name", sorted(WORLD_OBJECTS))
def test_every_object_of_the_world_is_read_but_one_of_two_owners(name: str) -> None:
    if name == "peertube/video":
        with pytest.raises(Malformed, match="many-owners"):
            of_the_world(name)
        return
    found = of_the_world(name)
    assert found.owner is not None
    assert found.content or found.name
    if "private" not in name:
        assert found.is_public


def test_mastodon_quotes_under_four_names_and_a_link_count_as_one() -> None:
    assert of_the_world("mastodon/create_quote").quotes == ("https://elsewhere.example/1",)
    reply = of_the_world("mastodon/create_reply_to_a_call")
    assert (reply.summary, reply.sensitive, reply.language) == ("long", True, "en")
    assert reply.attachments == (Attachment("https://files.mastodon.example/media/1.jpg", "A spade"),)


def test_pleroma_and_akkoma() -> None:
    note = of_the_world("pleroma/create_note")
    assert (note.is_public, note.language, note.url) == (True, "de", None)
    quote = of_the_world("akkoma/create_quote")
    assert quote.quotes == ("https://elsewhere.example/1",)
    assert quote.attachments == (Attachment("https://akkoma.example/media/1.png", ""),)


def test_misskey_has_its_text_three_times_and_its_quote_too() -> None:
    found = of_the_world("misskey/create_quote")
    assert found.content.startswith("<p><i>so</i></p>")
    assert found.quotes == ("https://elsewhere.example/1",)


def test_gotosocial_pixelfed_and_wordpress() -> None:
    reply = of_the_world("gotosocial/create_reply")
    assert reply.is_public
    assert reply.url == "https://gotosocial.example/@gus/statuses/01K"
    pictures = of_the_world("pixelfed/create_pictures")
    assert (len(pictures.attachments), pictures.place) == (10, "Halle")
    comment = of_the_world("wordpress/create_comment")
    assert comment.url == "https://wordpress.example/post/#comment-9"
    article = of_the_world("wordpress/create_article_with_preview")
    assert (article.type, article.name, article.url) == (
        "Article",
        "Why we plant",
        "https://wordpress.example/why-we-plant/",
    )


def test_lemmy_peertube_mobilizon_and_gancio() -> None:
    assert of_the_world("lemmy/create_comment").language == "de"
    page = of_the_world("lemmy/create_page")
    assert (page.type, page.name) == ("Page", "Planting on Saturday")
    assert page.attachments == (Attachment("https://elsewhere.example/plan", ""),)
    assert of_the_world("peertube/create_comment").content == "<p>thanks</p>"
    assert of_the_world("mobilizon/create_comment").language == "en"
    event = of_the_world("gancio/create_event_online")
    assert (event.place, event.starts and event.starts.isoformat()) == (
        "Library",
        "2026-12-10T19:00:00+01:00",
    )


@pytest.mark.parametrize("public", [PUBLIC, "as:Public", "Public", [PUBLIC], {"id": PUBLIC}])
@pytest.mark.parametrize("key", ["to", "cc"])
def test_public_in_three_spellings_and_either_place(public: object, key: str) -> None:
    assert read(**{"to": None, key: public}).is_public


@pytest.mark.parametrize("hidden", [None, [], ALICE, [ALICE + "/followers"], "as:public", {"to": PUBLIC}])
def test_everything_else_is_not_public(hidden: object) -> None:
    assert not read(to=hidden).is_public


@pytest.mark.parametrize(
    "value", [ALICE, [ALICE], {"id": ALICE}, [{"type": "Person", "id": ALICE}], [ALICE, {"id": ALICE}]]
)
def test_one_owner_in_every_form(value: object) -> None:
    assert read(attributedTo=value).owner == ALICE


def test_two_owners_and_no_address_are_refused_and_none_is_none() -> None:
    """NodeBB believed `attributedTo: 1` to be its own first user."""
    with pytest.raises(Malformed, match="many-owners"):
        read(attributedTo=[ALICE, "https://a.example/bob"])
    for nonsense in (1, "alice", {"name": "alice"}, "javascript:alert(1)"):
        with pytest.raises(Malformed, match="bad-owner"):
            read(attributedTo=nonsense)
    assert read(attributedTo=None).owner is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (QUOTED, (QUOTED,)),
        ([QUOTED], (QUOTED,)),
        ({"type": "Link", "href": QUOTED}, (QUOTED,)),
        ({"type": "Note", "id": QUOTED, "content": "what they said"}, (QUOTED,)),
        ([QUOTED, {"id": "https://c.example/3"}, QUOTED], (QUOTED, "https://c.example/3")),
        ({"type": "Collection", "items": [QUOTED]}, ()),
        (None, ()),
        ("mid:1@mail", ()),
    ],
)
def test_what_is_answered_in_every_form(value: object, expected: tuple[str, ...]) -> None:
    assert read(inReplyTo=value).in_reply_to == replied_to({"inReplyTo": value}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.example/p", "https://a.example/p"),
        (["https://b.example/p", "https://a.example/p"], "https://a.example/p"),
        ({"type": "Link", "href": "https://a.example/p"}, "https://a.example/p"),
        ({"type": "Link", "mediaType": "video/mp4", "href": "https://a.example/v"}, None),
        (
            [
                "https://a.example/q",
                {"type": "Link", "mediaType": "text/html", "href": "https://a.example/p"},
            ],
            "https://a.example/p",
        ),
        ("https://b.example/p", None),
        ("https://a.example:8443/p", None),
        ("javascript:alert(1)", None),
        (17, None),
    ],
)
def test_the_page_is_of_the_same_origin_and_rather_html(value: object, expected: str | None) -> None:
    assert read(url=value).url == expected


@pytest.mark.parametrize(
    "members",
    [
        {"quote": QUOTED},
        {"quoteUri": QUOTED},
        {"quoteUrl": QUOTED},
        {"_misskey_quote": QUOTED},
        {"quote": {"type": "Note", "id": QUOTED}},
        {
            "tag": {
                "type": "Link",
                "mediaType": LINK_TYPE,
                "rel": ["x", "https://misskey-hub.net/ns#_misskey_quote"],
                "href": QUOTED,
            }
        },
    ],
)
def test_a_quote_is_found_under_each_of_its_names(members: dict[str, Any]) -> None:
    assert read(**members).quotes == (QUOTED,)


def test_a_link_that_only_mentions_something_is_no_quote() -> None:
    assert read(tag=[{"type": "Link", "mediaType": LINK_TYPE, "href": QUOTED}]).quotes == ()


@pytest.mark.parametrize(
    ("members", "content", "language"),
    [
        ({"contentMap": {"de": "D", "en": "E"}, "content": None}, "D", "de"),
        ({"contentMap": {"de": "D", "en": "E"}, "content": "E"}, "E", "en"),
        ({"contentMap": {"uk": "other"}, "content": "x"}, "x", "uk"),
        ({"contentMap": {"und": "x"}}, "x", "und"),
        ({"contentMap": {"not a language": "x"}}, "x", "und"),
        ({"contentMap": {"<script>": "x"}}, "x", "und"),
        ({"contentMap": {"de": 7}, "content": None}, "", "de"),
        ({"contentMap": [], "language": {"identifier": "pl"}}, "x", "pl"),
        ({"inLanguage": "cs"}, "x", "cs"),
        ({"language": 9}, "x", "und"),
        ({"content": ["one"]}, "one", "und"),
        ({"content": "a <b>\n\nc", "mediaType": "text/markdown"}, "<p>a &lt;b&gt;</p><p>c</p>", "und"),
        ({"content": None, "source": "so <i>\nit is"}, "<p>so &lt;i&gt;<br>it is</p>", "und"),
        ({"content": None, "source": {"content": "s", "mediaType": "text/plain"}}, "<p>s</p>", "und"),
        ({"content": None, "_misskey_content": "m"}, "<p>m</p>", "und"),
        ({"content": None}, "", "und"),
    ],
)
def test_text_and_language(members: dict[str, Any], content: str, language: str) -> None:
    found = read(**members)
    assert (found.content, found.language) == (content, language)


def test_names_are_one_line_without_control_characters() -> None:
    assert read(name=" a\u202eb\n\tc ").name == "ab c"
    assert read(nameMap={"de": "N"}).name == "N"


def test_a_poll_has_options() -> None:
    found = read(
        type="Question", oneOf=[{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}, "x"]
    )
    assert found.options == ("yes", "no")
    assert read(type="Question", anyOf={"name": "a"}).options == ("a",)


@pytest.mark.parametrize(
    "kind", ["as:Note", "https://www.w3.org/ns/activitystreams#Note", ["Note", "Article"]]
)
def test_a_type_with_a_prefix_or_a_companion_is_the_type(kind: object) -> None:
    assert read(type=kind).type == kind_of({"type": kind}) == "Note"


@pytest.mark.parametrize("kind", ["Tombstone", "Person", "Create", "note", "", 4, [], None])
def test_what_is_no_post_is_refused(kind: object) -> None:
    with pytest.raises(Malformed, match="not-a-post"):
        read(type=kind)


@pytest.mark.parametrize(
    "object_id", [None, 1, "", "urn:uuid:1", ["https://a.example/1"], "https://a@b.example/"]
)
def test_without_an_address_it_is_nobodys(object_id: object) -> None:
    with pytest.raises(Malformed, match="no-id"):
        read(id=object_id)


def test_res_08_lists_are_bounded_before_anybody_walks_them() -> None:
    tag = {"type": "Mention", "href": ALICE}
    assert read(tag=[tag] * MAX_MEMBERS)
    with pytest.raises(Malformed, match="too-many-tag"):
        read(tag=[tag] * (MAX_MEMBERS + 1))
    with pytest.raises(Malformed, match="too-many-attachment"):
        read(attachment=[{"url": ALICE}] * (MAX_ATTACHMENTS + 1))
    with pytest.raises(Malformed, match="too-many-to"):
        read(to=[ALICE] * 257)


def test_text_is_cut_at_its_limit() -> None:
    long = read_object({**NOTE, "content": "x" * (MAX_TEXT + 5), "name": "n" * 5_000})
    assert (len(long.content), len(long.name)) == (MAX_TEXT, 500)


def test_attachments_in_every_form() -> None:
    picture = "https://cdn.example/1.png"
    forms: list[Any] = [
        {"type": "Image", "url": picture},
        {"type": "Document", "url": {"type": "Link", "href": picture}},
        {"type": "Video", "url": [{"href": picture}, {"href": "https://cdn.example/2"}]},
        {"type": "Link", "href": picture, "summary": "words"},
        {"url": "data:image/png;base64,AAAA"},
        {"type": "Link", "href": "payto://iban/DE1"},
        "https://a.example/bare",
        None,
    ]
    found = read(attachment=forms).attachments
    assert [one.url for one in found] == [picture] * 4
    assert [one.description for one in found] == ["", "", "", "words"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just(PUBLIC)
    | st.just(ALICE),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "href", "url", "name", "content", "mediaType", "rel", "identifier"]
            )
            | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = [
    *(
        "id",
        "type",
        "attributedTo",
        "content",
        "contentMap",
        "name",
        "nameMap",
        "summary",
        "summaryMap",
        "source",
    ),
    *(
        "mediaType",
        "url",
        "inReplyTo",
        "quote",
        "tag",
        "attachment",
        "to",
        "cc",
        "published",
        "updated",
        "startTime",
    ),
    *("location", "language", "inLanguage", "oneOf", "anyOf", "sensitive", "_misskey_content"),
]


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), st.booleans())
def test_any_json_is_read_or_malformed(members: dict[str, Any], with_id: bool) -> None:
    document = {**members, **({"id": NOTE["id"], "type": "Note"} if with_id else {})}
    try:
        found = read_object(document)
    except Malformed:
        return
    assert found.id
    assert len(found.content) <= 10 * MAX_TEXT
    assert "\n" not in found.name
