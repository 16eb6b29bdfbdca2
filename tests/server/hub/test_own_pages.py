"""Pages about the hub: what is shown unwritten, who reads which language, and that the privacy text is true."""

import re

import pytest

from server.hub.calls.model import ERASED_FOR
from server.hub.curation.model import ENDED_KEPT
from server.hub.decisions.model import KEPT, REFUSED_KEPT
from server.hub.own_pages.beginnings import beginning
from server.hub.own_pages.model import TITLES, best_language
from server.hub.reports.model import CLOSED_KEPT, OPEN_KEPT
from server.initiative.replies.model import HIDDEN_KEPT, WAITING_KEPT
from server.workers.retention import ERRANDS_KEPT, RECEIVED_KEPT
from tests.people import text_on
from tests.server.hub.desk_world import Desk

pytestmark = pytest.mark.anyio


async def test_what_is_true_of_the_software_is_shown_and_the_rest_is_not(desk: Desk) -> None:
    for path, status in (("/about", 200), ("/privacy", 200), ("/rules", 404), ("/imprint", 404)):
        page = await desk.hub.get(path)
        assert page.status_code == status, path
    about = await desk.hub.get("/about")
    assert 'href="/privacy"' in about.text
    assert 'href="/decisions"' in about.text
    assert 'href="/rules"' not in about.text
    assert "@hub@hub.example" in about.text


async def test_a_page_is_written_previewed_and_taken_back(desk: Desk) -> None:
    path = "/desk/hub/pages/rules/en"
    words = (
        "**Be kind.**\n\n<script>alert(1)</script> {{ 7*7 }} [us](javascript:x) [them](https://them.example)"
    )
    shown = await desk.owner.post(path, text=words, act="preview")
    assert shown.status_code == 200
    assert "<strong>Be kind.</strong>" in shown.text
    assert (await desk.hub.get("/rules")).status_code == 404
    assert await desk.acts() == []
    assert (await desk.owner.post(path, text=words, act="save")).status_code == 303
    page = await desk.hub.get("/rules")
    assert "<strong>Be kind.</strong>" in page.text
    assert "<script" not in page.text
    assert 'href="javascript:' not in page.text
    assert "{{ 7*7 }}" in page.text
    assert (await desk.owner.post(path, text=words, act="save")).status_code == 303
    assert (await desk.owner.post(path, text=" ", act="save")).status_code == 303
    assert (await desk.hub.get("/rules")).status_code == 404
    log = [(decision.act, decision.about, decision.by) for decision in await desk.log()]
    assert log == [("edit-page", "/rules (en)", "Olena")] * 2


async def test_what_must_be_filled_in_is_filled_in_before_it_shows(desk: Desk) -> None:
    path = "/desk/hub/pages/imprint/de"
    page = await desk.owner.get(path)
    assert "‹" in page.text
    begun = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[0]
    answer = await desk.owner.post(path, text=begun, act="save")
    assert answer.status_code == 422
    assert 'id="text-error"' in answer.text
    assert (await desk.hub.get("/imprint")).status_code == 404
    assert (await desk.owner.post(path, text="Verein, Leipzig", act="save")).status_code == 303
    assert "Verein, Leipzig" in text_on(await desk.hub.get("/imprint"))


async def test_a_reader_gets_a_language_they_may_have(desk: Desk) -> None:
    for language, words in (("ru", "по-русски"), ("de", "auf Deutsch")):
        await desk.owner.post(f"/desk/hub/pages/rules/{language}", text=words, act="save")

    async def read(language: str) -> str:
        return text_on(await desk.hub.get(f"/rules?lang={language}"))

    assert "по-русски" in await read("ru")
    assert "auf Deutsch" in await read("uk")
    assert "по-русски" not in await read("uk")
    await desk.owner.post("/desk/hub/pages/rules/de", text="", act="save")
    assert (await desk.hub.get("/rules?lang=uk")).status_code == 404
    assert (await desk.hub.get("/rules?lang=en")).status_code == 200
    assert '<div lang="ru"' in (await desk.hub.get("/rules?lang=en")).text


def test_nobody_who_reads_ukrainian_is_given_russian() -> None:
    assert best_language("uk", {"ru"}) is None
    assert best_language("uk", {"ru", "de"}) == "de"
    assert best_language("ru", {"uk"}) == "uk"
    assert best_language("de", {"en", "uk"}) == "en"
    assert best_language("en", set()) is None


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("language", ["en", "uk", "ru", "de"])
def test_each_beginning_can_be_written_for_any_hub(name: str, language: str) -> None:
    values = {
        "name": "100 % **us**",
        "handle": "@hub@x.example",
        "origin": "https://x.example",
        "authority": "x.example",
    }
    text = beginning(name, language, values)
    assert "%(" not in text
    assert len(text) < 8_000


def test_the_privacy_text_names_the_times_that_the_software_keeps() -> None:
    """Where one of these changes, the text must change with it."""
    text = beginning("privacy", "en", {"name": "", "handle": "", "origin": "", "authority": ""})
    days = {30, ERASED_FOR.days, ENDED_KEPT.days, REFUSED_KEPT.days, CLOSED_KEPT.days}
    assert {int(number) for number in re.findall(r"(\d+) days", text)} == days
    kept_of_answers = {WAITING_KEPT.days, HIDDEN_KEPT.days}
    both = beginning(
        "privacy", "en", dict.fromkeys(("name", "handle", "origin", "authority"), ""), with_initiatives=True
    )
    assert {int(number) for number in re.findall(r"(\d+) days", both)} == days | kept_of_answers
    assert (RECEIVED_KEPT.days, ERRANDS_KEPT.days, KEPT.days, OPEN_KEPT.days) == (30, 30, 730, 365)
