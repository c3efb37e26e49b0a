"""Proves that a file is a report of this installation, unsigned or signed since.

A signature is appended to the file, so its first bytes stay what they were. But so may be pages that hide ours: what is
appended must hold a signature over our bytes, whose validity a PDF reader tells, or no object of a PDF.

The rows are attached to the PDF with their own SHA-256, and can be compared even when the file was written anew.
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
_SIGNED = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+\d{1,12}\s+\d{1,12}\s*\]")
_OBJECT = re.compile(rb"\d+\s+\d+\s+obj\b|startxref")
ROWS_MOST = 50_000_000


class Proof(StrEnum):
    """What a file is."""

    SAME = "same"
    """Byte by byte a file of the archive."""
    APPENDED = "appended"
    """One with something behind it: a signature, or bytes that change nothing."""
    CHANGED = "changed"
    """One with objects of a PDF behind it and no signature: a reader may show them in place of ours."""
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
        proof = _proof_behind(content[found.size :], found.size)
        return Verdict(proof, revision, len(content) - found.size, revision.sha256 if revision else "")
    rows = attached_rows(content)
    if rows is None:
        return Verdict(Proof.STRANGE)
    try:
        is_whole = rows_hash(rows["rows"]) == rows["sha256"]
    except (ValueError, RecursionError):  # what no report of ours has: NaN, half a character, a thousand brackets
        is_whole = False
    if not is_whole:
        return Verdict(Proof.ALTERED, sha256=rows["sha256"])
    known = [each for each in revisions.by_rows(conn, rows["sha256"]) if json.loads(each.rows) == rows]
    return Verdict(Proof.ROWS if known else Proof.UNKNOWN_ROWS, known[0] if known else None, sha256=rows["sha256"])


def _proof_behind(appended: bytes, size: int) -> Proof:
    """By what stands behind our bytes, which are so many."""
    if not appended:
        return Proof.SAME
    signed = any(int(match[1]) >= size for match in _SIGNED.finditer(appended))
    return Proof.APPENDED if signed or not _OBJECT.search(appended) else Proof.CHANGED


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
        except (ValueError, RecursionError):
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
