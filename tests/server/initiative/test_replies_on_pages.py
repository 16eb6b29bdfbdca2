"""A stranger's words on our pages: harmless, readable, within the page's weight; and the desk that decides on them."""

import gzip
import random
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from server.initiative.replies import store
from server.web.identity import Grant
from tests.fediverse import Fediverse
from tests.people import person, text_on
from tests.server.initiative.replying import Garden, a_garden

pytestmark = pytest.mark.anyio

MOST = 14_336
HOSTILE = [
    "<script>alert(1)</script>words",
    "<img src=x onerror=alert(1)>words",
    "<svg onload=alert(1)><p>words",
    "<iframe src='https://evil.example'></iframe>words",
    "<style>*{display:none}</style>words",
    "<form action='/desk/@garden/delete'><button>words</button></form>",
    "<base href='https://evil.example/'>words",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>words",
    "</div></li></ul></section></article><h1>words</h1>",
    "<p style='position:fixed;inset:0' class='act top' id='main' onclick='x()'>words</p>",
    "<a href='javascript:alert(1)'>words</a>",
    "<a href='JaVa&#9;Script:alert(1)'>words</a>",
    "<a href='data:text/html,<script>1</script>'>words</a>",
    "<a href='//evil.example'>words</a>",
    "<a href='https:evil.example'>words</a>",
    "<a href='https://evil.example/app.apk'>words</a>",
    "words<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href='https://evil.example' target='_top' rel='me'>words</a>",
]
BAD = re.compile(
    r"<(script|img|svg|iframe|style|form action=.?/desk/@garden/delete|base|meta http|math|h1>words)|onerror=[^&]*?>|"
    r"javascript:|data:text|onclick=|style=|rel=.me.",
    re.IGNORECASE,
)


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


def part_of(page: str, word: str = 'class="replies"') -> str:
    """The replies of a page and nothing of ours."""
    assert word in page
    return page.partition(word)[2].partition("</ul>")[0]


@pytest.mark.parametrize("content", HOSTILE)
async def test_con_01_03_hostile_markup_is_gone_on_page_and_desk(garden: Garden, content: str) -> None:
    mine = await garden.reply(content=content)
    desk = (await garden.editor.get("/desk/@garden/replies")).text
    confirm = (await garden.editor.get(f"/desk/@garden/replies/hide?reply={mine}")).text
    await garden.show(mine)
    public = (await garden.node.get(garden.call_path)).text
    found = await garden.held(mine)
    assert found is not None
    places = [
        found.content,
        part_of(public),
        *(page.partition("<blockquote")[2].partition("</blockquote>")[0] for page in (desk, confirm)),
    ]
    for place in places:
        assert "words" in place
        assert BAD.search(place) is None
        assert place.count("<div") <= 1
        for link in re.findall(r"<a [^>]*>", place):
            assert 'rel="nofollow noopener noreferrer ugc"' in link


async def test_what_stands_in_the_database_is_cleaned_again_when_it_is_shown(garden: Garden) -> None:
    """Whatever way it came in: an older version of us, a restored backup."""
    mine = await garden.shown()
    found = await garden.held(mine)
    assert found is not None
    dirty = replace(found, content=f"words{HOSTILE[0]}{HOSTILE[1]}{HOSTILE[8]}{HOSTILE[10]}")
    now = garden.fediverse.clock.now()
    await garden.node.services.database.write(lambda tx: store.rewrite(tx, dirty, now))
    await garden.show(mine)
    page = part_of((await garden.node.get(garden.call_path)).text)
    assert "words" in page
    assert BAD.search(page) is None


@pytest.mark.parametrize(
    "field", ["name", "summary", "language", "url", "attachment", "tag", "option", "place"]
)
async def test_con_02_every_other_field_is_text(garden: Garden, field: str) -> None:
    evil = '"><script>alert(1)</script>'
    fields: dict[str, dict[str, Any]] = {
        "name": {"name": evil},
        "summary": {"summary": evil},
        "language": {"contentMap": {evil: "<p>I bring spades.</p>"}},
        "url": {"url": f"https://mastodon.example/{evil}"},
        "attachment": {"attachment": [{"url": "https://x.example/1", "name": evil}]},
        "tag": {"tag": [{"type": "Hashtag", "name": evil, "href": f"https://x.example/{evil}"}]},
        "option": {"type": "Question", "oneOf": [{"name": evil}]},
        "place": {"type": "Event", "location": {"name": evil}, "startTime": "2026-12-01T10:00:00Z"},
    }
    mine = await garden.reply(**fields[field])
    desk = (await garden.editor.get("/desk/@garden/replies")).text
    await garden.show(mine)
    page = await garden.page()
    assert "I bring spades." in text_on(await garden.node.get(garden.call_path))
    for text in (desk, page):
        assert "<script>" not in text
        # Each page has one script at most, and no attribute was left by somebody's quotation mark.
        assert re.search(r"""="[^"<>]*"><script|href="[^"]*"&gt;""", text) is None


