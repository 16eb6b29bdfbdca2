"""What the closed vocabularies of kinds, sizes and themes have in common."""

from collections.abc import Collection


class UnknownWord(ValueError):
    """A word outside its vocabulary; the message is one sentence that lists the known words."""

    def __init__(self, vocabulary: str, text: str, known: Collection[str]) -> None:
        shown = "".join(c for c in text if c.isprintable())[:60]
        super().__init__(f"There is no {vocabulary} “{shown}”; choose one of: {', '.join(known)}.")
        self.vocabulary = vocabulary
        self.text = text
        self.known = tuple(known)


def one_of(vocabulary: str, text: str, known: Collection[str]) -> str:
    """The known word that `text` is, apart from case and surrounding space; raises UnknownWord."""
    word = text.strip().lower()
    if word not in known:
        raise UnknownWord(vocabulary, text, known)
    return word


def N_(message: str) -> str:
    """Marks a message for the translators; it is translated where it is shown."""
    return message
