"""`run.py map import`: the map comes into force, and the cases follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import typer

from dashboard.cli.commands import FAILED, CommandContext, ready_store
from data import clock
from data.reference.boundaries.map_import import MapRefused, check
from data.store.db.engine import Engine, StoreDown, reading, writing
from data.store.geo import boundaries, placing
from data.store.geo.placing import Placing
from ingest.runtime.map_placing import place_cases
from ingest.runtime.process_files import owner_of
from ingest.warnings.areas import place_warnings

TOLD_EVERY_S = 5.0


def map_import(command: CommandContext, file: Path) -> None:
    """Exit 1, with every fault told, when the file cannot be the map, or when not every case could be placed by it."""
    try:
        imported = check(file)
    except MapRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(FAILED) from None
    engine = ready_store(command)
    with writing(engine) as conn:
        boundaries.replace(conn, imported.areas, imported.origin, clock.now())
        place_warnings(conn, imported.boundaries, clock.now())
    for finding in imported.report:
        typer.echo(f"  {finding}")
    typer.echo(f"{len(imported.boundaries.codes)} villages are the map now.")
    try:
        _place_cases(command, engine)
    except StoreDown as error:
        typer.echo(f"Not all cases are placed by it: {error.orig}. The jobs of the server go on, or the next import.")
        raise typer.Exit(FAILED) from None


def _place_cases(command: CommandContext, engine: Engine) -> None:
    owner = owner_of(command.home.path, "map")
    if not place_cases(engine, owner, threading.Event(), tell=_told_now_and_then()):
        typer.echo("Another process places the cases by it.")
        return
    with reading(engine) as conn:
        at = placing.state(conn)
    typer.echo(f"{at.moved if at else 0} cases stand in another place than before.")


def _told_now_and_then() -> Callable[[Placing], None]:
    said = time.monotonic()

    def tell(at: Placing) -> None:
        nonlocal said
        if time.monotonic() - said >= TOLD_EVERY_S:
            said = time.monotonic()
            typer.echo(f"  {at.placed_to} of {at.last} cases are placed by it", err=True)

    return tell
