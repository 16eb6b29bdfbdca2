"""The public pages: what they show, what hostile words do to them, and how much they weigh."""

import gzip
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from server.documents.profile import ProfileLink
from server.paths import static_dir
from server.taxonomy.languages import INTERFACE_LANGUAGES
from server.web.assets import asset_path
from server.web.stylesheets import join_blocks
from tests.server.hub.small_hub import NOON, Initiative, SmallHub, small_hub

pytestmark = pytest.mark.anyio

LIMIT = 14_336
HEADERS = 900
"""More than both responses' headers take."""


@pytest.fixture
async def garten(hub: SmallHub) -> Initiative:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    await hub.receive(initiative.activity("Create", initiative.serve_call(initiative.call())))
    await hub.work()
    return initiative


async def paths(hub: SmallHub) -> dict[str, str]:
    call = (await hub.get("/calls.json")).json()["items"][0]["page"].removeprefix("https://hub.example")
    listing = (
        (await hub.get("/directory.json")).json()["items"][0]["page"].removeprefix("https://hub.example")
    )
    return {"first": "/", "list": "/initiatives", "listing": listing, "call": call, "follow": "/follow"}


class Outline(HTMLParser):
    """Headings, title and attributes that a page may not have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def scripts(outline: Outline) -> set[str | None]:
    """The addresses of the page's scripts; None for one without an address, which our own policy forbids."""
    addresses: set[str | None] = {
        value for tag, name, value in outline.attributes if (tag, name) == ("script", "src")
    }
    return addresses if len(addresses) >= outline.tags.count("script") else addresses | {None}


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
async def test_every_page_is_whole_in_every_language(
    hub: SmallHub, garten: Initiative, language: str
) -> None:
    for path in (await paths(hub)).values():
        answer = await hub.get(path, **{"accept-language": language})
        outline = Outline(answer.text)
        assert (answer.status_code, outline.tags.count("h1"), outline.tags.count("title") >= 1) == (
            200,
            1,
            True,
        )
        assert f'<html lang="{language}">' in answer.text
        names = {name for _, name, _ in outline.attributes}
        assert "style" not in names
        assert not [name for name in names if name.startswith("on")]
        assert scripts(outline) <= {asset_path("js/map.js")}


async def test_nothing_is_loaded_from_anybody_else(hub: SmallHub, garten: Initiative) -> None:
    loading = {"src", "srcset", "poster", "data", "action"}
    for path in (await paths(hub)).values():
        for tag, name, value in Outline((await hub.get(path)).text).attributes:
            if name in loading or (tag == "link" and name == "href"):
                assert value is not None
                assert value.startswith("/"), (path, tag, value)


async def test_the_first_page_has_map_and_list(hub: SmallHub, garten: Initiative) -> None:
    page = (await hub.get("/")).text
    assert re.search(
        r'<a href="/\?place=Leipzig%2C\+DE#calls"><title>Leipzig: 1 initiative, 1 call</title>', page
    )
    assert "Plant tree 1" in page
    assert 'href="/initiatives"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("theme=education", True),
        ("theme=justice", False),
        ("kind=attend", True),
        ("kind=write", False),
        ("size=hour", True),
        ("size=day", False),
        ("language=en", True),
        ("language=ru", False),
        ("place=Leipzig%2C+DE", True),
        ("place=Berlin%2C+DE", False),
        ("theme=%25&kind=_&language=%25&size='", True),
    ],
)
async def test_filters(hub: SmallHub, garten: Initiative, query: str, found: bool) -> None:
    assert ("Plant tree 1" in (await hub.get(f"/?{query}")).text) is found


async def test_a_regional_language_is_found_by_its_language(hub: SmallHub, garten: Initiative) -> None:
    call = garten.call(2, language="pt-BR", title="Plantar")
    await hub.receive(garten.activity("Create", garten.note(call)))
    assert "Plantar" in (await hub.get("/?language=pt")).text
    assert 'lang="pt-BR"' in (await hub.get("/?language=pt")).text
    assert "Plantar" not in (await hub.get("/?language=en")).text


