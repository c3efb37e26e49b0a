"""A request while it comes in: buffered without a thread until it is whole, and then read by gunicorn's own parser.

Nothing here waits or touches a socket. A request that is cut is one whose body nobody will read: larger than its route
takes, or in chunks that are none; it is answered, and then its connection ends.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from gunicorn.http import Request  # type: ignore[import-untyped]
from gunicorn.http.body import ChunkedReader  # type: ignore[import-untyped]
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from gunicorn.http.unreader import Unreader  # type: ignore[import-untyped]

HEAD_MOST = 65_536
"""Bytes of a request's line and headers."""
IN_MEMORY = 65_536
"""Bytes of a body beyond which it is written to a temporary file."""
GRACE_S = 20.0
"""How long a body may stand still before its rate counts."""
CHUNK_LINE_MOST = 8192


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a request must come in."""

    head_s: float
    body_s: float
    """The longest for a body, however steadily it comes."""
    body_rate: float
    """Bytes a second that a body needs on the average."""

    def body_deadline(self, began: float, size: int) -> float:
        """When a body of which so much is here must have gone on; `began` and it are seconds of one clock."""
        return began + min(self.body_s, GRACE_S + size / self.body_rate)


class Refused(Exception):
    """A request that is answered without asking the app."""

    def __init__(self, status: str, said: str) -> None:
        super().__init__(said)
        self.status = status


class Chunks:
    """Follows a body in chunks as far as to know where it ends (RFC 9112, 7.1); whether it is right the parser says."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes of the body itself."""
        self.ended = self.broken = False
        self._line = bytearray()
        self._left = self._raw = 0
        self._last = False

    def take(self, data: bytes) -> int:
        """How many of these bytes belong to the body."""
        at = 0
        while at < len(data) and not self.ended:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left, self.size, at = self._left - step, self.size + step, at + step
                continue
            stop = data.find(b"\n", at) + 1 or len(data)
            self._line += data[at:stop]
            at = stop
            if self._line.endswith(b"\n"):
                self._end_line(bytes(self._line).strip())
                self._line.clear()
        self._raw += at
        if len(self._line) > CHUNK_LINE_MOST or self._raw > 8 * self.size + HEAD_MOST:
            self.ended = self.broken = True
        return at

    def _end_line(self, line: bytes) -> None:
        if self._last:
            self.ended = not line
            return
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if size < 0:
            self.ended = self.broken = True
        elif size == 0:
            self._last = True
        else:
            self._left = size + len(b"\r\n")


class Held(Unreader):  # type: ignore[misc]
    """What is here of a request, for gunicorn's parser; behind it the connection seems to have ended."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._head = head
        self.body: IO[bytes] | None = None

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece."""
        head, self._head = self._head, b""
        return head or (self.body.read(size_hint or 8192) if self.body is not None else b"")


class Reception:
    """One request from its first byte on."""

    def __init__(self, parse: Callable[[Held], Any], most_body: Callable[[str, str], int], now: float) -> None:
        """parse: gunicorn's parser of a head; most_body: how large a body may be by method and path."""
        self.request: Any = None
        self.error: Exception | None = None
        """What the parser said instead, for gunicorn to answer."""
        self.rest = b""
        """What came behind it: the beginning of the next one."""
        self.held = 0
        """Bytes kept for it."""
        self.cut = False
        self._parse, self._most_body = parse, most_body
        self._began = now
        self._head = bytearray()
        self._unreader: Held | None = None
        self._left = self._most = 0
        self._asks = False
        self._chunks: Chunks | None = None

    def deadline(self, pace: Pace) -> float:
        """Until when more must have come."""
        if self.request is None:
            return self._began + pace.head_s
        return pace.body_deadline(self._began, self.held)

    @property
    def begun(self) -> bool:
        """Whether anything has come."""
        return bool(self._head) or self.request is not None

    def take(self, data: bytes, now: float) -> bool:
        """Whether it is whole, or judged, with these bytes. Raises Refused; OSError when no body can be kept."""
        if self.request is not None:
            return self._take_body(data)
        if not self._head:
            self._began = now
        known, never_ends = max(0, len(self._head) - 3), self._has_lone_newline(data)
        self._head += data
        if never_ends or self._head.find(b"\r\n\r\n", known) >= 0:
            return self._end_head(now)
        if len(self._head) > HEAD_MOST:
            said = f"the request's line and headers are larger than {HEAD_MOST} bytes"
            raise Refused("431 Request Header Fields Too Large", said)
        return False

    def asks_to_go_on(self) -> bool:
        """Whether it waits for a word before it sends its body (Expect: 100-continue); True once."""
        asks, self._asks = self._asks, False
        return asks

    def close(self) -> None:
        """Let go of what is kept."""
        self.held = 0
        if self._unreader is not None and self._unreader.body is not None:
            self._unreader.body.close()

    def _has_lone_newline(self, data: bytes) -> bool:
        """Lines that end otherwise than HTTP's do: the parser says so at once."""
        across = data.startswith(b"\n") and self._head.endswith(b"\r")
        return data.count(b"\n") != data.count(b"\r\n") + across

    def _end_head(self, now: float) -> bool:
        self._unreader = unreader = Held(bytes(self._head))
        try:
            request = self._parse(unreader)
        except (ParseException, OSError, ValueError, LookupError, TypeError, StopIteration) as error:
            self.error, self.cut = error, True
            return True
        self.request, self._began = request, now
        rest: bytes = unreader.take_buffered()
        if isinstance(request.body.reader, ChunkedReader):
            self._chunks = Chunks()
        else:
            self._left = request.body.reader.length
        if self._left or self._chunks is not None:
            self._most = self._most_body(request.method, request.path)
        if self._left > self._most:
            return self._give_up()
        if self._left or self._chunks is not None:
            unreader.body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # until `close`
            self._asks, request._expected_100_continue = request._expected_100_continue, False
        return self._take_body(rest)

    def _take_body(self, data: bytes) -> bool:
        kept = min(self._left, len(data)) if self._chunks is None else self._chunks.take(data)
        assert self._unreader is not None
        body = self._unreader.body
        if kept and body is not None:
            body.write(data[:kept])
        self.held += kept
        if self._chunks is not None:
            return self._judge_chunks(data[kept:])
        self._left -= kept
        return self._whole(data[kept:]) if not self._left else False

    def _judge_chunks(self, rest: bytes) -> bool:
        assert self._chunks is not None
        if self._chunks.broken or self._chunks.size > self._most:
            return self._give_up()
        return self._whole(rest) if self._chunks.ended else False

    def _whole(self, rest: bytes) -> bool:
        self.rest = rest
        self._rewind()
        return True

    def _give_up(self) -> bool:
        self.cut = True
        self.request._expected_100_continue = False
        self.request.force_close()
        self._rewind()
        return True

    def _rewind(self) -> None:
        if self._unreader is not None and self._unreader.body is not None:
            self._unreader.body.seek(0)


class Ready:
    """In the place of gunicorn's parser: one request that is here."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    def __next__(self) -> Any:
        """The request, or what the parser said."""
        if self._reception.error is not None:
            raise self._reception.error
        return self._reception.request

    def finish_body(self, deadline: float | None = None) -> bool:
        """Whether another request may follow on the connection."""
        return not self._reception.cut and not self._reception.request.body.failed


def parser_for(cfg: Any, client: Any) -> Callable[[Held], Any]:
    """gunicorn's parser with its settings and the peer's address."""
    return lambda unreader: Request(cfg, unreader, client)
