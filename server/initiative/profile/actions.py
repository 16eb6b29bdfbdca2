"""One function, one act, one transaction: the row, the signed actor and what is owed to followers."""

from dataclasses import dataclass, replace

from federation.vocabulary import GENERATOR
from server.clock import millis
from server.documents.profile import MAX_ALT, Icon, Profile
from server.feature import Refusal
from server.fediverse import actors, call_readers, outbox
from server.fediverse.actors.ours.documents import signed_actor, update
from server.fediverse.instance import Instance
from server.fediverse.keyring import MissingKey
from server.fediverse.wire import from_text, to_text
from server.initiative.arguments import Arguments
from server.initiative.calls import store as calls
from server.initiative.calls.actions import erase_call
from server.initiative.calls.model import later
from server.initiative.conflicts import Overtaken
from server.initiative.profile import documents, store
from server.initiative.profile.model import Initiative, read_edit
from server.services import Services
from server.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class SavedIcon:
    """A re-encoded picture in the media directory."""

    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Edited:
    """`discarded` is the file of an icon that nothing shows any more."""

    initiative: Initiative
    notes: tuple[str, ...] = ()
    discarded: str | None = None


def add_initiative(
    tx: Transaction,
    here: Instance,
    profile: Profile,
    icon: SavedIcon | None,
    alt: str,
    *,
    place_decided: bool,
) -> Edited:
    """Makes the account with keys of its own. Raises `Refusal` for a handle that is or was in use."""
    require_free(tx, profile.handle)
    actor_id = here.uris.actor(profile.handle)
    initiative = _with_icon(Initiative(actor_id, profile, None, place_decided), here, icon, alt)
    keys = here.keyring.create(tx, actor_id, profile.published)
    actor = signed_actor(initiative.profile, actor_id, here.uris, keys)
    actors.insert_local(tx, actor_id, "initiative", profile.handle, to_text(actor), profile.published)
    store.insert_initiative(tx, initiative)
    return Edited(initiative)


def require_free(tx: Transaction, handle: str) -> None:
    taken = actors.by_handle(tx, handle)
    if taken is not None and taken.deleted:
        raise Refusal(
            f"The handle “{handle}” belonged to an initiative that was removed, and a handle is never given away "
            "again; choose another one."
        )
    if taken is not None:
        raise Refusal(
            f"The handle “{handle}” is taken on this server; choose another one, or edit that initiative."
        )


def edit_initiative(
    tx: Transaction,
    here: Instance,
    handle: str,
    arguments: Arguments,
    icon: SavedIcon | None,
    *,
    seen: int | None = None,
) -> Edited:
    """Changes what was given. An edit that changes nothing is not sent. `icon` is the new one, if one came.

    `seen`: when, in milliseconds, the profile had changed last that the person looked at; raises `Overtaken` if it
    has changed since.
    """
    before = living(tx, here, handle)
    if seen is not None and seen != millis(before.profile.updated):
        raise Overtaken
    edited, notes = edited_by(before, here, arguments, icon)
    if edited == before:
        return Edited(before, tuple(notes))
    if replace(edited, place_decided=before.place_decided) == before:
        # That "undisclosed" was chosen on purpose concerns nobody else.
        store.update_initiative(tx, edited)
        return Edited(edited, tuple(notes))
    edited = _said_anew(tx, here, edited)
    discarded = before.icon_name if before.icon_name != edited.icon_name else None
    return Edited(edited, tuple(notes), discarded)


def prepare(tx: Transaction, services: Services) -> None:
    """At each start: who was signed by an older version, or for another domain of handles, is signed and sent anew."""
    here = services.here
    for actor in actors.all_local(tx, "initiative"):
        document = from_text(actor.document)
        handle = f"{actor.handle}@{here.uris.handle_domain}"
        initiative = store.by_id(tx, here.uris, actor.id)
        if initiative is None or (
            document.get("generator") == GENERATOR and document.get("webfinger") == handle
        ):
            continue
        try:
            _said_anew(tx, here, initiative)
        except MissingKey:
            # `antipole check` says so; a server that does not even start could not.
            continue


