"""In which encoding a CSV file is written, with the evidence; flat in memory.

A BOM decides. Else UTF-8 where every line is; else Windows-1252 where no line is UTF-8 with letters beyond ASCII.
Where some lines are the one and some the other the file is mixed, and nobody can read it right without being asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from data.domain.reasons import Reason, reason

UTF8, UTF16, CP1252 = "utf-8", "utf-16", "cp1252"
LINE_MOST = 10_000_000
"""Bytes of one line; a longer one is refused before it fills the memory."""

_BOMS = ((b"\xff\xfe\x00\x00", ""), (b"\x00\x00\xfe\xff", ""), (b"\xef\xbb\xbf", UTF8))
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE = 65_536
_SHOWN = 5
_SAME = {"cp1252", "latin_1", "iso8859_1", "iso8859_15", "cp1254", "cp1250", "cp1257"}
"""What charset-normalizer may call a text of Western letters."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a file's bytes are."""

    name: str
    """utf-8, utf-16 or cp1252; '' when it is refused."""
    reason: Reason
    """The evidence, or what is wrong and what to do."""
    second_opinion: str = ""
    """What charset-normalizer makes of the lines that are no UTF-8, where it was asked."""


def encoding_of(path: Path) -> Encoding:
    """Looks at the whole file. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(4_096)
    for bom, name in _BOMS:
        if start.startswith(bom):
            if not name:
                return Encoding("", reason("encoding.utf32"))
            break
    if start.startswith(_UTF16):
        return Encoding(UTF16, reason("encoding.utf16_bom"))
    if _looks_wide(start):
        return Encoding("", reason("encoding.utf16_without_bom"))
    return _by_lines(path, bom=start.startswith(b"\xef\xbb\xbf"))


def _looks_wide(start: bytes) -> bool:
    """Every other byte is NUL."""
    return len(start) >= 8 and max(start[::2].count(0), start[1::2].count(0)) > 0.4 * len(start) / 2


def _by_lines(path: Path, *, bom: bool) -> Encoding:
    wide, bad, sample = list[int](), list[int](), bytearray()
    strict = True
    for number, whole in lines(path):
        line = whole.removeprefix(b"\xef\xbb\xbf") if number == 1 and bom else whole
        if line.isascii():
            continue
        if _is(line, UTF8):
            if len(wide) < _SHOWN:
                wide.append(number)
            continue
        strict = strict and _is(line, CP1252)
        if len(sample) < _SAMPLE:
            sample += line[:_SAMPLE]
        if len(bad) < _SHOWN:
            bad.append(number)
    if not bad:
        return Encoding(UTF8, _utf8_evidence(bom=bom, only_ascii=not wide))
    guess, rows = _second_opinion(bytes(sample)), _listed(bad)
    if wide:
        return Encoding("", reason("encoding.mixed", good=_listed(wide), rows=rows), guess)
    if bom:
        return Encoding("", reason("encoding.mixed_bom", rows=rows), guess)
    if not strict:
        return Encoding("", reason("encoding.binary", rows=rows, guess=guess or reason("encoding.binary_file")), guess)
    if guess in _SAME:
        return Encoding(CP1252, reason("encoding.cp1252", rows=rows), guess)
    unsure = reason("encoding.cp1252_doubtful", rows=rows, guess=guess or reason("encoding.unknown_guess"))
    return Encoding(CP1252, unsure, guess)


def _utf8_evidence(*, bom: bool, only_ascii: bool) -> Reason:
    if bom:
        return reason("encoding.utf8_bom")
    return reason("encoding.ascii") if only_ascii else reason("encoding.utf8")


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file of bytes with their numbers. A line longer than LINE_MOST is cut there."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_MOST):
            number += 1
            yield number, line


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _second_opinion(sample: bytes) -> str:
    best = from_bytes(sample[:_SAMPLE]).best()
    return best.encoding if best is not None else ""


def _listed(numbers: list[int]) -> tuple[str, ...]:
    return (*map(str, numbers), *(["…"] if len(numbers) == _SHOWN else []))
