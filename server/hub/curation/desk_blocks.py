"""The desk's pages for whom this instance refuses."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from federation.errors import Malformed
from server.fediverse import moderation
from server.fediverse.moderation import lists
from server.hub.asking import MAX_REASON, Question, ask, done_in, isolated
from server.hub.curation import blocking
from server.hub.listings.model import short_id
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.wording import day
from server.taxonomy.words import N_
from server.web.forms import Fields, Form, FormErrors, Message, form_of
from server.web.identity import signed_in
from server.web.negotiation import page_language
from server.web.render import local_url, see_other
from server.web.texts import TEXTS, PageError

BLOCKS = "/desk/hub/blocks"
IMPORT = f"{BLOCKS}/import"
MAX_TARGET = 2000
MOST_SHOWN = 200

_FIELD = "list"
_MAX_FIELD_BYTES = 100_000
"""A list of thousands travels through the second form in pieces that the reader of forms takes."""


async def blocks(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    found = await services.database.read(moderation.blocks)
    return services.pages.render_desk(
        request,
        "hub/desk/blocks.html",
        blocks=[
            (
                block,
                moderation.is_server(block.target),
                day(block.since.date(), language),
                path_of(block.target),
            )
            for block in found
        ],
        done=done_in(request),
    )


async def add(request: Request) -> Response:
    """GET may bring the target along, from a report or a listing; it is only shown."""
    services = services_of(request)
    form = form_of(request, ("target", "reason"))
    if form.sent:
        fields = Fields(form)
        given, reason = fields.text("target", MAX_TARGET, required=True), fields.text("reason", MAX_REASON)
        try:
            fields.require_none_wrong()
            target = moderation.target_of(given, services.here.settings.origin)
            by, now = signed_in(request).name, services.here.clock.now()
            if not await moderation.change_blocks(
                services.database,
                services.here.blocklist,
                lambda tx: blocking.block(tx, services.here, target, by, reason, now),
            ):
                fields.wrong("target", Message(N_("This is blocked already.")))
                fields.require_none_wrong()
            return see_other(request, BLOCKS, "blocked")
        except FormErrors as problems:
            form = form.with_errors(problems)
        except Malformed as error:
            form = form.with_errors(FormErrors({"target": Message(_WRONG.get(error.reason, _NO_TARGET))}))
    form = form.filled_from({"target": request.query_params.get("target", "")[:MAX_TARGET]})
    hit = await services.database.read(lambda tx: _hit(request, form.value("target"), tx))
    return services.pages.render_desk(
        request,
        "hub/desk/block.html",
        form=form,
        hit=hit,
        limit=MAX_REASON,
        action=local_url(request, f"{BLOCKS}/add", {}),
        back=BLOCKS,
    )


async def lift(request: Request) -> Response:
    services = services_of(request)
    wanted = request.path_params["block_id"]
    found = await services.database.read(moderation.blocked)
    target = next((target for target in found if short_id(target) == wanted), None)
    if target is None:
        raise PageError(404, *TEXTS[404])
    question = Question(
        heading=Message(N_("Lift the block of %(target)s"), {"target": isolated(target)}),
        says=[
            Message(N_("What comes from there is taken in again.")),
            Message(N_("Nobody comes back by themselves: they have to follow or apply again.")),
        ],
        button=Message(N_("Lift the block")),
        back=BLOCKS,
        reason="optional",
        reason_help=N_("For the log; only editors read it."),
    )

    async def act(reason: str) -> str:
        by, now = signed_in(request).name, services.here.clock.now()
        await moderation.change_blocks(
            services.database,
            services.here.blocklist,
            lambda tx: blocking.lift_block(tx, target, by, reason, now),
        )
        return BLOCKS

    return await ask(request, question, act, "lifted")


async def import_list(request: Request) -> Response:
    """A file is shown with what would become of it; the page that shows it carries the list, and sends it."""
    services = services_of(request)
    here = services.here
    form = form_of(request, (_FIELD,), file="file")
    pieces = form.values.get(_FIELD, ())
    data = form.upload.body if form.upload is not None else "\n".join(pieces).encode()
    if not data:
        if form.sent:
            form = form.with_errors(FormErrors({"file": Message(N_("Choose the file with the list."))}))
        return _ask_for_file(request, form)
    try:
        found = await asyncio.to_thread(lists.read_list, data, here.settings.origin)
    except lists.NoList as problem:
        return _ask_for_file(request, form.with_errors(FormErrors({"file": Message(str(problem))})))
    if form.sent and form.upload is None:
        by, now = signed_in(request).name, here.clock.now()
        await moderation.change_blocks(
            services.database,
            here.blocklist,
            lambda tx: blocking.block_all(tx, here, found.reasons, by, now),
        )
        return see_other(request, BLOCKS, "imported")
    return await services.database.read(lambda tx: _preview(request, form, found, tx))


def _ask_for_file(request: Request, form: Form) -> Response:
    action = local_url(request, IMPORT, {})
    return services_of(request).pages.render_desk(
        request, "hub/desk/import_blocks.html", form=form, action=action, back=BLOCKS
    )


def _preview(request: Request, form: Form, found: lists.BlockList, tx: Transaction) -> Response:
    known = set(moderation.blocked(tx))
    new = {target: reason for target, reason in found.reasons.items() if target not in known}
    return services_of(request).pages.render_desk(
        request,
        "hub/desk/check_blocks.html",
        form=form,
        action=local_url(request, IMPORT, {}),
        back=IMPORT,
        new=[target.removeprefix("https://") for target in new],
        most_shown=MOST_SHOWN,
        known=len(found.reasons) - len(new),
        skipped=[(lists.SKIPPED[why], count) for why, count in sorted(found.skipped.items())],
        wrong=[(line, lists.WRONG[why]) for line, why in found.wrong],
        wrong_rows=found.wrong_rows,
        hit=[listing.name for listing in blocking.hit_by(tx, moderation.Blocklist(new))],
        pieces=lists.pieces_of(new, _MAX_FIELD_BYTES),
    )


def path_of(target: str) -> str:
    return f"{BLOCKS}/{short_id(target)}/lift"


def _hit(request: Request, given: str, tx: Transaction) -> list[str]:
    """Names of those in the directory who would go with the block, so that nobody is surprised."""
    try:
        target = moderation.target_of(given, services_of(request).here.settings.origin) if given else ""
    except Malformed:
        return []
    return [hit.name for hit in blocking.hit_by(tx, moderation.Blocklist([target]))] if target else []


_NO_TARGET = N_("Give a host like spam.example, or the address of an account.")
_WRONG = {
    "own-server": N_("This is this server itself."),
    "too-wide": N_("This is a whole top-level domain; name the servers."),
}
