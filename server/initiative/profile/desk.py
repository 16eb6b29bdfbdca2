"""The desk of a profile: adding an initiative, and changing what it says of itself."""

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from server.clock import millis
from server.feature import Refusal
from server.fediverse.actors.ours.documents import signed_actor
from server.fediverse.pictures import Picture, PictureRefused
from server.initiative import as_mastodon, desk
from server.initiative.arguments import Arguments
from server.initiative.as_mastodon import PROMINENT, Account
from server.initiative.calls.model import whole_milliseconds
from server.initiative.conflicts import Overtaken
from server.initiative.fields import LINK_FIELDS
from server.initiative.profile import actions, form, icons, store
from server.initiative.profile.model import DETAILS, Initiative, read_new
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Form, FormErrors, Message, form_of, plain
from server.web.negotiation import page_language
from server.web.render import see_other

CONFLICT: Final = Message(
    _(
        "Somebody else changed this while you wrote. Nothing of yours was saved yet: compare the two below, "
        "then save again if yours is to stand."
    )
)


async def new(request: Request) -> Response:
    """Adding an initiative to this server."""
    services, language = services_of(request), page_language(request)
    typed = form_of(request, form.NEW_FIELDS)
    if typed.sent:
        fields = Fields(typed)
        try:
            handle = form.read_handle(fields, services.here.settings.hub_handle)
            values = form.read_words(fields, None, language)
            fields.require_none_wrong()
            await _add(services, handle, values)
            return see_other(request, f"/desk/@{handle}/profile", done="new")
        except FormErrors as problems:
            typed = typed.with_errors(problems)
    return services.pages.render_desk(
        request,
        "initiative/desk/new.html",
        form=typed.filled_from({"language": language, "place_choice": "undisclosed"}),
        choices=form.choices(None, language),
        authority=services.here.settings.handle_domain,
    )


async def _add(services: Services, handle: str, values: dict[str, Any]) -> None:
    here = services.here
    arguments = Arguments("initiative add", values, DETAILS)
    now = whole_milliseconds(here.clock.now())
    try:
        profile, _notes = read_new(arguments, handle, here.uris.profile_page(handle), now)
    except Refusal as problem:
        raise FormErrors({"": plain(str(problem))}) from None
    try:
        await services.database.write(
            lambda tx: actions.add_initiative(tx, here, profile, None, "", place_decided=True)
        )
    except Refusal as problem:
        raise FormErrors({"handle": plain(str(problem))}) from None


async def edit(request: Request) -> Response:
    """Changing a profile; the button "Preview" shows without saving."""
    services, language = services_of(request), page_language(request)
    typed = form_of(request, form.FIELDS, file="icon")
    initiative = await desk.open_desk(services, request)
    shown, differences, preview, again = initiative, [], False, bool(typed.values)
    if typed.sent:
        try:
            values, picture = await _read(typed, initiative, language)
            arguments = Arguments("initiative edit", values, DETAILS)
            if typed.value("act") == "save":
                seen = desk.number(typed.value("seen"))
                await icons.save_edit(services, initiative.profile.handle, arguments, picture, seen=seen)
                return see_other(request, f"{desk.root_of(initiative)}/profile", done="saved")
            shown, preview = _previewed(services, initiative, values), True
            typed = typed.to_show()
        except FormErrors as problems:
            typed = typed.with_errors(problems)
        except Overtaken:
            initiative = await desk.open_desk(services, request)
            mine = _previewed(services, initiative, values)
            differences = form.differences(mine.profile, initiative.profile, language)
            typed = _conflict(typed, initiative)
        except Refusal as problem:
            typed = typed.with_problem(str(problem))

    def read(tx: Transaction) -> tuple[Account, int]:
        return as_account(tx, services, shown), store.servers_following(tx, initiative.actor_id)

    account, servers = await services.database.read(read)
    typed = typed.filled_from(form.values_of(initiative))
    return desk.render(
        services,
        request,
        "profile.html",
        initiative,
        form=typed,
        later_links=any(typed.value(name) or name in typed.errors for name in LINK_FIELDS[2 * PROMINENT :]),
        choices=form.choices(initiative.profile, language),
        differences=differences,
        preview=preview,
        again=again,
        account=account,
        servers=servers,
        icon=f"/media/{initiative.icon_name}" if initiative.icon_name else None,
    )


async def _read(typed: Form, initiative: Initiative, language: str) -> tuple[dict[str, Any], Picture | None]:
    """What the actions take, and the new picture made anew. Raises `FormErrors`."""
    fields = Fields(typed)
    values = form.read_all(fields, typed, initiative, language)
    if typed.upload is None:
        fields.require_none_wrong()
        return values, None
    try:
        picture = await icons.made_anew(typed.upload.body)
    except PictureRefused as problem:
        fields.wrong("icon", plain(str(problem)))
    if fields.errors:
        fields.wrong("icon", form.CHOOSE_AGAIN)
    fields.require_none_wrong()
    return values, picture


def _previewed(services: Services, initiative: Initiative, values: dict[str, Any]) -> Initiative:
    """As it would be once saved; a new picture is not shown before it is kept."""
    words = {name: value for name, value in values.items() if (name, value) != ("icon", "new")}
    arguments = Arguments("initiative edit", words, DETAILS)
    return actions.edited_by(initiative, services.here, arguments, None)[0]


def _conflict(typed: Form, initiative: Initiative) -> Form:
    """The same words, to be saved over what is stored now, if the person still wants that."""
    errors = {"": CONFLICT}
    if typed.upload is not None:
        errors["icon"] = form.CHOOSE_AGAIN
    values = {**typed.values, "seen": (str(millis(initiative.profile.updated)),)}
    return replace(typed.to_show(409, errors), values=values)


def as_account(tx: Transaction, services: Services, initiative: Initiative) -> Account:
    """How Mastodon shows the very document that followers' servers get."""
    here = services.here
    keys = here.keyring.load(tx, initiative.actor_id)
    return as_mastodon.account(signed_actor(initiative.profile, initiative.actor_id, here.uris, keys))
