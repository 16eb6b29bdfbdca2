"""NodeInfo against the rules of its published schemas."""

from typing import Any, Literal

import jsonschema
import pytest

from federation.nodeinfo import APPLICATION_REL, content_type, document, well_known

# The structure of nodeinfo.diaspora.software's schemas 2.0 and 2.1, without their lists of names.
SERVICES = {"type": "array", "items": {"type": "string"}}
COUNT = {"type": "integer", "minimum": 0}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def schema(version: str) -> dict[str, Any]:
    software = {
        "name": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "version": {"type": "string"},
    }
    if version == "2.1":
        software |= {"repository": {"type": "string"}, "homepage": {"type": "string"}}
    members = {
        "version": {"enum": [version]},
        "software": closed(["name", "version"], **software),
        "protocols": {"type": "array", "minItems": 1, "items": {"enum": ["activitypub"]}},
        "services": closed(["inbound", "outbound"], inbound=SERVICES, outbound=SERVICES),
        "openRegistrations": {"type": "boolean"},
        "usage": closed(
            ["users"],
            users=closed([], total=COUNT, activeHalfyear=COUNT, activeMonth=COUNT),
            localPosts=COUNT,
            localComments=COUNT,
        ),
        "metadata": {"type": "object"},
    }
    return closed(list(members), **members)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize(
    "numbers", [{}, {"users_total": 3, "local_posts": 0}, {"metadata": {"nodeName": "Garten"}}]
)
def test_ac_3_3_the_document_conforms_to_its_schema(
    version: Literal["2.0", "2.1"], numbers: dict[str, Any]
) -> None:
    made = document(
        version,
        software_name="antipole",
        software_version="0.1.0",
        repository="https://code.example/antipole",
        homepage="https://antipole.example/",
        **numbers,
    )
    jsonschema.validate(made, schema(version))


def test_a_number_not_given_is_left_out_and_zero_is_a_number() -> None:
    made = document("2.1", software_name="antipole", software_version="0")
    assert made["usage"] == {"users": {}}
    made = document("2.1", software_name="antipole", software_version="0", users_total=0, local_posts=0)
    assert made["usage"] == {"users": {"total": 0}, "localPosts": 0}


def test_ac_3_3_discovery_lists_both_versions_and_the_instance_actor() -> None:
    links = well_known("https://hub.example", "https://hub.example/actor")["links"]
    found = {link["rel"]: link["href"] for link in links}
    assert found == {
        "http://nodeinfo.diaspora.software/ns/schema/2.0": "https://hub.example/nodeinfo/2.0",
        "http://nodeinfo.diaspora.software/ns/schema/2.1": "https://hub.example/nodeinfo/2.1",
        APPLICATION_REL: "https://hub.example/actor",
    }
    assert content_type("2.1").startswith("application/json; profile=")
