"""Lists of blocks as files: nothing that is well written is lost, and nothing is blocked that nobody meant."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fediverse.moderation import Block
from server.fediverse.moderation.lists import NoList, outcome, pieces_of, read_list, write_list

OWN = "https://social.garden.example"
HEADER = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
MASTODON = (
    HEADER
    + "evil.example,suspend,true,true,,false\n"
    + 'spam.example,suspend,false,false,"Advertisements, ""bots""",false\n'
    + "loud.example,silence,false,false,,false\n"
    + "pictures.example,noop,true,false,,false\n"
    + "s**m.example,suspend,false,false,,true\n"
)


def hosts(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [target.removeprefix("https://") for target in read_list(data, OWN).reasons]


def test_mastodons_export_is_read() -> None:
    found = read_list(MASTODON.encode(), OWN)
    assert found.reasons == {
        "https://evil.example": "",
        "https://spam.example": 'Advertisements, "bots"',
    }
    assert found.skipped == {"milder": 2, "hidden": 1}
    assert (found.wrong, found.wrong_rows) == ([], 0)


@pytest.mark.parametrize(
    "text",
    [
        "evil.example\nspam.example\n",
        "domain\nevil.example\nspam.example",
        "#domain\r\nevil.example\r\nspam.example\r\n",
        "\ufeff#domain,#severity\r\nevil.example,suspend\r\nspam.example,suspend\r\n",
        '"evil.example"\n\n  \n"spam.example"\n',
        "# a list of ours\nEvil.Example \nhttps://spam.example/\n",
        "severity,domain\nsuspend,evil.example\n,spam.example\n",
        "evil.example,suspend\nspam.example,suspend,false,false,why,false\n",
        "evil.example\nspam.example\nEVIL.example\n",
        "evil.example\rspam.example\r",
    ],
)
def test_lists_are_written_in_many_ways(text: str) -> None:
    assert hosts(text) == ["evil.example", "spam.example"]


def test_foreign_letters_become_punycode_and_ports_stay() -> None:
    assert hosts("münchen.example\nxn--mnchen-3ya.example\nevil.example:8443\n") == [
        "xn--mnchen-3ya.example",
        "evil.example:8443",
    ]


def test_our_own_server_is_never_taken_over() -> None:
    found = read_list(b"social.garden.example\ngarden.example\nhttps://social.garden.example/users/us\n", OWN)
    assert (found.reasons, found.skipped) == ({}, {"own": 3})


def test_a_bad_row_is_named_by_its_line_and_loses_nobody_else() -> None:
    text = (
        HEADER
        + "evil.example,suspend\nnot a host,suspend\ncom,suspend\n\nx.example,explode\nspam.example,suspend\n"
    )
    found = read_list(text.encode(), OWN)
    assert list(found.reasons) == ["https://evil.example", "https://spam.example"]
    assert found.wrong == [(3, "no-host"), (4, "too-wide"), (6, "severity")]


def test_a_comment_may_have_lines_and_counts_them() -> None:
    found = read_list((HEADER + 'evil.example,suspend,,,"one\ntwo",\nbad host,suspend\n').encode(), OWN)
    assert found.reasons == {"https://evil.example": "one two"}
    assert found.wrong == [(4, "no-host")]


def test_a_quotation_mark_that_is_never_closed_swallows_no_row() -> None:
    text = (
        HEADER
        + 'evil.example,suspend\nx.example,suspend,,,"oh\nspam.example,suspend\n"y.example\nlast.example\n'
    )
    found = read_list(text.encode(), OWN)
    assert list(found.reasons) == ["https://evil.example", "https://spam.example", "https://last.example"]
    assert found.wrong == [(3, "quotes"), (5, "quotes")]


def test_bytes_that_are_no_text_are_a_bad_row() -> None:
    found = read_list(b"evil.example\n\xff\xfe.example\nspam.example\n", OWN)
    assert (list(found.reasons), found.wrong) == (
        ["https://evil.example", "https://spam.example"],
        [(2, "no-host")],
    )


def test_words_of_others_bring_no_direction_marks() -> None:
    found = read_list((HEADER + "evil.example,suspend,,,a\u202eb\x07c,\n").encode(), OWN)
    assert found.reasons == {"https://evil.example": "abc"}


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04rest", b"a\0b", b"x" * (8 * 1024 * 1024 + 1), b"a.example\n" * 50_001]
)
def test_what_is_no_list_is_refused_whole(data: bytes) -> None:
    with pytest.raises(NoList):
        read_list(data, OWN)


@given(st.binary(max_size=400))
def test_no_file_whatever_is_a_bug(data: bytes) -> None:
    try:
        found = read_list(data, OWN)
    except NoList:
        return
    assert len(found.wrong) <= found.wrong_rows
    outcome(found, 0)


def test_ten_thousand_rows_take_a_moment() -> None:
    text = HEADER + "".join(f"spam{n}.example.org,suspend,false,false,why,false\n" for n in range(10_000))
    begun = time.perf_counter()
    assert len(read_list(text.encode(), OWN).reasons) == 10_000
    assert time.perf_counter() - begun < 2


def test_ten_thousand_unclosed_quotes_take_no_longer() -> None:
    begun = time.perf_counter()
    assert read_list(b'"x.example\n' * 9_999 + b"last.example\n", OWN).wrong_rows == 9_999
    assert time.perf_counter() - begun < 2


def test_a_list_comes_back_from_the_pieces_in_which_it_travels() -> None:
    reasons = {f"https://spam{n}.example": f'why, "{n}"' for n in range(1000)}
    reasons["https://evil.example:8443"] = ""
    reasons["https://evil.example/users/eve"] = "ä"
    pieces = pieces_of(reasons, 1000)
    assert all(len(piece.encode()) <= 1000 for piece in pieces)
    assert read_list("\n".join(pieces).replace("\n", "\r\n").encode(), OWN).reasons == reasons
    assert pieces_of({}, 1000) == []


def test_what_is_written_can_be_read() -> None:
    when = datetime(2026, 11, 23, tzinfo=UTC)
    blocks = [
        Block("https://evil.example", 'Lies, "all"', "Robin", when),
        Block("https://evil.example/users/eve", "Spam", "Robin", when),
        Block("http://127.0.0.2:8001", "", "", when),
    ]
    to_pass_on = write_list(blocks)
    assert to_pass_on.splitlines()[0] == HEADER.strip()
    assert read_list(to_pass_on.encode(), OWN).reasons == {
        "https://evil.example": "",
        "https://127.0.0.2:8001": "",
    }
    assert "Lies" not in to_pass_on
    assert "Robin" not in to_pass_on
    assert read_list(write_list(blocks, everything=True).encode(), OWN).reasons == {
        "https://evil.example": 'Lies, "all"',
        "https://evil.example/users/eve": "Spam",
        "https://127.0.0.2:8001": "",
    }
