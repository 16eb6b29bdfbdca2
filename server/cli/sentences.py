"""What a person is told of an error: one sentence."""

import traceback

from typer import Abort, TyperException

from federation.errors import FederationError
from server.cli.run import CommandLineError
from server.control.client import CommandFailed
from server.feature import Refusal
from server.settings import SettingsError
from server.storage.database import StorageUnavailable


def sentence_of(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    match error:
        case (
            CommandLineError()
            | CommandFailed()
            | Refusal()
            | SettingsError()
            | StorageUnavailable()
            | FederationError()
        ):
            return str(error)
        case TyperException():
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "antipole"
            return f"{error.format_message()} See `{path} --help`."
        case Abort():
            return "Stopped."
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}."
        case _:
            last = traceback.extract_tb(error.__traceback__)[-1]
            return (
                f"Antipole made a mistake ({type(error).__name__} in {last.filename}, line {last.lineno}): "
                "please report what you did and this sentence."
            )
