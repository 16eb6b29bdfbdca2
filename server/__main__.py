"""The `antipole` command. Every error is one sentence on stderr with exit status 2, never a traceback."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and returns the exit status; `arguments` default to the process's own."""
    if not _federation_is_ours():
        return _fail(
            "Another package has overwritten Antipole's `federation`: install Antipole into an environment of its own."
        )
    # After the check: these import `federation`.
    import typer

    from server.cli.verbs import application

    try:
        done = typer.main.get_command(application).main(
            args=None if arguments is None else list(arguments), prog_name="antipole", standalone_mode=False
        )
        return done if isinstance(done, int) else 0
    except BrokenPipeError:
        # The reader (`| head`) has seen enough.
        return 0
    except KeyboardInterrupt:
        return 130
    except typer.TyperException as error:
        message = error.format_message()
        if "\n" in message:
            # A group without a verb: what comes is its whole help, and lines are what makes it readable.
            sys.stderr.write(f"{message}\n")
            return 2
        return _fail(_sentence(error))
    except Exception as error:
        return _fail(_sentence(error))


def _federation_is_ours() -> bool:
    try:
        import federation
    except Exception:
        return False
    return getattr(federation, "ANTIPOLE_FEDERATION", False) is True


def _sentence(error: Exception) -> str:
    # Half of the application, for the names of its errors: what goes well does not wait for it.
    from server.cli.sentences import sentence_of

    return sentence_of(error)


def _fail(sentence: str) -> int:
    sys.stderr.write(" ".join(sentence.split()) + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
