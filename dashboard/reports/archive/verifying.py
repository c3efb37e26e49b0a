"""Proves that a file is a report of this installation, unsigned or signed since.

A signature is appended to the file, so its first bytes stay what they were. The rows are attached to the PDF with their
own SHA-256, so that they can be compared even when the file was written anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.reports.month.tables import rows_hash
from data.store.db.engine import Connection
from data.store.reports import revisions
from data.store.reports.revisions import ReportFile, Revision

_EMBEDDED = re.compile(rb"<<[^\0]{0,400}?/Type\s*/EmbeddedFile[^\0]{0,600}?>>\s*stream\r?\n", re.DOTALL)
_LENGTH = re.compile(rb"/Length\s+(\d+)")
ROWS_MOST = 50_000_000


class Proof(StrEnum):
    """What a file is."""

    SAME = "same"
    """Byte by byte a file of the archive."""
    APPENDED = "appended"
    """One with something behind it: a signature."""
    ROWS = "rows"
    """Other bytes, with the rows of a revision of the archive attached, unchanged."""
    UNKNOWN_ROWS = "unknown_rows"
    """Its rows fit their own hash, but the archive has no such revision."""
    ALTERED = "altered"
    """Its rows do not fit their own hash."""
    STRANGE = "strange"
    """Nothing in it is of a report."""


GOOD = frozenset({Proof.SAME, Proof.APPENDED, Proof.ROWS})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found."""

    proof: Proof
    revision: Revision | None = None
    appended: int = 0
    """Bytes behind the file's own."""
    sha256: str = ""
    """Of the rows, as the file says."""


def verify(conn: Connection, content: bytes) -> Verdict:
    """What the bytes are."""
    found = _file_of(conn, content)
    if found is not None:
        revision = revisions.by_id(conn, found.revision_id)
        appended = len(content) - found.size
        return Verdict(
            Proof.APPENDED if appended else Proof.SAME, revision, appended, revision.sha256 if revision else ""
        )
    rows = attached_rows(content)
    if rows is None:
        return Verdict(Proof.STRANGE)
    if rows_hash(rows["rows"]) != rows["sha256"]:
        return Verdict(Proof.ALTERED, sha256=rows["sha256"])
    known = [each for each in revisions.by_rows(conn, rows["sha256"]) if json.loads(each.rows) == rows]
    return Verdict(Proof.ROWS if known else Proof.UNKNOWN_ROWS, known[0] if known else None, sha256=rows["sha256"])


def _file_of(conn: Connection, content: bytes) -> ReportFile | None:
    """The file of the archive that these bytes are, or begin with."""
    whole = revisions.by_sha256(conn, hashlib.sha256(content).hexdigest())
    if whole is not None:
        return whole
    for size in reversed([size for size in revisions.sizes(conn, ".pdf") if size < len(content)]):
        found = revisions.by_sha256(conn, hashlib.sha256(content[:size]).hexdigest())
        if found is not None:
            return found
    return None


def attached_rows(content: bytes) -> dict[str, Any] | None:
    """What is attached to a report's PDF; None when there is nothing of the kind."""
    for raw in _embedded(content):
        try:
            found = json.loads(raw)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("rows"), list) and isinstance(found.get("sha256"), str):
            return found
    return None


def _embedded(content: bytes) -> Iterator[bytes]:
    for match in _EMBEDDED.finditer(content):
        length = _LENGTH.search(match[0])
        if length is None:
            continue
        raw = content[match.end() : match.end() + int(length[1])]
        if b"/FlateDecode" not in match[0]:
            yield raw
            continue
        try:
            yield zlib.decompressobj().decompress(raw, ROWS_MOST)
        except zlib.error:
            continue
