"""The desk's pages for what is announced: today's share, what waits, what fails, what is held back."""

from datetime import UTC, datetime, time

from starlette.requests import Request
from starlette.responses import Response

from server.hub.announcements import actions, store
from server.hub.announcements.model import HIGHEST_CAP, LOWEST_CAP
from server.hub.announcements.store import ListedCall
from server.hub.asking import MAX_REASON, Question, ask, done_in, isolated
from server.hub.calls.desk import LOG_ONLY, open_call
from server.hub.calls.model import KeptCall
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.wording import moment
from server.taxonomy.words import N_
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.identity import signed_in
from server.web.negotiation import page_language
from server.web.render import local_url, see_other
from server.web.texts import TEXTS, PageError

ANNOUNCEMENTS = "/desk/hub/announcements"
MOST_SHOWN = 100


async def announcements(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    here, now = services.here, services.here.clock.now()
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)

    def read(tx: Transaction) -> Response:
        not_yet = store.not_announced(tx, MOST_SHOWN)
        return services.pages.render_desk(
            request,
            "hub/desk/announcements.html",
            cap=actions.cap_of(tx, here),
            sent=store.day(tx, now).sent,
            waiting=[call for call in not_yet if not call.standing.held_back and not call.standing.failed],
            failing=[
                (call, moment(call.standing.next_try, language))
                for call in not_yet
                if not call.standing.held_back and call.standing.next_try is not None
            ],
            held=[call for call in not_yet if call.standing.held_back],
            today=[
                (call, moment(call.standing.announced_at, language))
                for call in store.announced_since(tx, midnight, MOST_SHOWN)
                if call.standing.announced_at is not None
            ],
            may_set=signed_in(request).may("hub", "owner"),
            hold_path=hold_path,
            done=done_in(request),
        )

    return await services.database.read(read)


async def cap(request: Request) -> Response:
    services, here = services_of(request), services_of(request).here
    form = form_of(request, ("cap", "reason"))
    if form.sent:
        fields = Fields(form)
        text, reason = fields.text("cap", 10, required=True), fields.text("reason", MAX_REASON)
        number = int(text) if text.isascii() and text.isdigit() else 0
        if not LOWEST_CAP <= number <= HIGHEST_CAP:
            bounds = {"lowest": LOWEST_CAP, "highest": HIGHEST_CAP}
            fields.wrong("cap", Message(N_("Give a number from %(lowest)s to %(highest)s."), bounds))
        try:
            fields.require_none_wrong()
            by, now = signed_in(request).name, here.clock.now()
            await services.database.write(lambda tx: actions.set_cap(tx, here, number, by, reason, now))
            return see_other(request, ANNOUNCEMENTS, "saved")
        except FormErrors as problems:
            form = form.with_errors(problems)
    current = await services.database.read(lambda tx: actions.cap_of(tx, here))
    return services.pages.render_desk(
        request,
        "hub/desk/cap.html",
        form=form.filled_from({"cap": str(current)}),
        lowest=LOWEST_CAP,
        highest=HIGHEST_CAP,
        limit=MAX_REASON,
        action=local_url(request, f"{ANNOUNCEMENTS}/cap", {}),
        back=ANNOUNCEMENTS,
    )


async def hold(request: Request) -> Response:
    """Holds an announcement back; of one that is held back it asks the opposite."""
    services, call_id = services_of(request), request.path_params["call_id"]

    def read(tx: Transaction) -> tuple[KeptCall, bool]:
        call, _listing = open_call(tx, call_id)
        standing = store.standing_of(tx, call.uri)
        if standing.announced_at is not None:
            raise PageError(404, *TEXTS[404])
        return call, standing.held_back

    call, held = await services.database.read(read)
    change = actions.let_go if held else actions.hold_back

    async def act(reason: str) -> str:
        by, now = signed_in(request).name, services.here.clock.now()
        await services.database.write(lambda tx: change(tx, *open_call(tx, call_id), by, reason, now))
        return ANNOUNCEMENTS

    return await ask(request, _let_go(call) if held else _hold_back(call), act, "let-go" if held else "held")


def hold_path(call: ListedCall) -> str:
    return f"/desk/hub/calls/{call.call_id}/hold"


def _hold_back(call: KeptCall) -> Question:
    return Question(
        heading=Message(N_("Do not announce “%(title)s”"), {"title": isolated(call.title)}),
        says=[Message(N_("It stays in the lists and on the map. Followers of this hub are not told of it."))],
        button=Message(N_("Hold it back")),
        back=ANNOUNCEMENTS,
        reason="optional",
        reason_help=LOG_ONLY,
    )


def _let_go(call: KeptCall) -> Question:
    return Question(
        heading=Message(N_("Announce “%(title)s” after all"), {"title": isolated(call.title)}),
        says=[Message(N_("It takes its turn among those that wait."))],
        button=Message(N_("Let it be announced")),
        back=ANNOUNCEMENTS,
        reason="optional",
        reason_help=LOG_ONLY,
    )
