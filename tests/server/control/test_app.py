"""What DIR/control.sock answers."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from server.control.app import LONGEST_BODY, create_control_app
from server.control.commands import commands_of
from server.feature import Feature, Refusal
from server.services import Services
from server.storage.database import StorageUnavailable


async def publish(services: Services, arguments: Mapping[str, Any]) -> Any:
    if not arguments.get("title"):
        raise Refusal("The title is missing; give one.")
    return {"uri": f"https://a.example/calls/{arguments['title']}", "notes": []}


async def full(services: Services, arguments: Mapping[str, Any]) -> Any:
    raise StorageUnavailable("The disk is full.")


async def broken(services: Services, arguments: Mapping[str, Any]) -> Any:
    raise LookupError("a secret")


FEATURE = Feature("calls", commands={"call.publish": publish, "call.close": full, "call.edit": broken})


@pytest.fixture
def control() -> TestClient:
    # These commands need no services.
    app = create_control_app(cast(Services, None), [FEATURE])
    return TestClient(app, base_url="http://control", raise_server_exceptions=False)


def test_calls_publishes_and_answers_the_uri(control: TestClient) -> None:
    answer = control.post("/calls", json={"handle": "letters", "title": "1", "text": "Write"})
    assert (answer.status_code, answer.json()["uri"]) == (200, "https://a.example/calls/1")


def test_a_command_answers_its_result(control: TestClient) -> None:
    answer = control.post("/commands/call.publish", json={"title": "2"})
    assert answer.json() == {"result": {"uri": "https://a.example/calls/2", "notes": []}}


@pytest.mark.parametrize("path", ["/calls", "/commands/call.publish"])
def test_a_wish_that_cannot_be_fulfilled_is_422_with_its_sentence(control: TestClient, path: str) -> None:
    answer = control.post(path, json={})
    assert (answer.status_code, answer.json()) == (422, {"error": "The title is missing; give one."})


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_400(control: TestClient, body: bytes) -> None:
    answer = control.post("/calls", content=body)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


def test_a_body_without_end_is_cut_off(control: TestClient) -> None:
    answer = control.post("/calls", content=b" " * (LONGEST_BODY + 1))
    assert answer.status_code == 413


def test_an_unknown_command_says_which_role_would_bring_it(control: TestClient) -> None:
    answer = control.post("/commands/hub.admit", json={})
    assert answer.status_code == 422
    assert answer.json()["error"] == "This instance cannot do hub.admit: its roles do not include hub."


def test_without_the_role_there_are_no_calls_to_publish() -> None:
    control = TestClient(create_control_app(cast(Services, None), []), base_url="http://control")
    answer = control.post("/calls", json={})
    assert answer.status_code == 422
    assert "do not include initiative" in answer.json()["error"]


def test_a_full_disk_is_503_and_to_be_tried_again(control: TestClient) -> None:
    answer = control.post("/commands/call.close", json={})
    assert (answer.status_code, answer.json()) == (503, {"error": "The disk is full."})
    assert int(answer.headers["retry-after"]) > 0


def test_a_mistake_of_ours_is_500_without_its_insides(control: TestClient) -> None:
    answer = control.post("/commands/call.edit", json={})
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_other_paths_and_methods_are_json_errors_too(control: TestClient) -> None:
    assert control.get("/nothing").json() == {"error": "Not Found"}
    assert control.get("/calls").status_code == 405


def test_two_features_with_one_command_are_a_mistake_at_start() -> None:
    with pytest.raises(ValueError, match=r"call\.publish"):
        commands_of([FEATURE, FEATURE])