async def test_con_02_08_09_an_authors_name_is_only_seen_at_the_desk_beside_the_handle(
    garden: Garden,
) -> None:
    """A name of ours with a Cyrillic letter, an override and a tag: in public there is the handle, in ASCII."""
    name = "G\u0430rden \u202e<b>\u2067official"
    imposter = garden.mastodon.account("imp", extra={"name": name})
    mine = await garden.reply(imposter)
    desk = (await garden.editor.get("/desk/@garden/replies")).text
    assert (
        "<bdi>G\u0430rden &lt;b&gt;official</bdi> <strong><bdi>@imp@mastodon.example</bdi></strong>" in desk
    )
    await garden.show(mine)
    page = await garden.page()
    assert "official" not in page
    assert "<bdi>@imp@mastodon.example</bdi>" in page


async def test_con_08_nothing_turns_the_page_around(garden: Garden) -> None:
    await garden.shown(content="<p>abc \u202e&#x202e;\u2067 fed</p>", contentMap=None)
    page = part_of((await garden.node.get(garden.call_path)).text)
    assert not set(unescape(page)) & set("\u202a\u202b\u202c\u202d\u202e\u2067")
    assert 'dir="auto"' in page


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ('<a href="https://evil.example/x">https://good.example/x</a>', "(evil.example)"),
        ('<a href="https://evil.example/x">click here</a>', "(evil.example)"),
        ('<a href="https://evil.example/">https://evil.example.good.example/</a>', "(evil.example)"),
        (
            '<a href="https://very-long.evil.example/"><span class="invisible">https://</span>'
            '<span class="ellipsis">very-long</span><span class="invisible">.evil.example</span></a>',
            "very-long.evil.example",
        ),
        ('<a href="https://g\u043eod.example/">g\u043eod.example</a>', "(xn--god-sed.example)"),
    ],
)
async def test_con_13_every_link_says_where_it_leads(garden: Garden, link: str, host: str) -> None:
    await garden.shown(content=link)
    assert host in re.sub(r"<[^>]+>", "", part_of((await garden.node.get(garden.call_path)).text))


@pytest.mark.parametrize(
    "content",
    [
        "deep" + "<b>" * 10_000 + "x" + "</b>" * 10_000,
        "<ul><li>" * 3_000 + "deep",
        "<blockquote>" * 200 + "deep",
        "deep" + "<p>" * 5_000,
    ],
)
async def test_con_12_ten_thousand_tags_leave_the_page_whole(garden: Garden, content: str) -> None:
    await garden.shown(content=content)
    page = (await garden.node.get(garden.call_path)).text
    assert "deep" in part_of(page)
    assert page.count("<main") == page.count("</main>") == 1
    assert page.count("<div") == page.count("</div>")
    assert len(re.findall(r"<blockquote", page)) <= 16


async def test_an_id_of_2048_characters_is_shown_and_hidden_like_any_other(garden: Garden) -> None:
    long = f"{garden.vera.id}/statuses/".ljust(2048, "9")
    assert await garden.reply(id=long) == long
    assert await garden.send("Create", garden.note(id=long + "9")) == 400
    desk = (await garden.editor.get("/desk/@garden/replies")).text
    version = re.search(r'name="version" value="(\w+)"', desk)
    assert version
    shown = await garden.editor.post("/desk/@garden/replies/show", reply=long, version=version[1])
    assert shown.headers["location"] == "/desk/@garden/replies?done=shown"
    confirm = re.search(r'href="(/desk/@garden/replies/hide[^"]*)"', (await _desk_of_call(garden)).text)
    assert confirm
    assert (await garden.editor.get(unescape(confirm[1]))).status_code == 200
    await garden.editor.post("/desk/@garden/replies/hide", reply=long)
    assert await garden.held(long) is None


async def _desk_of_call(garden: Garden) -> Any:
    return await garden.editor.get(f"/desk/@garden/replies/{garden.call_id}")


async def test_a_long_reply_is_cut_and_its_original_is_one_link_away(garden: Garden) -> None:
    mine = await garden.shown(content=f"<p>{'word ' * 4_000}</p>", url="https://mastodon.example/@vera/5")
    found = await garden.held(mine)
    assert found is not None
    assert len(re.sub(r"<[^>]+>", "", found.content)) <= 5_000
    page = (await garden.node.get(f"{garden.call_path}/all-replies")).text
    assert "…" in page
    assert 'href="https://mastodon.example/@vera/5"' in page


