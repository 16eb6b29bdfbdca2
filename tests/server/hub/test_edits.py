"""Editors may show other themes, and a rougher place, than an initiative says itself. Its own words stay untouched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.hub.listings import actions, store
from server.hub.listings.model import Edits, shown_place, why_not_there
from server.hub.listings.pages import said_by
from server.storage.database import Transaction
from server.taxonomy.places import UNDISCLOSED, by_label
from tests.people import text_on
from tests.server.hub.desk_world import GARDEN, GARDEN_ID, LISTING, Desk
from tests.server.hub.small_hub import Initiative, SmallHub

pytestmark = pytest.mark.anyio

LEIPZIG, BERLIN, GERMANY, MOSCOW, RUSSIA = "Leipzig, DE", "Berlin, DE", "Germany", "Moscow, RU", "Russia"


@pytest.mark.parametrize(
    ("said", "wished"),
    [
        (LEIPZIG, None),
        (LEIPZIG, GERMANY),
        (LEIPZIG, BERLIN),
        (GERMANY, None),
        (GERMANY, GERMANY),
        (MOSCOW, RUSSIA),
        (MOSCOW, None),
        (None, None),
    ],
)
def test_less_precise_or_as_precise_is_the_editors_to_say(said: str | None, wished: str | None) -> None:
    assert why_not_there(by_label(said) if said else None, by_label(wished) if wished else None) is None


@pytest.mark.parametrize(
    ("said", "wished"),
    [
        (None, GERMANY),
        (None, LEIPZIG),
        (GERMANY, LEIPZIG),
        (LEIPZIG, MOSCOW),
        (LEIPZIG, RUSSIA),
        (RUSSIA, MOSCOW),
        (LEIPZIG, "Donetsk, UA"),
    ],
)
def test_more_than_it_says_itself_or_into_danger_is_not(said: str | None, wished: str) -> None:
    place = by_label(wished)
    assert place is not None
    assert why_not_there(by_label(said) if said else None, place) is not None


places = st.sampled_from([None, LEIPZIG, BERLIN, GERMANY, MOSCOW, RUSSIA, "Kyiv, UA", "Ukraine"])
edits = st.sampled_from(
    [None, UNDISCLOSED, LEIPZIG, BERLIN, GERMANY, MOSCOW, RUSSIA, "Kyiv, UA", "Ukraine", "Nowhere"]
)


@given(places, edits)
def test_what_is_shown_never_tells_more_than_the_initiative(said: str | None, edited: str | None) -> None:
    shown, kept = shown_place(said, edited)
    assert kept in (None, edited)
    if said is None:
        assert shown is None
    elif shown is not None and by_label(said).kind == "country":  # type: ignore[union-attr] # a known label
        assert by_label(shown).kind == "country"  # type: ignore[union-attr] # a known label


async def test_edits_are_shown_everywhere_and_undone(desk: Desk) -> None:
    await desk.admit()
    document = (await desk.hub.services.database.read(_document)).encode()
    answer = await desk.editor.post(
        f"{LISTING}/edit", themes=["justice", "evidence"], place="Germany", reason="Closer", act="save"
    )
    assert answer.status_code == 303
    (item,) = (await desk.hub.get("/directory.json")).json()["items"]
    assert (sorted(item["themes"]), item["place"]) == (["evidence", "justice"], "Germany")
    public = text_on(await desk.hub.get(f"/initiatives/{GARDEN_ID}"))
    assert "Evidence of crimes" in public
    assert "Leipzig" not in public
    assert public.count("set by the editors of this hub") == 2
    assert (await desk.hub.get("/directory.json?theme=education")).json()["total"] == 0
    places = [f["properties"]["place"] for f in (await desk.hub.get("/map.geojson")).json()["features"]]
    assert places == ["Germany"]
    page = text_on(await desk.editor.get(LISTING))
    assert "It says itself: Education" in page
    assert "It says itself: Leipzig, DE" in page
    assert (await desk.hub.services.database.read(_document)).encode() == document
    assert (
        await desk.editor.post(f"{LISTING}/edit", themes=[], place="", reason="", act="undo")
    ).status_code == 303
    (item,) = (await desk.hub.get("/directory.json")).json()["items"]
    assert (item["themes"], item["place"]) == (["education"], LEIPZIG)
    log = [(d.act, d.about, d.reason) for d in await desk.log()][1:]
    assert log == [
        ("edit-listing", "themes=justice,evidence place=Germany", "Closer"),
        ("edit-listing", "themes=original place=original", ""),
    ]


async def test_saving_what_it_says_itself_is_no_edit(desk: Desk) -> None:
    await desk.admit()
    await desk.editor.post(f"{LISTING}/edit", themes=["education"], place="leipzig", reason="", act="save")
    assert await desk.acts() == ["admit"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"place": "Moscow"}, "place"),
        ({"place": "Nowhere at all"}, "place"),
        ({"place": "51.34, 12.37"}, "place"),
        ({"themes": "nonsense"}, "themes"),
        ({"act": "other"}, "act"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
async def test_what_will_not_do_is_said_beside_its_field(
    desk: Desk, fields: dict[str, str], field: str
) -> None:
    await desk.admit()
    sent: dict[str, str] = {"themes": "education", "place": LEIPZIG, "reason": "", "act": "save", **fields}
    answer = await desk.editor.post(f"{LISTING}/edit", **sent)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert await desk.acts() == ["admit"]


async def test_undisclosed_cannot_be_undone_by_editors(desk: Desk) -> None:
    await desk.garden.command("initiative.edit", handle="garden", place="undisclosed")
    await desk.admit()
    for place in ("Leipzig", "Germany"):
        answer = await desk.editor.post(
            f"{LISTING}/edit", themes="education", place=place, reason="", act="save"
        )
        assert answer.status_code == 422
        assert "perhaps for its safety" in text_on(answer)


async def test_an_edit_lives_on_through_new_profiles_until_it_would_tell_too_much(hub: SmallHub) -> None:
    garten = Initiative(hub.world)
    await hub.admit(garten)
    await hub.services.database.write(lambda tx: _set(tx, GERMANY))

    async def after(**edits: object) -> tuple[str | None, str | None, str]:
        garten.serve(**edits, updated=hub.clock.now())
        await hub.receive(garten.activity("Update", garten.document()))
        hub.clock.advance(minutes=1)
        (row,) = await hub.rows("hub_listings")
        return row["place"], row["edited_place"], row["themes"]

    assert await after(themes=("evidence",)) == (GERMANY, GERMANY, "justice")
    assert await after(place=BERLIN) == (GERMANY, GERMANY, "justice")
    assert await after(place=None) == (None, None, "justice")
    assert await after(place=LEIPZIG) == (LEIPZIG, None, "justice")


def _set(tx: Transaction, place: str) -> None:
    listing = store.by_handle(tx, "@garten@garten.example")
    assert listing is not None
    actions.edit(tx, listing, said_by(listing), Edits(("justice",), place))


def _document(tx: Transaction) -> str:
    listing = store.by_actor(tx, GARDEN)
    assert listing is not None
    assert listing.document is not None
    return listing.document.decode()