def _said_anew(tx: Transaction, here: Instance, initiative: Initiative) -> Initiative:
    """Signed, kept and sent to followers, dated later than the last time."""
    actor_id, keys = initiative.actor_id, here.keyring.load(tx, initiative.actor_id)
    updated = later(initiative.profile.updated, here.clock.now())
    initiative = replace(initiative, profile=replace(initiative.profile, updated=updated))
    actor = signed_actor(initiative.profile, actor_id, here.uris, keys)
    store.update_initiative(tx, initiative)
    actors.replace_document(tx, actor_id, to_text(actor), updated)
    outbox.publish(tx, here, actor_id, update(actor), object_id=actor_id, to_followers=True)
    return initiative


def edited_by(
    before: Initiative, here: Instance, arguments: Arguments, icon: SavedIcon | None
) -> tuple[Initiative, list[str]]:
    """The initiative as it would be, nothing written, and notes on the place. Raises `Refusal`."""
    profile, notes = read_edit(arguments, before.profile)
    edited = replace(before, profile=profile)
    if "place" in arguments:
        edited = replace(edited, place_decided=arguments.text("place", 100) != "")
    if "icon" in arguments:
        edited = _with_icon(edited, here, icon, arguments.text("icon_alt", MAX_ALT))
    elif "icon_alt" in arguments and profile.icon is not None:
        alt = arguments.text("icon_alt", MAX_ALT) or profile.name
        edited = replace(edited, profile=replace(profile, icon=replace(profile.icon, alt=alt)))
    return edited, notes


def remove_initiative(tx: Transaction, here: Instance, handle: str) -> Edited:
    """Erases profile and calls, and tells everyone who ever got anything of them. There is no way back."""
    initiative = living(tx, here, handle)
    actor_id, now = initiative.actor_id, here.clock.now()
    reached = store.inboxes_ever_reached(tx, actor_id)
    for kept in calls.calls_of(tx, actor_id):
        reached += call_readers.inboxes_of(tx, kept.call.uri)
        erase_call(tx, here, kept.call.uri)
    outbox.erase_object(tx, actor_id)
    outbox.publish(
        tx,
        here,
        actor_id,
        documents.delete(actor_id, here.uris.followers(actor_id)),
        object_id=actor_id,
        to_followers=True,
        inboxes=reached,
    )
    store.forget_followers(tx, actor_id)
    store.delete_initiative(tx, actor_id)
    actors.bury(tx, actor_id, to_text(documents.tombstone(actor_id, now)), now)
    return Edited(initiative, (), initiative.icon_name)


def living(tx: Transaction, here: Instance, handle: str) -> Initiative:
    """Raises `Refusal` when no initiative of that handle is here."""
    bare = handle.removeprefix("@")
    for domain in here.settings.handle_domains:
        bare = bare.removesuffix(f"@{domain}")
    initiative = store.by_handle(tx, here.uris, bare)
    if initiative is not None:
        return initiative
    if (gone := actors.by_handle(tx, bare)) is not None and gone.kind == "initiative":
        raise Refusal(f"The initiative “{bare}” was removed; nothing of it is left to change.")
    known = ", ".join(found.profile.handle for found in store.page(tx, here.uris, limit=10))
    hint = f"there are: {known}" if known else "add one with `antipole initiative add`"
    shown = "".join(c for c in bare if c.isprintable())[:60]
    raise Refusal(f"There is no initiative “{shown}” on this server; {hint}.")


def _with_icon(initiative: Initiative, here: Instance, icon: SavedIcon | None, alt: str) -> Initiative:
    if icon is None:
        return replace(initiative, profile=replace(initiative.profile, icon=None), icon_name=None)
    shown = Icon(here.uris.media(icon.name), icon.media_type, alt or initiative.profile.name)
    return replace(initiative, profile=replace(initiative.profile, icon=shown), icon_name=icon.name)
