"""`run.py policy` and `run.py calendar`: what was recorded of what decides verdicts, and edits that are accepted."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial

import typer

from dashboard.app import create_render_context
from dashboard.cli.commands import FAILED, CommandContext, fail, ready_store
from dashboard.config import home_lock
from dashboard.config.faults import did_you_mean
from dashboard.config.versions import compare_versions, title
from data import clock
from data.domain.city.changes import Edit
from data.domain.city.recorded import RecordedVersion, VersionKey, VersionKind
from data.domain.sla.terms import terms
from data.store.backup.usage import InUse, require_unused
from data.store.cases import recorded_versions
from data.store.cases.cases import open_ids
from data.store.db.engine import Engine, reading, writing
from ingest.runtime.sweeper import recompute_open_cases


def accept_edit(command: CommandContext, kind: VersionKind, name: str, version: int, by: str) -> None:
    """Record what the version says now, and judge the open cases anew. Exit 1 when there is nothing to accept."""
    engine = ready_store(command)
    try:
        _accept(command, engine, (kind, name, version), by)
    finally:
        engine.dispose()


def _accept(command: CommandContext, engine: Engine, which: tuple[VersionKind, str, int], by: str) -> None:
    kind, name, version = which
    edits = compare_versions(engine, command.config.city, clock.now()).edits
    mine = [edit for edit in edits if edit.key[1:3] == (name, version) and _command_of(edit) is kind]
    if not mine:
        fail(_nothing(command, kind, name, version), FAILED)
    _be_alone(command, engine)
    now = clock.now()
    with writing(engine) as conn:
        for edit in mine:
            recorded_versions.add(conn, edit.key, edit.content, now, by)
    _tell(mine, by)
    left = len(edits) - len(mine)
    if left:
        typer.echo(f"{left} more edits are to be accepted or put back; then the open cases are judged anew.")
    else:
        _judge_anew(command, engine)


def _command_of(edit: Edit) -> VersionKind:
    """Holidays are accepted with their calendar."""
    return VersionKind.CALENDAR if edit.key.kind is VersionKind.HOLIDAYS else edit.key.kind


def _nothing(command: CommandContext, kind: VersionKind, name: str, version: int) -> str:
    city = command.config.city
    known: Mapping[str, object] = {
        VersionKind.POLICY: city.policies,
        VersionKind.PAUSE: city.pauses,
        VersionKind.CLASS: city.classes,
        VersionKind.AGENCY: city.agencies,
    }.get(kind, city.calendars)
    if name not in known:
        return f"There is no {kind} {name!r} in config.yaml: {did_you_mean(name, known)}"
    return f"The {title(VersionKey(kind, name, version))}, was not edited: there is nothing to accept."


def _be_alone(command: CommandContext, engine: Engine) -> None:
    """A process that still works by the old text would judge the cases back."""
    try:
        home_lock.take_alone(command.home.path)
        require_unused(engine)
    except (home_lock.HomeBusy, InUse) as error:
        fail(f"Nothing was accepted: {error}", FAILED)


def _tell(edits: Sequence[Edit], by: str) -> None:
    for edit in edits:
        typer.echo(f"Accepted by {by}: {title(edit.key)}")
        for change in edit.changes:
            typer.echo(f"  {change.field}: {change.old} -> {change.new}")


def _judge_anew(command: CommandContext, engine: Engine) -> None:
    context = create_render_context(command.config, engine)
    terms_of = partial(terms, context.config.city, context.calendars)
    with reading(engine) as conn:
        judged = len(open_ids(conn))
    differing = recompute_open_cases(engine, terms_of, threading.Event())
    with writing(engine) as conn:
        recorded_versions.count_judged(conn, judged, differing)
    typer.echo(f"{judged} open cases were judged anew, {differing} differently. Closed cases keep their verdict.")


def list_versions(command: CommandContext, kind: VersionKind) -> None:
    """A line for each recorded revision, the holidays with their calendars."""
    with reading(ready_store(command)) as conn:
        recorded = recorded_versions.load(conn)
    of_calendars = (VersionKind.CALENDAR, VersionKind.HOLIDAYS)
    mine = [it for it in recorded if (it.key.kind in of_calendars) == (kind in of_calendars)]
    for each in sorted(mine, key=lambda it: (it.key.name, it.key.version, it.key.kind, it.key.year, it.revision)):
        if each.key.kind is not VersionKind.HOLIDAYS or each.revision > 1:
            typer.echo(f"{title(each.key):<44} {each.at:%Y-%m-%d %H:%M} UTC  {each.fingerprint[:12]}  {_event(each)}")


def _event(each: RecordedVersion) -> str:
    if each.revision == 1:
        return "first seen"
    if each.accepted_by is None:
        return "days to come have changed"
    judged = "" if each.judged is None else f", {each.judged} open cases judged anew, {each.differing} differently"
    return f"edit accepted by {each.accepted_by}{judged}"