@pytest.mark.parametrize("letters", ["latin", "cyrillic", "han", "addresses"])
async def test_pages_keep_within_their_weight_whatever_is_shown(garden: Garden, letters: str) -> None:
    """Random letters, which no compression helps; page after page until all are read."""
    chance = random.Random(7)
    alphabet = {
        "latin": [chr(n) for n in range(33, 127) if chr(n) not in "<>&"],
        "cyrillic": [chr(n) for n in range(0x400, 0x500)],
        "han": [chr(n) for n in range(0x4E00, 0x9F00)],
        "addresses": list("abcdefghijklmnopqrstuvwxyz0123456789"),
    }[letters]
    marks = []
    for number in range(12):
        words = "".join(chance.choices(alphabet, k=4_000))
        if letters == "addresses":
            words = "".join(
                f'<a href="https://x.example/{words[at : at + 200]}">x.example</a> '
                for at in range(0, 4_000, 200)
            )
        marks.append(f"mark-{number}-")
        await garden.shown(content=f"<p>{marks[-1]} {words}</p>")
    sheet = re.search(r'href="(/static/[^"]+\.css)"', (await garden.node.get("/")).text)
    assert sheet
    style = len(gzip.compress((await garden.node.get(sheet[1])).content))
    seen, path = "", f"{garden.call_path}/all-replies"
    for address in (garden.call_path, path):
        assert len(gzip.compress((await garden.node.get(address)).content)) + style + 1_000 <= MOST
    for _ in range(30):
        answer = await garden.node.get(path)
        assert len(gzip.compress(answer.content)) + style + 1_000 <= MOST
        seen += answer.text
        following = re.search(r'rel="next" href="([^"]+)"', answer.text)
        if following is None:
            break
        path = unescape(following[1])
    assert [mark for mark in marks if mark not in seen] == []


async def test_the_call_shows_the_newest_and_leads_to_all(garden: Garden) -> None:
    for number in range(7):
        await garden.shown(content=f"<p>number {number}</p>", published=f"2026-11-23T07:0{number}:00Z")
    first = text_on(await garden.node.get(garden.call_path))
    assert [n for n in range(7) if f"number {n}" in first] == [2, 3, 4, 5, 6]
    assert "All replies" in first
    everything = text_on(await garden.node.get(f"{garden.call_path}/all-replies"))
    assert all(f"number {n}" in everything for n in range(7))
    assert (await garden.node.get(f"{garden.call_path}/all-replies?from=5")).text.count("number") == 2
    for nonsense in ("-1", "x", "99999999", "9999"):
        assert (await garden.node.get(f"{garden.call_path}/all-replies?from={nonsense}")).status_code == 200
    assert (await garden.node.get("/calls/none/all-replies")).status_code == 404


async def test_what_changed_since_the_editor_looked_is_not_shown(garden: Garden) -> None:
    mine = await garden.reply()
    desk = (await garden.editor.get("/desk/@garden/replies")).text
    version = re.search(r'name="version" value="(\w+)"', desk)
    assert version
    garden.fediverse.clock.advance(minutes=1)
    await garden.send("Update", garden.note(id=mine, content="<p>Buy!</p>", updated="2026-11-23T08:00:20Z"))
    answer = await garden.editor.post("/desk/@garden/replies/show", reply=mine, version=version[1])
    assert answer.status_code == 422
    assert "It is not as you read it" in answer.text
    assert "Buy!" in answer.text
    found = await garden.held(mine)
    assert found is not None
    assert found.state == "waiting"


async def test_the_desk_of_another_initiative_has_nothing_to_say(
    garden: Garden, fediverse: Fediverse
) -> None:
    await garden.node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    other = await person(garden.node, Grant("@letters", "editor"))
    mine = await garden.shown()
    found = await garden.held(mine)
    assert found is not None
    assert "spades" not in (await other.get("/desk/@letters/replies")).text
    assert (await other.post("/desk/@letters/replies/hide", reply=mine)).status_code == 404
    forged = await other.post("/desk/@letters/replies/show", reply=mine, version=found.version)
    assert forged.status_code == 404
    for act in ("hide", "show"):
        assert (await other.get(f"/desk/@letters/replies/{act}?reply={mine}")).status_code == 404
    assert (await other.get(f"/desk/@letters/replies/{garden.call_id}")).status_code == 404
    assert (await other.post(f"/desk/@letters/replies/{garden.call_id}", takes="closed")).status_code == 404
    assert await garden.held(mine) == found


async def test_forms_of_the_desk_take_what_anybody_may_send(garden: Garden) -> None:
    root = "/desk/@garden/replies"
    assert (await garden.editor.get(f"{root}/show")).status_code == 404
    gone = await garden.editor.post(f"{root}/hide", reply="https://mastodon.example/nothing")
    assert gone.headers["location"] == f"{root}?done=gone"
    gone = await garden.editor.post(f"{root}/show", reply="x" * 5_000, version="\x00")
    assert gone.headers["location"] == f"{root}?done=gone"
    assert "That reply is not here any more." in text_on(await garden.editor.get(f"{root}?done=gone"))
    assert (await garden.editor.post(f"{root}/{garden.call_id}", takes="maybe")).status_code == 422
    assert (await garden.editor.post(f"{root}/{garden.call_id}", takes="open", more="x")).status_code == 400
    mine = await garden.reply()
    page = await garden.editor.get(f"{root}/show?reply={mine}")
    assert "It appears on the call's page for everybody" in unescape(text_on(page))
