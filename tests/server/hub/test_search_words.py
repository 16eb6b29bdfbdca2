"""Which words find which, and that no text whatever breaks the index's language."""

import contextlib
import sqlite3
import string
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.hub.search import store
from server.hub.search.model import MAX_QUERY, MAX_WORDS, forms, indexed, match_of, words_of
from server.hub.search.store import Hit
from server.storage.database import Transaction
from server.storage.migrate import migrate, read_migrations
from server.storage.postgres_connections import connect, parameters
from server.storage.postgres_units import PostgresTransaction
from server.storage.queries import Query
from server.storage.units import SqliteTransaction
from tests.postgres_server import PostgresServer

LISTING = (
    "INSERT INTO hub_listings (actor_id, listing_id, handle, state, since, document)"
    " VALUES ('a', 'a', '@a@a.example', 'listed', 1, '{}')"
)


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[SqliteTransaction]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, read_migrations())
    connection.execute(LISTING)
    yield SqliteTransaction(connection)
    connection.close()


@pytest.fixture(scope="module")
def on_postgres(postgres_server: PostgresServer) -> Iterator[PostgresTransaction]:
    address = postgres_server.new_migrated()
    with contextlib.closing(connect(parameters(address))) as connection:
        connection.execute(LISTING.encode())
        yield PostgresTransaction(connection)
    postgres_server.give_back(address)


@pytest.fixture(params=["sqlite", "postgres"])
def index(request: pytest.FixtureRequest) -> Transaction:
    """Each engine has its own index; what is found is the same."""
    found: Transaction = request.getfixturevalue(f"on_{request.param}")
    return found


def finds(index: Transaction, query: str, text: str) -> bool:
    store.put(index, Hit("a", None), indexed(text), "")
    match = match_of(query)
    return bool(match) and store.search(index, match, 10, 0) == [Hit("a", None)]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("письмо", "Напишите ПИСЬМО соседям"),
        ("елка", "Ёлка во дворе"),
        ("ёлка", "Елка во дворе"),
        ("пять", "п'ять хвилин"),
        ("п’ять", "п'ять хвилин"),
        ("п`ять", "пʼять хвилин"),
        ("рыба", "риба"),
        ("Львив", "Львів"),
        ("Ганок", "ґанок"),
        ("ижак", "їжак"),
        ("єдність", "едність"),
        ("strasse", "Straße"),
        ("STRASSE", "straße"),
        ("Bäume", "Baeume pflanzen"),
        ("Baeume", "Bäume pflanzen"),
        ("Baume", "Bäume pflanzen"),
        ("lodz", "Łódź"),
    ],
)
def test_kindred_letters_are_one(index: Transaction, query: str, text: str) -> None:
    assert finds(index, query, text)


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Kyiv", "Київ"),
        ("Kiev", "Киев"),
        ("Kiew", "Киев"),
        ("Kharkiv", "Харків"),
        ("Charkiw", "Харків"),
        ("Harkov", "Харьков"),
        ("Lviv", "Львів"),
        ("Lwiw", "Львів"),
        ("Zelenskyy", "Зеленський"),
        ("Selenskyj", "Зеленський"),
        ("Shchedryk", "Щедрик"),
        ("Schtschedryk", "Щедрик"),
        ("Zhytomyr", "Житомир"),
        ("Schytomyr", "Житомир"),
        ("Yulia", "Юлія"),
        ("dopomoha", "допомога"),
        ("pomoshch", "помощь"),
        ("volonter", "волонтёр"),
    ],
)
def test_an_alphabet_finds_the_other(index: Transaction, latin: str, cyrillic: str) -> None:
    assert finds(index, latin, cyrillic)
    assert finds(index, cyrillic, latin)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("перекла", "перекладачі"),
        ("переклад", "перекладачів"),
        ("дерева", "дереву"),
        ("trees", "a tree"),
        ("letters prisoners", "write letters to prisoners"),
        ("prisoners letters", "write letters to prisoners"),
        ("go", "go home"),
    ],
)
def test_a_beginning_is_enough_and_endings_may_change(index: Transaction, query: str, text: str) -> None:
    assert finds(index, query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("letters cats", "write letters to prisoners"),
        ("go", "good home"),
        ("кіт", "кора"),
        ("Haus", "Maus"),
        ("title:garden", "garden"),
        ("garden OR nothing", "garden"),
    ],
)
def test_every_word_has_to_fit(index: Transaction, query: str, text: str) -> None:
    assert not finds(index, query, text)


HOSTILE = [
    '"',
    'a"b',
    "NEAR(a b)",
    "*",
    "a*",
    "^a",
    "col:x",
    "{a b}:c",
    "a AND",
    "OR",
    "NOT x",
    "(((",
    "-a",
    "a+b",
]
HOSTILE += ["\x00", "a\x00b", "\ud800", "\udfff a", "\u202ea\u202c", "'", "--", "'; DROP TABLE x", "%", "\\"]


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 100_000, "я " * 100_000, "\U0001e900\U0001f600", "ﷺ" * 500])
def test_the_language_of_the_index_cannot_be_spoken(index: Transaction, text: str) -> None:
    """WEB-08."""
    match = match_of(text)
    if match:
        store.search(index, match, 10, 0)
        store.count(index, match)
    assert len(match) < MAX_WORDS * 6 * 60


TEXT = st.one_of(
    st.text(alphabet=st.characters(codec=None), max_size=60),
    st.text(alphabet="\"'*^:(){}+-,. ANDORTENabя\x00\u202e\ud800", max_size=60),
    st.lists(st.sampled_from(HOSTILE), max_size=6).map(" ".join),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=TEXT, text=TEXT)
def test_any_text_can_be_kept_and_looked_for(index: Transaction, query: str, text: str) -> None:
    finds(index, query, text)
    for word in words_of(text):
        for form in forms(word):
            assert not set(form) & set(string.punctuation + string.whitespace)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэёabcdeyzäöüß '-", min_size=1, max_size=30))
def test_a_text_is_found_by_itself_in_any_case(index: Transaction, text: str) -> None:
    if match_of(text):
        assert finds(index, text, text)
        assert finds(index, text.upper(), text)


def test_a_query_is_bounded() -> None:
    many = " ".join(f"{a}{b}c" for a in string.ascii_lowercase for b in string.ascii_lowercase)
    assert match_of(many).count(" AND ") == MAX_WORDS - 1
    assert match_of(" " * MAX_QUERY + "late") == ""


def test_a_text_that_says_nothing_is_not_looked_for() -> None:
    assert [match_of(text) for text in ("", "  ", "!?", '"" ""', "ь ъ")] == [""] * 5


def test_titles_count_most_and_what_is_disputed_is_not_shown(index: Transaction) -> None:
    def run(sql: str) -> None:
        index.run(Query("", sql, "", __file__))  # type: ignore[arg-type]  # nobody reads the path

    run(LISTING.replace("'a'", "'b'"))
    store.put(index, Hit("a", None), "garden", "soup")
    store.put(index, Hit("b", None), "soup", "garden")
    assert [hit.actor_id for hit in store.search(index, match_of("soup"), 10, 0)] == ["b", "a"]
    assert [hit.actor_id for hit in store.search(index, match_of("garden"), 1, 1)] == ["b"]
    run("UPDATE hub_listings SET disputed = 1 WHERE actor_id = 'b'")
    assert store.search(index, match_of("soup"), 10, 0) == [Hit("a", None)]
    assert store.count(index, match_of("soup")) == 1
    store.drop_all_of(index, "b")
