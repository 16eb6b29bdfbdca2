"""One instance as a whole: both roles under one roof, its own name only, and headers on every answer."""

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from server.app import create_app
from server.feature import Feature
from server.web.doors import PUBLIC, Door
from tests.fediverse import Fediverse

pytestmark = pytest.mark.anyio


async def test_an_initiative_and_its_hub_share_one_server_and_meet_without_a_network(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes to an actor of our own takes the same doors, signed and verified, but never leaves the process."""
    both = await fediverse.add("both.example", roles=["initiative", "hub"])
    asked: list[str] = []

    async def overhear(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(500)

    monkeypatch.setattr(both, "answer", overhear)
    await both.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    await both.command("hub.apply", handle="garden", hub="@hub@both.example")
    await fediverse.settle()
    await both.command("hub.admit", target="@garden@both.example")
    await fediverse.settle()
    call = await both.command("call.publish", handle="garden", title="Dig", text="Dig with us.")
    await fediverse.settle()
    (item,) = (await both.get("/calls.json")).json()["items"]
    assert item["uri"] == call["uri"]
    stats = await both.stats()
    assert stats["deliveries_pending"] == stats["deliveries_failed"] == 0
    assert stats["activities_received"] == stats["deliveries_done"] > 0
    assert asked == []


async def test_a_restart_changes_no_key_and_no_id(fediverse: Fediverse) -> None:
    node = await fediverse.add("hub.example", roles=["hub"])
    before = [await node.document(path) for path in ("/actor", "/actors/hub")]
    await node.stop()
    await node.start()
    assert [await node.document(path) for path in ("/actor", "/actors/hub")] == before


@pytest.mark.parametrize("host", ["evil.example", "hub.example.evil.example", "hub.example:8443", ""])
async def test_another_name_is_not_answered(fediverse: Fediverse, host: str) -> None:
    """WEB-04: no page is made, cached or signed for a name that is not ours."""
    node = await fediverse.add("hub.example", roles=["hub"])
    for path in ("/", "/actors/hub", "/inbox", "/static/css/x"):
        answer = await node.request("GET", path, headers={"host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text


async def test_every_answer_bears_the_headers_even_that_of_a_bug(fediverse: Fediverse) -> None:
    """WEB-15: on 404, 405, 410, 413, 500 and 304 as on 200."""
    node = await fediverse.add("hub.example", roles=["hub"])

    async def broken(request: Request) -> Response:
        raise RuntimeError("a bug")

    features = [*node.features, Feature("broken", routes=[Door("/broken", broken, PUBLIC)])]
    app = create_app(node.services, features, with_workers=False)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=node.origin) as client:
        etag = (await client.get("/actor", headers={"accept": "application/activity+json"})).headers["etag"]
        answers = {
            200: await client.get("/"),
            303: await client.get("/actors/hub"),
            304: await client.get(
                "/actor", headers={"accept": "application/activity+json", "if-none-match": etag}
            ),
            400: await client.get("/", headers={"host": "evil.example"}),
            404: await client.get("/nothing"),
            405: await client.put("/inbox"),
            413: await client.post("/inbox", headers={"content-length": "999999999"}),
            500: await client.get("/broken"),
        }
    assert {status: answer.status_code for status, answer in answers.items()} == {n: n for n in answers}
    for answer in answers.values():
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert "a bug" not in answers[500].text
