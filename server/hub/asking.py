"""One act, one page: what it does is said first, then there is one button, with a reason or a typed word if needed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from server.feature import Refusal
from server.services import services_of
from server.taxonomy.words import N_
from server.web.forms import Fields, Form, FormErrors, Message, form_of
from server.web.render import local_url, see_other

FIELDS: Final = ("reason", "confirm")
MAX_REASON: Final = 500

DONE: Final = {
    "admitted": N_("It is listed now. Its calls are being read."),
    "refused": N_("The application was refused, and the reason is on its way."),
    "removed": N_("It is no longer listed. Its calls and announcements are being taken back."),
    "saved": N_("Saved."),
    "asked": N_("The checks are made again now. Look here in a moment."),
    "featured": N_("The call stands first now."),
    "unfeatured": N_("The call stands in its usual place again."),
    "held": N_("The call will not be announced."),
    "let-go": N_("The call will be announced in its turn."),
    "blocked": N_("Blocked. Nothing of it is taken in any more."),
    "imported": N_("The servers on the list are blocked now."),
    "lifted": N_("The block is lifted. Whoever followed from there has to follow again."),
    "closed": N_("The report is closed."),
    "forwarded": N_("The report is on its way to their server."),
}
"""What a page says after the act that led to it."""


@dataclass(frozen=True, slots=True)
class Question:
    """`says`: what it does, a paragraph each. `word`: what must be typed to confirm, "" for nothing.

    `reason`: whether one is asked for; `reason_help` says who gets to read it.
    """

    heading: Message
    says: Sequence[Message]
    button: Message
    back: str
    danger: bool = False
    reason: Literal["", "optional", "required"] = ""
    reason_help: str = ""
    word: str = ""


def isolated(text: str) -> str:
    """Other people's words inside a sentence of ours: whatever their direction, ours keeps its own (CON-08)."""
    return f"\u2068{text}\u2069"


async def ask(
    request: Request, question: Question, act: Callable[[str], Awaitable[str]], done: str
) -> Response:
    """Shows the question, or acts on the answer: `act` takes the reason that was given and answers where to go on.

    What `act` cannot fulfil it raises as `FormErrors` or `Refusal`; then the question is shown again.
    """
    form = form_of(request, FIELDS)
    if form.sent:
        try:
            return see_other(request, await act(_answer(form, question)), done)
        except FormErrors as problems:
            form = form.with_errors(problems)
        except Refusal as refusal:
            form = form.with_problem(str(refusal))
    return services_of(request).pages.render_desk(
        request,
        "hub/desk/ask.html",
        question=question,
        form=form,
        limit=MAX_REASON,
        action=local_url(request, request.scope["path"], {}),
    )


def _answer(form: Form, question: Question) -> str:
    """The reason that was given. Raises `FormErrors`."""
    fields = Fields(form)
    reason = fields.text("reason", MAX_REASON, required=question.reason == "required")
    if question.word and fields.text("confirm", 300).lower() != question.word.lower():
        fields.wrong("confirm", Message(N_("Type exactly this: %(word)s"), {"word": question.word}))
    fields.require_none_wrong()
    return reason


def done_in(request: Request) -> str:
    """The msgid of what was done, or ""."""
    return DONE.get(request.query_params.get("done", ""), "")
