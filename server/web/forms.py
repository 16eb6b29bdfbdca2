"""Forms: checked field by field, and shown again with what was typed. `bodies.py` reads them.

The law that makes a lost session harmless: a form is shown and sent at one address. GET shows it, POST executes it,
and what was typed before somebody had to sign in again is shown there as if it had been typed just now.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from starlette.requests import Request

from federation.documents import text_of
from server.taxonomy.words import N_ as _
from server.web.texts import TEXTS, PageError

NEVER_SHOWN: Final = "secret_"
"""Fields whose names begin so are never shown again and never carried along: passphrases and codes."""
_FORM: Final = "antipole.form"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for the person: a gettext msgid with its values."""

    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def plain(sentence: str) -> Message:
    """A sentence that comes ready-made, as those of `Refusal` do; one that is marked for translation is translated."""
    return Message(sentence.replace("%", "%%"))


class FormErrors(Exception):
    """What is wrong with a form: the field's name, or "" for the whole, and a sentence for each."""

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form; it was never on disk."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """`sent`: the person sent it now, so act on it; else it is only shown. `values` never hold internal fields."""

    sent: bool
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    internal: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    upload_name: str = ""
    errors: Mapping[str, Message] = field(default_factory=dict)
    status: int = 200

    def value(self, name: str) -> str:
        """For templates: what the field shows."""
        return next(iter(self.values.get(name, ())), "")

    def holds(self, name: str, value: str) -> bool:
        """For templates: whether this choice is ticked."""
        return value in self.values.get(name, ())

    def filled_from(self, stored: Mapping[str, str | Sequence[str]]) -> "Form":
        """What is stored, unless the person has typed something already."""
        if self.values:
            return self
        values = {name: (kept,) if isinstance(kept, str) else tuple(kept) for name, kept in stored.items()}
        return replace(self, values=values)

    def with_errors(self, problems: FormErrors) -> "Form":
        """To be shown again beside the sentences that say what is wrong."""
        return replace(self, sent=False, errors=problems.errors, status=422)

    def with_problem(self, sentence: Message | str) -> "Form":
        """With one sentence about the whole."""
        message = sentence if isinstance(sentence, Message) else plain(sentence)
        return self.with_errors(FormErrors({"": message}))

    def to_show(self, status: int = 200, errors: Mapping[str, Message] | None = None) -> "Form":
        """The same words, not acted upon."""
        return replace(self, sent=False, upload=None, status=status, errors=errors or {})

    def carried(self) -> list[tuple[str, str]]:
        """What may travel along as hidden fields: everything typed but secrets and files."""
        return [
            (name, value)
            for name, values in self.values.items()
            if not name.startswith(NEVER_SHOWN)
            for value in values
        ]


class Fields:
    """Reads a sent form; collects what is wrong, field by field, so that one look mends it all."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.errors: dict[str, Message] = {}

    def text(self, name: str, limit: int, *, required: bool = False, lines: bool = False) -> str:
        """NFC, without control and direction characters; on one line unless `lines`."""
        tidy = tidied(self._form.value(name), lines=lines)
        if len(tidy) > limit:
            sentence = _("This has %(length)s characters; shorten it to %(limit)s or fewer.")
            self.wrong(name, Message(sentence, {"length": len(tidy), "limit": limit}))
        elif required and not tidy:
            self.wrong(name, Message(_("This is needed; write something here.")))
        return tidy[:limit]

    def secret(self, name: str, limit: int = 1024) -> str:
        """A passphrase or code: NFC, otherwise as typed."""
        return unicodedata.normalize("NFC", self._form.value(name)[:limit])

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str:
        """One of `allowed`, or "" for none."""
        word = self._form.value(name)
        if (word and word not in allowed) or (required and not word):
            self.wrong(name, Message(_("Choose one of the list.")))
            return ""
        return word

    def choices(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Several of `allowed`, each once."""
        words = tuple(dict.fromkeys(self._form.values.get(name, ())))
        if any(word not in allowed for word in words):
            self.wrong(name, Message(_("Choose only from the list.")))
        return tuple(word for word in words if word in allowed)

    def flag(self, name: str) -> bool:
        return self._form.value(name) != ""

    def wrong(self, name: str, message: Message | str) -> None:
        """The first problem of a field is the one that is shown."""
        self.errors.setdefault(name, message if isinstance(message, Message) else plain(message))

    def require_none_wrong(self) -> None:
        """Raises `FormErrors`."""
        if self.errors:
            raise FormErrors(self.errors)


def tidied(text: str, *, lines: bool) -> str:
    """As readers of our documents will have it (CON-08)."""
    tidy = (
        (text_of({"text": text}, "text", 3 * len(text)) or "")
        .strip()
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    return tidy if lines else " ".join(tidy.split())


def form_of(request: Request, fields: Collection[str] = (), *, file: str = "") -> Form:
    """The form of this request, which may hold `fields` and one file named `file`, and nothing else.

    Raises `PageError` for other fields: who adds role=owner to a form wants more than it offers (WEB-10).
    """
    form = request.scope.get(_FORM) or Form(sent=False)
    assert isinstance(form, Form)  # only `keep` writes there
    if set(form.values) - set(fields) or (form.upload is not None and form.upload_name != file):
        raise PageError(400, *TEXTS[400])
    return form


def keep(request: Request, form: Form) -> None:
    """Puts the form where `form_of` finds it; the guard of the doors does."""
    request.scope[_FORM] = form


def kept(request: Request) -> Form | None:
    form = request.scope.get(_FORM)
    return form if isinstance(form, Form) else None
