from __future__ import annotations

import zlib
from pathlib import Path

from dashboard.reports.archive.verifying import Proof, Verdict, verify
from data.store.db.engine import Engine, reading, writing
from tests.dashboard.reports.months import contents, deps_of, made_by, some_cases

PDF = "laporan-2026-10.pdf"


def attaching(rows: str) -> bytes:
    """As much of a PDF as holds an attached file."""
    raw = zlib.compress(rows.encode())
    head = b"9 0 obj\n<</Length %d/Type/EmbeddedFile/Params<</Size 9>>/Filter/FlateDecode>>\nstream\n" % len(raw)
    return b"%PDF-1.7\n" + head + raw + b"\nendstream\nendobj\n"


def proof_of(engine: Engine, content: bytes) -> Verdict:
    with reading(engine) as conn:
        return verify(conn, content)


def test_a_file_of_the_archive_is_proven_signed_or_not(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    made = made_by(deps)
    content = contents(deps, made)[PDF]
    assert proof_of(engine, content) == Verdict(Proof.SAME, made.revision, 0, made.revision.sha256)
    signed = content + b"\n1 0 obj <</Type/Sig>> endobj"
    assert proof_of(engine, signed) == Verdict(Proof.APPENDED, made.revision, 29, made.revision.sha256)
    book = contents(deps, made)["laporan-2026-10.xlsx"]
    assert proof_of(engine, book).proof is Proof.SAME


def test_a_file_that_was_written_anew_is_known_by_its_rows(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    made = made_by(deps)
    content = contents(deps, made)[PDF]
    other = content.replace(b"%PDF-1.7", b"%PDF-1.6", 1)
    assert other != content
    assert proof_of(engine, other).proof is Proof.ROWS
    assert proof_of(engine, attaching(made.revision.rows)).proof is Proof.ROWS
    forged = made.revision.rows.replace('"received":12', '"received":92', 1)
    assert forged != made.revision.rows
    assert proof_of(engine, attaching(forged)).proof is Proof.ALTERED
    with writing(engine) as conn:
        for table in ("report_file", "report_revision"):
            conn.exec_driver_sql(f"DELETE FROM {table}")
    assert proof_of(engine, content).proof is Proof.UNKNOWN_ROWS


def test_another_file_is_strange(engine: Engine):
    assert proof_of(engine, b"%PDF-1.7 nothing of ours") == Verdict(Proof.STRANGE)
