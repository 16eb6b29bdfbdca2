"""The texts to begin from, in Markdown. What they say of storage is what the software does; tests hold them to it."""

from collections.abc import Mapping, Sequence
from typing import Final

from server.taxonomy.languages import translations
from server.taxonomy.words import N_

_ABOUT: Final = (
    N_("%(name)s is a directory of initiatives and of what they ask people to do."),
    N_(
        "Each initiative has its own place on the net and speaks for itself; this hub only says where to find it. "
        "Nothing works only through this hub: you can follow every initiative directly."
    ),
    N_(
        "**Who is listed.** Initiatives apply by following %(handle)s from their own server. Editors look at each "
        "application and decide. Whom they listed and whom they removed, with the reason, is at %(origin)s/decisions."
    ),
    N_(
        "**What is announced.** Open calls are passed on to whoever follows this hub, a few a day. Editors may put "
        "calls first; those say so."
    ),
    N_(
        "**To leave.** An initiative that stops following this hub is taken from the directory at once, with its calls."
    ),
)

_RULES: Final = (
    N_(
        "**Listed is** who works against the war or for those it harms, openly says what it does, and answers."
    ),
    N_(
        "**Not listed is** who calls for violence, sells something, collects names of people in danger, or gives "
        "itself out for somebody else."
    ),
    N_(
        "**Calls** say what is asked, how long it takes, and what it may lead to where people are prosecuted. They "
        "name nobody who has not agreed."
    ),
    N_("**Removal** comes with a reason that everybody can read. Whoever was removed may apply again."),
    N_(
        "‹Write here what else holds in your hub, who decides, and how somebody can object. Then delete this line.›"
    ),
)

_IF_YOU_ANSWER: Final = N_(
    "**If you like, boost or answer.** It is taken in and forgotten. For 30 days a hash remains, by which a "
    "repeated message is recognised; it names nobody."
)

_PRIVACY: Final = (
    N_(
        "**If you only read.** Nobody records that you were here: no address of your device (IP), no browser, no "
        "language, no time, neither in a database nor in a log file. There are no cookies, and nothing is loaded from "
        "anybody else. What you search for is not stored."
    ),
    N_(
        "Your provider, and whoever watches the line, can still see that you visited %(authority)s. Tor or a VPN hides "
        "that."
    ),
    N_(
        "**If you follow this hub.** Following can be seen: by your own server, by those who run it, and often by "
        "everybody. Kept here are the addresses of your account and of its inbox, because nothing could be delivered "
        "without them; not your name, your picture, or when you began. Both are deleted within a week after you stop "
        "following or delete your account. To read without being seen, use the feed."
    ),
    _IF_YOU_ANSWER,
    N_(
        "**Initiatives.** Their profile and their calls are kept as they signed them, until they delete them, leave or "
        "are removed; then they are erased at once. Of a deleted call a hash remains for 90 days, so that it does not "
        "come back. That somebody applied and was refused, has left or was deleted, is forgotten after 180 days."
    ),
    N_(
        "**Places** are names of cities and countries that initiatives chose themselves. Coordinates of people or of "
        "meeting places are stored nowhere."
    ),
    N_(
        "**Decisions of the editors** are kept with their reasons: two years, refusals 180 days, of deleted accounts "
        "not at all. A chain of hashes, which names nobody, stays, so that nobody can change the log unseen."
    ),
    N_(
        "**Reports from other servers** are kept with the name of the server and what it wrote, not with the name of "
        "who complained: 90 days after they were settled, at most a year."
    ),
    N_(
        "**Other servers.** Their addresses and keys, what is still to be delivered to them and whether they answer: "
        "as long as that is needed, at most 30 days after."
    ),
    N_(
        "**If you edit here.** A name of your choice, what you need to sign in, and your sessions until they end. One "
        "cookie keeps you signed in. No e-mail address, no telephone number."
    ),
    N_(
        "**What cannot be recalled.** Whatever is published here is copied by other servers, search engines and "
        "archives. A deletion is passed on to them as a request; nobody can make them heed it."
    ),
    N_(
        "**Backups** are made by whoever runs this server. Ask them where these are and how long they are kept."
    ),
)

_ANSWERS_KEPT_HERE: Final = N_(
    "**Calls of initiatives on this very server are an exception.** How often such a call was liked or passed on is "
    "kept as a number, without names. A public answer to it is kept with the name and the address of your account, and "
    "the initiative's editors decide whether everybody can read it. What they hide is erased, and a hash remains for "
    "400 days, so that it does not come back. What they do not decide on is erased after 30 days. When you delete your "
    "answer, or the call is withdrawn, it is erased here too."
)
"""Of an instance that is both: its initiatives keep what the hub forgets."""

_IMPRINT: Final = (
    N_("**Responsible for %(name)s**"),
    N_("‹Name of the person or group who answers for this hub›"),
    N_("‹A postal address, where the law demands one›"),
    N_("‹How to reach you›"),
)

_TEXTS: Final[Mapping[str, Sequence[str]]] = {
    "about": _ABOUT,
    "rules": _RULES,
    "privacy": _PRIVACY,
    "imprint": _IMPRINT,
}


def beginning(name: str, language: str, values: Mapping[str, str], *, with_initiatives: bool = False) -> str:
    """`values`: name, handle, origin and authority of the hub; `with_initiatives`: whether they live here as well."""
    _ = translations(language).gettext
    paragraphs = list(_TEXTS[name])
    if name == "privacy" and with_initiatives:
        paragraphs.insert(paragraphs.index(_IF_YOU_ANSWER) + 1, _ANSWERS_KEPT_HERE)
    return "\n\n".join(_(paragraph) % values for paragraph in paragraphs)
