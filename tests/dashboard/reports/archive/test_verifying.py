from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from dashboard.reports.archive.verifying import Proof, Verdict, verify
from data.store.db.engine import Engine, reading, writing
from tests.dashboard.reports.months import contents, deps_of, made_by, some_cases

PDF = "laporan-2026-10.pdf"


def attaching(rows: str) -> bytes:
    """As much of a PDF as holds an attached file."""
    raw = zlib.compress(rows.encode())
    head = b"9 0 obj\n<</Length %d/Type/EmbeddedFile/Params<</Size 9>>/Filter/FlateDecode>>\nstream\n" % len(raw)
    return b"%PDF-1.7\n" + head + raw + b"\nendstream\nendobj\n"


SIGNATURE = b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange [0 %d 900 50]/Contents <00>"


def updated(content: bytes, entries: bytes = b"/Type/Page/Contents 1 0 R") -> bytes:
    """An incremental update with one object, as it is appended."""
    update = b"\n99999 0 obj\n<<" + entries + b">>\nendobj\n"
    table = b"xref\n99999 1\n%010d 00000 n \ntrailer\n<</Size 100000/Prev %d>>\n" % (len(content) + 1, 0)
    return update + table + b"startxref\n%d\n%%%%EOF\n" % (len(content) + len(update))


def proof_of(engine: Engine, content: bytes) -> Verdict:
    with reading(engine) as conn:
        return verify(conn, content)


def test_a_file_of_the_archive_is_proven_signed_or_not(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    made = made_by(deps)
    content = contents(deps, made)[PDF]
    assert proof_of(engine, content) == Verdict(Proof.SAME, made.revision, 0, made.revision.sha256)
    for update in (updated(content), updated(content, SIGNATURE % (len(content) + 300)), b"\n"):
        proof = Proof.CHANGED if update == updated(content) else Proof.APPENDED
        assert proof_of(engine, content + update) == Verdict(proof, made.revision, len(update), made.revision.sha256)
    signature_of_nothing = updated(content, SIGNATURE % 9)
    assert proof_of(engine, content + signature_of_nothing).proof is Proof.CHANGED
    with_validation_data = content + updated(content, SIGNATURE % (len(content) + 300)) + updated(content)
    assert proof_of(engine, with_validation_data).proof is Proof.APPENDED
    cut = content[:-1] + updated(content, SIGNATURE % (len(content) + 300))
    assert proof_of(engine, cut).proof is Proof.ROWS
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


@pytest.mark.parametrize("rows", ["[NaN]", '["\\ud800"]', "[" * 100_000, "[" * 900 + "]" * 900])
def test_hostile_rows_are_no_report_and_no_traceback(engine: Engine, rows: str):
    attached = attaching(f'{{"rows": {rows}, "sha256": "{64 * "a"}"}}')
    assert proof_of(engine, attached).proof in (Proof.STRANGE, Proof.ALTERED)
