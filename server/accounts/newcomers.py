"""Names and new passphrases as people type them."""

from functools import cache
from typing import Final

from server.accounts.model import LONGEST_NAME, SHORTEST_NAME, folded
from server.accounts.passphrases import weakness
from server.taxonomy.confusables import skeleton
from server.taxonomy.languages import INTERFACE_LANGUAGES, translations
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Message

NEW_PASSPHRASE: Final = ("secret_new", "secret_again")


COMMAND_LINE: Final = _("command line")
NAME_TAKEN: Final = Message(_("Somebody here has this name, or one that looks like it. Choose another."))


def read_name(fields: Fields) -> str:
    """A label: 2 to 40 characters with at least a letter or digit."""
    name = fields.text("name", LONGEST_NAME, required=True)
    if len(name) < SHORTEST_NAME or not folded(name):
        sentence = _("Choose a name of %(least)s to %(most)s characters, with letters or digits.")
        fields.wrong("name", Message(sentence, {"least": SHORTEST_NAME, "most": LONGEST_NAME}))
    if skeleton(name) in _names_of_the_command_line():
        fields.wrong("name", NAME_TAKEN)
    return name


@cache
def _names_of_the_command_line() -> frozenset[str]:
    """So the log calls whoever decides without an account, in each reader's language."""
    return frozenset(skeleton(translations(tag).gettext(COMMAND_LINE)) for tag in INTERFACE_LANGUAGES)


def read_new_passphrase(fields: Fields, name: str) -> str:
    passphrase = fields.secret("secret_new")
    weak = weakness(passphrase, name)
    if weak is not None:
        fields.wrong("secret_new", weak)
    elif fields.secret("secret_again") != passphrase:
        fields.wrong("secret_again", Message(_("This is not the same as above. Type both again.")))
    return passphrase
