"""Strategies for whatever an initiative may write, as the command line has already tidied it."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from federation.documents import text_of
from server.documents.call import Call
from server.documents.moments import moment_text
from server.documents.profile import Icon, Profile, ProfileLink
from server.taxonomy.kinds import KINDS
from server.taxonomy.sizes import SIZES
from server.taxonomy.themes import THEMES

ORIGIN = "https://letters.example"
ACTOR = f"{ORIGIN}/actors/letters"
PLACES = ("Berlin, DE", "Kyiv, UA", "Leipzig, DE", "Germany")
CALL_PLACES = (*PLACES, "undisclosed")


def _tidy(text: str) -> str:
    return text_of({"text": text}, "text", 10_000) or ""


words = st.text(max_size=80).map(_tidy).map(lambda text: " ".join(text.split()))
names = words.filter(bool)
texts = st.text(max_size=400).map(_tidy)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.one_of(
    instants.map(lambda moment: moment_text(moment.date())),
    st.tuples(instants, offsets).map(lambda given: moment_text(given[0].astimezone(given[1]))),
)
links = st.sampled_from(
    [
        "https://letters.example/how?to=write&now=1",
        "http://xn--80ak6aa92e.example/a%20b",
        "https://лист.example/так",
    ]
)
themes = st.lists(st.sampled_from(THEMES), unique=True, max_size=4).map(tuple)

calls = st.builds(
    Call,
    uri=st.just(f"{ORIGIN}/calls/0123456789"),
    actor_id=st.just(ACTOR),
    state=st.sampled_from(["open", "closed"]),
    title=names,
    text=texts,
    kind=st.none() | st.sampled_from(KINDS),
    size=st.none() | st.sampled_from(SIZES),
    language=st.sampled_from(["uk", "ru", "de", "en", "pt-BR", "kk"]),
    themes=themes,
    start=st.none() | moments,
    deadline=st.none() | moments,
    link=st.none() | links,
    place=st.none() | st.sampled_from(CALL_PLACES),
    published=instants,
    updated=instants,
)

profiles = st.builds(
    Profile,
    handle=st.from_regex(r"[a-z0-9_]{1,10}", fullmatch=True),
    name=names,
    summary=texts,
    languages=st.lists(st.sampled_from(["uk", "ru", "de", "en"]), unique=True, max_size=3).map(tuple),
    themes=themes,
    place=st.none() | st.sampled_from(PLACES),
    links=st.lists(
        st.builds(ProfileLink, name=names.map(lambda name: name[:60].strip()), url=links), max_size=3
    ).map(tuple),
    icon=st.none()
    | st.builds(Icon, url=st.just(f"{ORIGIN}/media/x.png"), media_type=st.just("image/png"), alt=words),
    published=instants,
    updated=instants,
    page_url=st.just(f"{ORIGIN}/@letters"),
)
