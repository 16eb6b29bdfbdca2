"""The pages before somebody is signed in. They are the same for everybody, but for what was typed into them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.accounts.journey import Journey
from server.services import services_of
from server.taxonomy.wording import moment
from server.taxonomy.words import N_ as _
from server.web.forms import Form, Message
from server.web.negotiation import page_language


class Denied(Exception):
    """The try is refused: the page again, with this sentence."""

    def __init__(self, status: int, sentence: Message, wait: timedelta | None = None) -> None:
        super().__init__(sentence.text)
        self.status = status
        self.sentence = sentence
        self.wait = wait

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self.wait is None else {"retry-after": str(int(self.wait.total_seconds()) + 1)}


def show(
    request: Request,
    template: str,
    form: Form,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    journey: Journey | None = None,
    **context: Any,
) -> Response:
    """A page for whoever is not signed in."""
    sent = {"cache-control": "no-store", **(headers or {})}
    return services_of(request).pages.render(
        request,
        template,
        status,
        sent,
        form=form,
        journey=journey or Journey(),
        path=request.scope["path"],
        **context,
    )


def sign_in(
    request: Request, form: Form, journey: Journey, status: int = 200, denied: Denied | None = None
) -> Response:
    if denied is not None:
        form, status = form.with_problem(denied.sentence), denied.status
    headers = denied.headers if denied else None
    return show(request, "accounts/sign_in.html", form, status=status, headers=headers, journey=journey)


def link_is_over(request: Request, sentence: str) -> Response:
    """For a link that was used, is too old, or never was one: these look alike."""
    return services_of(request).pages.render(
        request,
        "errors/error.html",
        404,
        {"cache-control": "no-store"},
        heading=_("This link is used up or too old"),
        sentence=sentence,
    )


def until(request: Request, when: datetime) -> str:
    """In words. In UTC, which it says: we do not know where the reader is."""
    return moment(when.astimezone(UTC), page_language(request))
