"""A request while it comes in: however its bytes are cut, it is the same, and the next one begins where it ends."""

from __future__ import annotations

import pytest
from gunicorn.config import Config as Gunicorn
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine
from hypothesis import given
from hypothesis import strategies as st

from dashboard.config.load import Config
from dashboard.server.receiving import HEAD_MOST, IN_MEMORY, Chunks, Pace, Ready, Reception, Refused, parser_for

MOST = 1_000_000
NEXT = b"GET /next HTTP/1.1\r\n"


def reception(now: float = 0.0) -> Reception:
    """Of a route that takes a million bytes."""
    return Reception(parser_for(Gunicorn(), ("127.0.0.1", 1)), lambda method, path: MOST, now)


def post(body: bytes, *headers: str) -> bytes:
    """A POST with a body of this length, or in the chunks that it is."""
    lines = headers or (f"Content-Length: {len(body)}",)
    return "\r\n".join(["POST /a HTTP/1.1", "Host: x", *lines, "", ""]).encode() + body


def chunked(*parts: bytes, trailer: bytes = b"") -> bytes:
    """These parts as chunks."""
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n" + trailer + b"\r\n"


CHUNKED = "Transfer-Encoding: chunked"
WHOLE = {
    "no body": (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b""),
    "a body": (post(b"hello\r\n\r\nworld"), b"hello\r\n\r\nworld"),
    "chunks": (post(chunked(b"hel\r\n", b"lo"), CHUNKED), b"hel\r\nlo"),
    "chunks with a trailer": (post(chunked(b"a", trailer=b"X-Sum: 1\r\n"), CHUNKED), b"a"),
    "no chunk": (post(chunked(), CHUNKED), b""),
}


@pytest.mark.parametrize(("sent", "body"), WHOLE.values(), ids=WHOLE)
def test_byte_by_byte_a_request_is_whole_with_its_last_one(sent: bytes, body: bytes):
    taken = reception()
    assert [taken.take(sent[at : at + 1], 0.0) for at in range(len(sent))] == [False] * (len(sent) - 1) + [True]
    assert next(Ready(taken)).body.read() == body
    assert Ready(taken).finish_body()
    taken.close()


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(1, 200), max_size=6))
def test_however_it_is_cut_the_next_request_begins_behind_it(name: str, cuts: list[int]):
    sent, body = WHOLE[name]
    stream = sent + NEXT
    ends = [*sorted({cut for cut in cuts if cut < len(stream)}), len(stream)]
    taken, at = reception(), 0
    for end in ends:
        if taken.take(stream[at:end], 0.0):
            break
        at = end
    assert next(Ready(taken)).body.read() == body
    assert taken.rest + stream[end:] == NEXT
    taken.close()


def test_a_large_body_is_kept_in_a_file_and_read_as_it_was_sent():
    body = bytes(range(256)) * (IN_MEMORY // 64)
    taken = reception()
    assert taken.take(post(body), 0.0)
    assert taken.held == len(body)
    assert next(Ready(taken)).body.read() == body
    taken.close()
    assert taken.held == 0


def test_a_body_larger_than_its_route_takes_is_not_waited_for():
    taken = reception()
    assert taken.take(post(b"", f"Content-Length: {MOST + 1}"), 0.0)
    assert (taken.cut, taken.held) == (True, 0)
    request = next(Ready(taken))
    assert request.should_close()
    assert not Ready(taken).finish_body()


def test_chunks_that_are_more_than_their_route_takes_are_cut_off_behind_it():
    taken = reception()
    part = chunked(b"x" * 300_000)[: -len(b"0\r\n\r\n")]
    assert [taken.take(each, 0.0) for each in (post(part, CHUNKED), part, part, part)] == [False, False, False, True]
    assert taken.cut
    assert len(next(Ready(taken)).body.read(MOST + 1)) == MOST + 1
    taken.close()


@pytest.mark.parametrize(
    "broken", [b"ZZ\r\nabc", b"-5\r\nabc\r\n", b"\r\n\r\n", b"x" * 9000, b"1\r\na\r\n" * 40_000 + b"q\r\n"]
)
def test_chunks_that_are_none_are_not_waited_for(broken: bytes):
    taken = reception()
    assert taken.take(post(broken, CHUNKED), 0.0)
    assert taken.cut
    taken.close()


def test_a_trailer_without_an_end_is_cut_off():
    follower = Chunks()
    follower.take(b"0\r\n")
    for _ in range(HEAD_MOST // 10):
        follower.take(b"X-A: 1234567\r\n")
    assert follower.broken


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"GET / HTTP/1.1\nHost: x\n\n", InvalidRequestLine),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n", InvalidHeader),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", InvalidHeader),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", InvalidHeader),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", InvalidRequestLine),
    ],
)
def test_what_is_no_request_is_said_by_the_parser_at_once(sent: bytes, error: type[Exception]):
    taken = reception()
    assert taken.take(sent, 0.0)
    with pytest.raises(error):
        next(Ready(taken))


def test_a_head_without_an_end_is_refused():
    taken = reception()
    with pytest.raises(Refused) as refused:
        for _ in range(HEAD_MOST):
            taken.take(b"X-Long: 1\r\n", 0.0)
    assert refused.value.status.startswith("431 ")


def test_who_asks_whether_to_go_on_is_told_once_and_only_when_there_is_room():
    taken = reception()
    taken.take(post(b"", "Content-Length: 5", "Expect: 100-continue"), 0.0)
    assert [taken.asks_to_go_on(), taken.asks_to_go_on()] == [True, False]
    too_large = reception()
    assert too_large.take(post(b"", f"Content-Length: {MOST + 1}", "Expect: 100-continue"), 0.0)
    assert not too_large.asks_to_go_on()


def pace_of(config: Config) -> Pace:
    server = config.server
    return Pace(server.head_within.total_seconds(), server.body_within.total_seconds(), server.body_rate)


def ends(pace: Pace, rate: float, size: int) -> float | None:
    """The second in which a body that comes this steadily, in bytes a second, is let go; None when it comes through."""
    here, second = 0.0, 0
    while here < size:
        if pace.body_deadline(0.0, int(here)) <= second:
            return second
        here, second = here + rate, second + 1
    return None


def test_a_photo_of_five_megabytes_comes_through_at_ten_kilobytes_a_second_and_a_byte_a_second_does_not(config: Config):
    pace = pace_of(config)
    assert ends(pace, 10_000, 5_000_000) is None
    assert ends(pace, 6_000, 5_000_000) is None
    assert ends(pace, 1, 5_000_000) == 21
    assert ends(pace, 0.5, 5_000_000) == 21
    assert (ends(pace, 3_000, 50_000_000) or 0) == 900


def test_a_head_has_its_time_from_its_first_byte_and_a_body_from_its_head():
    pace = Pace(head_s=10, body_s=900, body_rate=1000)
    taken = reception(now=0.0)
    taken.take(b"POST / HTTP/1.1\r\n", 100.0)
    taken.take(b"Host: x\r\n", 109.0)
    assert taken.deadline(pace) == 110
    taken.take(b"Content-Length: 9000\r\n\r\n", 109.5)
    assert taken.deadline(pace) == 129.5
    taken.take(b"x" * 5000, 120.0)
    assert taken.deadline(pace) == 134.5
