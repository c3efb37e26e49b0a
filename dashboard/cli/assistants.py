"""`run.py assistants`: the field assistants and their villages, from a table as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from dashboard.cli.commands import FAILED, CommandContext, fail, ready_store
from data import clock
from data.reference.places.villages import VILLAGES, village_named
from data.store.assistants.assistants import Assistant, assistants, replace_all
from data.store.db.engine import reading, writing
from data.store.escalation.raising import look_at_questions

COLUMNS = ("kode", "nama", "telepon", "surel", "desa")
MOST, FILE_MOST, TEXT_MOST, FAULTS_MOST = 1_000, 1_000_000, 200, 20


def import_assistants(command: CommandContext, file: Path) -> None:
    """These are all from now on; exit 1, every fault told and nothing changed, when a line cannot be understood."""
    try:
        text = _text(file)
    except (OSError, ValueError) as error:
        fail(f"{file} cannot be read: {error}", FAILED)
    found, faults = read_assistants(text)
    for each in faults[:FAULTS_MOST]:
        typer.echo(each, err=True)
    if faults:
        fail(f"{len(faults)} lines cannot be understood: nothing was changed. Mend them and import again.", FAILED)
    with writing(ready_store(command)) as conn:
        replace_all(conn, found)
        look_at_questions(conn, clock.now())
    without = sorted({it.name for it in VILLAGES} - {_name(code) for each in found for code in each.villages})
    typer.echo(f"{len(found)} field assistants are for {len(VILLAGES) - len(without)} of {len(VILLAGES)} villages.")
    if without:
        typer.echo(f"Nobody is there for: {', '.join(without)}.")


def list_assistants(command: CommandContext) -> None:
    """As CSV, as `import` takes it."""
    with reading(ready_store(command)) as conn:
        known = assistants(conn)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in known:
        villages = "; ".join(_name(code) for code in each.villages)
        writer.writerow((each.code, each.name, each.phone or "", each.email or "", villages))
    typer.echo(out.getvalue(), nl=False)


def read_assistants(text: str) -> tuple[list[Assistant], list[str]]:
    """(the assistants, what is wrong with which line). Commas or semicolons; villages by name or code, `;` or `/`
    between them."""
    delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    rows = csv.DictReader(io.StringIO(text, newline=None), delimiter=delimiter)
    try:
        return _read_rows(rows)
    except csv.Error as error:
        return [], [f"line {rows.line_num}: {error}, in it or the next"]


def _read_rows(rows: csv.DictReader[str]) -> tuple[list[Assistant], list[str]]:
    titles = [title.strip().casefold() for title in rows.fieldnames or ()]
    rows.fieldnames = titles
    if missing := [name for name in ("kode", "nama", "desa") if name not in titles]:
        return [], [f"line 1: there is no column {', '.join(missing)}; expected: {', '.join(COLUMNS)}"]
    found: dict[str, Assistant] = {}
    faults: list[str] = []
    for number, row in enumerate(rows, 2):
        told = list(_faults(row, found))
        faults += [f"line {number}: {each}" for each in told]
        if not told:
            each = _assistant(row)
            found[each.code] = each
    if len(found) > MOST:
        faults.append(f"more than {MOST} field assistants")
    if not found and not faults:
        faults.append("line 2: there is no field assistant in it")
    return list(found.values()), faults


def _faults(row: Mapping[str | None, object], known: Mapping[str, Assistant]) -> Iterator[str]:
    if None in row or any(not isinstance(value, str | None) for value in row.values()):
        yield "there are more cells than columns"
        return
    code = _cell(row, "kode")
    for name in ("kode", "nama", "desa"):
        if not _cell(row, name):
            yield f"{name} is empty"
    if any(len(_cell(row, name)) > (32 if name == "kode" else TEXT_MOST) for name in COLUMNS if name != "desa"):
        yield "a cell is too long"
    if code in known:
        yield f"kode {code} occurs twice"
    for village in _villages(row):
        if village_named(village) is None:
            yield f"{village[:40]!r} is no village of Kota Batu"


def _assistant(row: Mapping[str | None, object]) -> Assistant:
    named = (village_named(each) for each in _villages(row))
    villages = tuple(sorted({each.code for each in named if each is not None}))
    return Assistant(
        _cell(row, "kode"), _cell(row, "nama"), villages, _cell(row, "telepon") or None, _cell(row, "surel") or None
    )


def _villages(row: Mapping[str | None, object]) -> list[str]:
    return [each.strip() for each in _cell(row, "desa").replace("/", ";").split(";") if each.strip()]


def _cell(row: Mapping[str | None, object], name: str) -> str:
    return str(row.get(name) or "").strip()


def _text(file: Path) -> str:
    if file.stat().st_size > FILE_MOST:
        raise ValueError(f"it has more than {FILE_MOST} bytes")
    content = file.read_bytes()
    if b"\0" in content:
        raise ValueError("it is no text")
    return content.decode("utf-8-sig")


def _name(code: str) -> str:
    found = village_named(code)
    return found.name if found else code
