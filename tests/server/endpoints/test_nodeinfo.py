"""NodeInfo: valid after the published schemas, and no number that would be a guess."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.fediverse import Fediverse

pytestmark = pytest.mark.anyio

SCHEMAS = Path(__file__).parents[2] / "contexts"


@pytest.mark.parametrize("roles", [["hub"], ["initiative"], ["initiative", "hub"]])
async def test_ac_3_3_both_versions_are_valid_and_well_linked(fediverse: Fediverse, roles: list[str]) -> None:
    node = await fediverse.add("node.example", roles=roles, name="Нода «Öst»")
    links = (await node.get("/.well-known/nodeinfo")).json()["links"]
    prefix = "http://nodeinfo.diaspora.software/ns/schema/"
    found = {link["rel"].removeprefix(prefix): link["href"] for link in links if prefix in link["rel"]}
    assert set(found) == {"2.0", "2.1"}
    for version, url in found.items():
        answer = await node.get(url)
        assert answer.headers["content-type"] == f'application/json; profile="{prefix}{version}#"'
        document = answer.json()
        schema = json.loads((SCHEMAS / f"nodeinfo-{version}.schema.json").read_text())
        jsonschema.validate(document, schema)
        assert document["version"] == version
        assert document["usage"] == {"users": {}}
        assert document["protocols"] == ["activitypub"]
        assert document["metadata"]["nodeName"] == "Нода «Öst»"
