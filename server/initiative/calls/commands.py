"""call.publish, call.edit, call.close, call.withdraw."""

from collections.abc import Mapping
from typing import Any

from server.feature import Refusal
from server.initiative.arguments import Arguments
from server.initiative.calls import actions
from server.initiative.calls.model import DETAILS, MAX_OUTCOME, read_draft
from server.initiative.profile.actions import living
from server.initiative.profile.model import MAX_HANDLE
from server.services import Services
from server.storage.database import Transaction

MAX_URI = 2048

Answer = dict[str, Any]


async def publish(services: Services, values: Mapping[str, Any]) -> Answer:
    """handle, title, text and any of the other details -> the call's URI, and notes for the person."""
    here = services.here
    arguments = Arguments("call publish", values, ("handle", *DETAILS))
    handle = arguments.required("handle", MAX_HANDLE + 300)

    def act(tx: Transaction) -> Answer:
        initiative = living(tx, here, handle)
        draft = read_draft(arguments, initiative.language)
        uri = actions.publish_call(tx, here, initiative.actor_id, draft)
        return {"uri": uri, "notes": list(draft.notes)}

    return await services.database.write(act)


async def edit(services: Services, values: Mapping[str, Any]) -> Answer:
    """uri and the details that change -> as `publish`."""
    arguments = Arguments("call edit", values, ("uri", *DETAILS))
    uri = arguments.required("uri", MAX_URI)
    if not any(name in arguments for name in DETAILS):
        raise Refusal(f"There is nothing to change; give one of: {', '.join(DETAILS)}.")
    notes = await services.database.write(lambda tx: actions.edit_call(tx, services.here, uri, arguments))
    return {"uri": uri, "notes": notes}


async def close(services: Services, values: Mapping[str, Any]) -> Answer:
    """uri and, if there is something to tell, outcome."""
    arguments = Arguments("call close", values, ("uri", "outcome"))
    uri, outcome = arguments.required("uri", MAX_URI), arguments.text("outcome", MAX_OUTCOME)
    await services.database.write(lambda tx: actions.close_call(tx, services.here, uri, outcome))
    return {"uri": uri, "notes": []}


async def withdraw(services: Services, values: Mapping[str, Any]) -> Answer:
    uri = Arguments("call withdraw", values, ("uri",)).required("uri", MAX_URI)
    await services.database.write(lambda tx: actions.withdraw_call(tx, services.here, uri))
    note = "Other servers are asked to delete their copies; that is a request, not a recall."
    return {"uri": uri, "notes": [note]}
