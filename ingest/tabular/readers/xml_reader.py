"""Feeding the parts of a workbook to expat, chunk by chunk, and the two of them that are simple: texts and outline.

Memory does not grow with a part, whatever stands in it. Raises BrokenTable for what no spreadsheet writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from data.domain.reasons import reason
from ingest.tabular.readers.cell_values import plain_text
from ingest.tabular.readers.csv_table import BrokenTable

ROWS_MOST = 1_048_576
MERGES_MOST = 20_000
STRINGS_MOST = 5_000_000
_CHUNK = 262_144
_TOKEN_MOST = 8_000_000
"""Bytes of one tag."""
_STRING_TAGS = frozenset({"si", "t", "r", "rPh"})


class Outline(NamedTuple):
    """What is known of a sheet without reading its texts."""

    merges: list[str]
    last: int
    """The number of the last row with a cell that may have a text."""


def feed(file: IO[bytes], parser: expat.XMLParserType) -> Iterator[None]:
    """Feeds the parser; a pause after each chunk. Raises BrokenTable."""
    sent = 0
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            sent += len(chunk)
            if sent - parser.CurrentByteIndex > _TOKEN_MOST:
                raise BrokenTable(reason("workbook.element_too_large"))
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as wrong:
        raise BrokenTable(reason("workbook.bad_xml", error=str(wrong))) from None


def make_parser() -> expat.XMLParserType:
    """It gives texts in large pieces."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65_536
    return parser


def local(tag: str) -> str:
    """An element's name without its prefix."""
    return tag.rpartition(":")[2]


def read_strings(file: IO[bytes]) -> list[str]:
    """The workbook's shared texts, without the phonetic ones."""
    strings: list[str] = []
    pieces: list[str] = []
    parser, aside = make_parser(), 0

    def start(tag: str, _: Any) -> None:
        nonlocal aside
        name = tag if tag in _STRING_TAGS else local(tag)
        if name == "t" and not aside:
            parser.CharacterDataHandler = pieces.append
        elif name == "rPh":
            aside += 1

    def end(tag: str) -> None:
        nonlocal aside
        name = tag if tag in _STRING_TAGS else local(tag)
        if name == "t":
            parser.CharacterDataHandler = None
        elif name == "si":
            strings.append(plain_text("".join(pieces)))
            pieces.clear()
        elif name == "rPh":
            aside -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    for _ in feed(file, parser):
        if len(strings) > STRINGS_MOST:
            raise BrokenTable(reason("workbook.too_many_texts", most=STRINGS_MOST))
    return strings


def read_outline(file: IO[bytes]) -> Outline:
    """Reads a whole sheet without its texts: its merged ranges, which stand behind its rows, and its last row."""
    merges: list[str] = []
    parser, number, last = make_parser(), 0, 0

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal number, last
        if ":" in tag:
            tag = local(tag)
        if tag in ("v", "t"):
            last = number
        elif tag == "row":
            number = next_row(number, attributes)
        elif tag == "mergeCell":
            add_merge(merges, attributes)

    parser.StartElementHandler = start
    for _ in feed(file, parser):
        pass
    return Outline(merges, last)


def next_row(number: int, attributes: Mapping[str, str]) -> int:
    """The number of the row that begins, after row `number`. Raises BrokenTable."""
    given = attributes.get("r")
    new = number + 1 if given is None else whole(given)
    if not number < new <= ROWS_MOST:
        raise BrokenTable(reason("workbook.bad_row_number", number=(given or str(new))[:20], row=str(number)))
    return new


def add_merge(found: list[str], attributes: Mapping[str, str]) -> None:
    """One more; there are limits."""
    if len(found) >= MERGES_MOST:
        raise BrokenTable(reason("workbook.too_many_merges", most=MERGES_MOST))
    found.append(attributes.get("ref", "")[:40])


def whole(text: str) -> int:
    """A number of rows, styles or texts; -1 for what is none."""
    return int(text) if len(text) <= 9 and text.isdecimal() else -1
