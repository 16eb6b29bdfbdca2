"""No text in any field of the desk is too odd: an answer below 500, and what was typed comes back as it was."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.initiative.drafts.form import FIELDS as DRAFT_FIELDS
from server.initiative.fields import read_moment, read_place
from server.initiative.profile.form import FIELDS as PROFILE_FIELDS
from server.initiative.profile.form import NEW_FIELDS
from server.initiative.tongues import offered
from server.taxonomy.languages import parse_language
from server.web.forms import Fields, Form, tidied
from server.web.identity import Grant
from tests.fediverse import Fediverse
from tests.people import Person, person
from tests.server.initiative.desk import CALL, DESK, PROFILE, a_garden, fields_on

NASTY = [
    "{{ 7 * 7 }}{% raw %}",
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    '"><b onclick="x">',
    "' OR 1=1--",
    "%(name)s %s %",
    "\x00\x01\x7f",
    "\u202e\u2066abc\u2069",
    "a\u0301\u0308" * 50,
    "\U0001f469\u200d\U0001f33e",
    "x" * 10_000,
    "[" * 3_000,
    "> " * 2_000,
    "`" * 1_000,
    "\n" * 1_000,
    "0" * 5_000,
    "９９９９-１２-３１",
    "https://[::1",
    "https://xn--a/",
    "9999-12-31",
    "undisclosed",
    "@@@",
    "../../etc/passwd",
]
ANY_TEXT = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=80))

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One event loop for all examples: a server for each would take a second each."""
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    loop.close()


@pytest.fixture(scope="module")
def robin(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    folder: Path = tmp_path_factory.mktemp("any-text")
    fediverse = Fediverse(folder)
    found: list[Person] = []

    async def begin() -> None:
        await fediverse.__aenter__()
        found.append(await person(await a_garden(fediverse), Grant("server", "owner")))

    run(begin())
    yield found[0]
    run(fediverse.__aexit__(None, None, None))


def tidy(text: str) -> str:
    """Apart from what no page can carry."""
    return tidied(text, lines=True)


async def send(robin: Person, path: str, typed: dict[str, str]) -> None:
    answer = await robin.post(path, **typed)
    assert answer.status_code in (200, 303, 409, 422), (path, answer.status_code)
    if answer.status_code == 303:
        page = await robin.get(answer.headers["location"])
        assert page.status_code in (200, 303)
        return
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    shown = fields_on(answer)
    for name in ("title", "text", "name", "summary", "handle", "link", "place", "icon_alt", "link_name_1"):
        if name in typed:
            assert [tidy(text) for text in shown[name]] == [tidy(typed[name])], name


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_in_any_field(run: Run, robin: Person, data: st.DataObject) -> None:
    path, fields, well = data.draw(
        st.sampled_from(
            [
                (f"{DESK}/calls/new", DRAFT_FIELDS, {**CALL, "act": "save", "version": "0"}),
                (f"{DESK}/calls/new", DRAFT_FIELDS, {**CALL, "act": "preview", "version": "0"}),
                (f"{DESK}/profile", PROFILE_FIELDS, {**PROFILE, "act": "preview"}),
                (f"{DESK}/profile", PROFILE_FIELDS, PROFILE),
                ("/desk/new-initiative", NEW_FIELDS, {"handle": "x y", "name": "New", "language": "en"}),
                (f"{DESK}/hubs", ("hub",), {}),
            ]
        )
    )
    odd = data.draw(st.dictionaries(st.sampled_from(fields), ANY_TEXT, min_size=1, max_size=4))
    run(send(robin, path, {**well, **odd}))


def form(**values: str) -> Fields:
    return Fields(Form(sent=True, values={name: (value,) for name, value in values.items()}))


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_moment_is_too_odd(day: str, clock: str, offset: str) -> None:
    fields = form(d_date=day, d_time=clock, d_offset=offset)
    assert read_moment(fields, "d") is None or not fields.errors


@given(ANY_TEXT, ANY_TEXT)
def test_no_place_is_too_odd(choice: str, place: str) -> None:
    fields = form(place_choice=choice, place=place)
    read_place(fields, required=True)
    fields = form(place_choice="named", place=place)
    assert read_place(fields, required=True) is not None or fields.errors


def test_every_language_that_is_offered_is_one() -> None:
    assert all(parse_language(tag) == tag and name for tag, name in offered())