async def test_the_list_is_paged_and_misses_nothing(hub: SmallHub, garten: Initiative) -> None:
    for number in range(2, 25):
        # Three calls of one moment each, so that a page ends in the middle of a moment.
        moment = NOON - timedelta(minutes=number // 3)
        await hub.receive(garten.activity("Create", garten.note(garten.call(number, updated=moment))))
    path, seen = "/?theme=education", []
    while path:
        page = (await hub.get(path)).text
        shown = re.findall(r">Plant tree (\d+)</bdi>", page)
        assert len(shown) <= 10
        seen += shown
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert sorted(map(int, seen)) == list(range(1, 25))


async def test_an_undisclosed_place_is_nowhere_on_the_map(hub: SmallHub, garten: Initiative) -> None:
    garten.serve(place=None, updated=NOON)
    await hub.receive(garten.activity("Update", garten.document()))
    edited = garten.call(1, place=None, updated=NOON)
    await hub.receive(garten.activity("Update", garten.note(edited)))
    answer = await hub.get("/map.geojson")
    assert answer.json()["features"] == []
    assert answer.json()["undisclosed"] == {"initiatives": 1, "calls": 1}
    assert "Leipzig" not in (await hub.get("/")).text


async def test_a_call_page_says_where_its_link_leads(hub: SmallHub, garten: Initiative) -> None:
    """CON-13: the whole host, however long."""
    host = "good.example." + "a" * 50 + ".evil.example:8443"
    call = garten.call(1, link=f"https://{host}/x", updated=NOON)
    await hub.receive(garten.activity("Update", garten.note(call)))
    page = (await hub.get((await paths(hub))["call"])).text
    assert f"Go to {host}</a>" in page
    assert 'rel="nofollow noopener noreferrer"' in page


async def test_a_closed_call_says_enough(hub: SmallHub, garten: Initiative) -> None:
    ended = garten.call(1, state="closed", updated=NOON)
    await hub.receive(garten.activity("Update", garten.note(ended)))
    page = (await hub.get((await paths(hub))["call"])).text
    assert "Enough, thank you." in page
    assert 'class="act"' not in page
    assert "Plant tree 1" not in (await hub.get("/")).text
    assert "Enough, thank you." in (await hub.get((await paths(hub))["listing"])).text


async def test_an_initiative_page_says_how_to_follow_and_that_it_shows(
    hub: SmallHub, garten: Initiative
) -> None:
    page = (await hub.get((await paths(hub))["listing"])).text
    assert f"<code>{garten.at}</code>" in page
    assert "Following is visible to servers and can be public" in page
    feed = re.search(r'href="(/feed.atom\?initiative=[^"]+)"', page)
    assert feed
    assert "Plant tree 1" in (await hub.get(feed[1])).text


async def test_a_disputed_listing_says_so(hub: SmallHub, garten: Initiative) -> None:
    from federation.keys import generate_ed25519

    garten.proof = generate_ed25519()
    await hub.receive(garten.activity("Update", garten.document()))
    for name in ("listing", "call"):
        assert "another key than the one we know" in (await hub.get((await paths(hub))[name])).text


async def test_applicants_and_strangers_have_no_page(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    (row,) = await hub.rows("hub_listings")
    for path in (f"/initiatives/{row['listing_id']}", "/initiatives/x", "/directory/calls/x"):
        assert (await hub.get(path)).status_code == 404
    assert initiative.profile.name not in (await hub.get("/initiatives")).text


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "{{ 7*7 }} {% raw %}",
    "[x](javascript:alert(1))",
    "' onmouseover='alert(1)",
    "a\u202egpj.exe",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_words_stay_words(hub: SmallHub, garten: Initiative, text: str) -> None:
    """CON-01, CON-02, CON-03, CON-08, WEB-06: in every field that an initiative fills."""
    garten.serve(name=text, summary=text, links=(ProfileLink(text, "https://x.example/"),), updated=NOON)
    await hub.receive(garten.activity("Update", garten.document()))
    call = garten.call(1, title=text, text=text, updated=NOON)
    note = garten.note(call)
    await hub.receive(garten.activity("Update", note))
    for path in [*(await paths(hub)).values(), "/feed.atom"]:
        answer = (await hub.get(path)).text
        outline = Outline(answer)
        assert not {"iframe", "object"} & set(outline.tags), path
        assert scripts(outline) <= {asset_path("js/map.js")}, path
        assert not [name for _, name, _ in outline.attributes if name.startswith("on")], path
        assert not [
            value
            for _, name, value in outline.attributes
            if name in ("href", "src") and "script:" in (value or "")
        ], path
        assert "49" not in re.sub(
            r'\d{3,}|[a-z]\d|"[^"]*"', "", "".join(re.findall(r">[^<]*7\*7[^<]*<", answer))
        )
        assert "\u202e" not in answer


async def test_a_server_that_asks_for_the_site_is_sent_to_the_hub(hub: SmallHub) -> None:
    answer = await hub.get("/", accept="application/activity+json")
    assert (answer.status_code, answer.headers["location"]) == (302, hub.id)
    document = (await hub.get("/actors/hub", accept="application/activity+json")).json()
    assert (document["type"], document["icon"]["url"]) == (
        "Group",
        "https://hub.example/static/icons/hub.png",
    )
    assert (static_dir() / "icons" / "hub.png").read_bytes().startswith(b"\x89PNG")


async def test_ac_page_weight_of_every_page_with_its_stylesheet(tmp_path: Path) -> None:
    """Worst cases: ten calls of long words in Cyrillic, dots on sixty places, twenty initiatives."""
    cities = [line.split("\t") for line in _places()]
    async with small_hub(tmp_path) as hub:
        for number in range(60):
            initiative = Initiative(hub.world, f"initiative{number}.example", f"initiative{number}")
            label = f"{cities[number][1]}, {cities[number][2]}"
            initiative.serve(
                name=f"Ініціатива «{cities[number][1]}» {number}",
                summary=f"Ми допомагаємо людям у місті {cities[number][1]}. " * 12,
                place=label,
            )
            await hub.apply(initiative)
            await hub.command("hub.admit", target=initiative.id)
            call = initiative.call(
                number,
                title=f"Напишіть листа підтримки номер {number} до {cities[number][1]}"[:200],
                text="Це займає кілька хвилин. " * 40,
                language="uk",
                place=label,
                deadline=f"2026-12-{number % 28 + 1:02}",
            )
            await hub.receive(initiative.activity("Create", initiative.note(call)))
        css = len(gzip.compress(join_blocks(static_dir() / "css").body, 9))
        weights = {}
        for name, path in (await paths(hub)).items():
            for language in INTERFACE_LANGUAGES:
                body = (await hub.get(path, **{"accept-language": language})).content
                weights[name, language] = len(gzip.compress(body, 6)) + css + HEADERS
        assert max(weights.values()) <= LIMIT, weights


def _places() -> list[str]:
    from server.taxonomy import places

    text = (Path(places.__file__).parent / "places.tsv").read_text("utf-8")
    return text.splitlines()[:60]


async def test_the_page_of_an_own_icon_shows_our_copy_only(hub: SmallHub) -> None:
    import io

    from PIL import Image

    initiative = Initiative(hub.world)
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "#2f6f73").save(picture, "PNG")
    url = f"https://{initiative.host}/icon.png"
    hub.world.serve(url, picture.getvalue(), "image/png")
    initiative.with_icon(url)
    await hub.admit(initiative)
    listing = (await hub.get("/directory.json")).json()["items"][0]["page"]
    shown = re.search(r'<img src="(/media/[^"]+)"', (await hub.get(listing)).text)
    assert shown
    media = list(hub.services.paths.media.iterdir())
    assert [file.name for file in media] == [shown[1].rpartition("/")[2]]
    await hub.command("hub.remove", target=initiative.at)
    await hub.work()
    assert list(hub.services.paths.media.iterdir()) == []


@pytest.mark.parametrize(
    "body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"\x89PNG\r\n\x1a\nrest"]
)
async def test_a_bad_icon_is_no_icon_and_no_error(hub: SmallHub, body: bytes) -> None:
    """CON-05, CON-06, CON-07."""
    initiative = Initiative(hub.world)
    hub.world.serve(f"https://{initiative.host}/icon.png", body, "image/png")
    initiative.with_icon(f"https://{initiative.host}/icon.png")
    await hub.admit(initiative)
    assert [row["icon_file"] for row in await hub.rows("hub_listings")] == [None]
    assert {row["kind"] for row in await hub.rows("errands")} <= {"examine"}


async def test_the_page_says_truly_how_much_a_follower_will_get(hub: SmallHub) -> None:
    page = (await hub.get("/follow")).text
    assert f"at most {hub.services.here.settings.announce_cap} a day" in page
