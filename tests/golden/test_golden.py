"""The documents of an initiative, byte-stable and complete to every kind of reader."""

import base64
import itertools
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from federation.actors import read_actor
from federation.documents import loads
from federation.integrity_proofs import verify_by_owner
from federation.keys import Ed25519PrivateKey, RsaPrivateKey, load_private
from server.fediverse import uris
from server.fediverse.keyring import store as keyring
from server.fediverse.pictures import actions as pictures
from tests.contexts import dropped_terms
from tests.doubles.calendar import follower
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parent
# PROTOCOL 4.2 without VerifiableIdentityStatement, generator and header image.
FIELDS = {
    *(
        "@context",
        "id",
        "type",
        "preferredUsername",
        "webfinger",
        "name",
        "summary",
        "url",
        "inbox",
        "outbox",
    ),
    *("followers", "following", "featured", "endpoints", "published", "updated", "manuallyApprovesFollowers"),
    *("discoverable", "indexable", "icon", "location", "attachment", "publicKey", "assertionMethod", "proof"),
}
ACTOR = "https://letters.example/actors/letters"


def _key(name: str) -> RsaPrivateKey | Ed25519PrivateKey:
    return load_private((FOLDER / name).read_text())


class Numbered:
    """Stands in for `secrets` where addresses are made."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def token_hex(self, count: int) -> str:
        return f"{next(self._numbers):0{2 * count}x}"


def kept(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document, equal to the file's in every member and their order; a file that is not there is written."""
    file = FOLDER / f"{name}.json"
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file.name} was not there; look at it and run the test again")
    assert text == file.read_text(encoding="utf-8")
    return document


@pytest.fixture
async def letters(fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch) -> Node:
    """An instance whose keys, random numbers and clock are always the same."""
    monkeypatch.setattr(fediverse, "make_rsa", lambda: _key("rsa.pem"))
    monkeypatch.setattr(keyring, "generate_ed25519", lambda: _key("ed25519.pem"))
    monkeypatch.setattr(uris, "secrets", Numbered())
    monkeypatch.setattr(pictures, "secrets", Numbered())
    node = await fediverse.add("letters.example", roles=["initiative"])
    icon = BytesIO()
    Image.new("RGB", (8, 8), "brown").save(icon, "PNG")
    await node.command(
        "initiative.add",
        handle="letters",
        name="Письма через стену",
        summary="Мы пишем **письма** тем, кто сидит в тюрьме за слова.\n\nИмя не нужно.",
        languages=["ru", "uk"],
        themes=["prisoners", "cooperation"],
        place="Leipzig",
        links=[["Сайт", "https://letters.example/?from=profile&lang=ru"]],
        icon=base64.b64encode(icon.getvalue()).decode(),
        icon_alt="Конверт",
    )
    return node


async def test_ac_4_1_the_profile_has_every_field_and_no_term_is_dropped(
    fediverse: Fediverse, letters: Node
) -> None:
    body = (await letters.get(ACTOR, accept="application/activity+json")).content
    actor = kept("profile", loads(body))
    assert set(actor) >= FIELDS
    assert actor["endpoints"] == {"sharedInbox": "https://letters.example/inbox"}
    assert set(actor["icon"]) == {"type", "mediaType", "url", "name"}
    assert set(actor["publicKey"]) == {"id", "owner", "publicKeyPem"}
    (method,) = actor["assertionMethod"]
    assert set(method) == {"id", "type", "controller", "publicKeyMultibase"}
    assert {field["type"] for field in actor["attachment"]} == {"PropertyValue"}
    assert dropped_terms(actor) == []
    verify_by_owner(actor, read_actor(actor, body, fediverse.clock.now()), now=fediverse.clock.now())


async def test_ac_5_1_what_is_sent_of_a_call_is_as_kept_and_no_term_is_dropped(
    fediverse: Fediverse, letters: Node
) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("vera"), await letters.document(ACTOR))
    done = await letters.command(
        "call.publish",
        handle="letters",
        title="Напишите письмо",
        text="Двадцать минут и лист бумаги.\n\n- без имени\n- [образец](https://letters.example/sample)",
        kind="write",
        size="minutes",
        themes=["prisoners", "cooperation"],
        start="2026-12-01T10:00+02:00",
        deadline="2026-12-11",
        place="Berlin",
        link="https://letters.example/how?a=1&b=2",
    )
    fediverse.clock.advance(minutes=5)
    await letters.command("call.edit", uri=done["uri"], title="Напишите письмо сегодня", deadline="")
    await letters.command("call.close", uri=done["uri"])
    await letters.command("initiative.edit", handle="letters", place="undisclosed")
    await fediverse.settle()
    await letters.command("call.withdraw", uri=done["uri"])
    gone = (await letters.get(done["uri"], accept="application/activity+json")).json()
    await fediverse.settle()
    body = (await letters.get(ACTOR, accept="application/activity+json")).content
    owner = read_actor(loads(body), body, fediverse.clock.now())
    sent = [arrived.document for arrived in mastodon.arrived]
    names = ["accept", "create", "update", "closed", "update-profile", "delete"]
    assert sorted(document["type"] for document in sent) == sorted(
        ["Accept", "Create", "Update", "Update", "Update", "Delete"]
    )
    sent.sort(key=lambda document: document["id"])
    for name, document in zip(names, sent, strict=True):
        kept(name, document)
        assert dropped_terms(document) == [], name
        if name != "accept":
            verify_by_owner(document, owner, now=fediverse.clock.now())
    for document in sent[1:4]:
        verify_by_owner(document["object"], owner, now=fediverse.clock.now())
        assert dropped_terms(document["object"]) == []
    assert dropped_terms(kept("tombstone", gone)) == []
    times = [document["object"]["updated"] for document in sent[1:4]]
    assert times == sorted(set(times))


async def test_ac_5_1_what_is_sent_of_an_event_is_as_kept_and_no_term_is_dropped(
    fediverse: Fediverse, letters: Node
) -> None:
    mobilizon = await follower(fediverse, letters, "mobilizon", "Mobilizon")
    done = await letters.command(
        "call.publish",
        handle="letters",
        title="Вечер писем",
        text="Приходите. Бумага есть.",
        kind="attend",
        size="hour",
        themes=["prisoners"],
        start="2026-12-01T18:00+01:00",
        place="Berlin",
        link="https://letters.example/evening",
        event=True,
    )
    fediverse.clock.advance(minutes=5)
    await letters.command(
        "call.edit", uri=done["uri"], place="undisclosed", link="", start="2026-12-01T18:30Z"
    )
    await fediverse.settle()
    note = await letters.document(done["uri"])
    await letters.command("call.withdraw", uri=done["uri"])
    event_uri = done["uri"].replace("/calls/", "/events/")
    gone = (await letters.get(event_uri, accept="application/activity+json")).json()
    await fediverse.settle()
    body = (await letters.get(ACTOR, accept="application/activity+json")).content
    owner = read_actor(loads(body), body, fediverse.clock.now())
    sent = [arrived.document for arrived in mobilizon.arrived]
    names = ["event-create", "event-update", "event-delete"]
    assert [document["type"] for document in sent] == ["Create", "Update", "Delete"]
    for name, document in zip(names, sent, strict=True):
        kept(name, document)
        assert dropped_terms(document) == [], name
        verify_by_owner(document, owner, now=fediverse.clock.now())
    for document in sent[:2]:
        verify_by_owner(document["object"], owner, now=fediverse.clock.now())
        assert dropped_terms(document["object"]) == []
    assert dropped_terms(kept("event-note", note)) == []
    assert dropped_terms(kept("event-tombstone", gone)) == []
