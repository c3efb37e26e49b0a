"""`run.py incidents learn`: what operators folded and separated, and the weights that it teaches."""

from __future__ import annotations

from datetime import timedelta

import typer

from dashboard.cli.commands import CommandContext, note, ready_store
from data import clock
from data.domain.incidents.learning import HEADS_LEAST, OTHER_LEAST, SAME_LEAST, Accuracy, Learned, learn
from data.domain.incidents.likelihood import IncidentModel, Weights
from data.store.accounts.audit import Action
from data.store.cases.incidents.labels import labelled_pairs
from data.store.cases.incidents.weights import accept, in_force
from data.store.db.engine import Engine, reading, writing


def learn_incidents(command: CommandContext, days: int, *, accepted: bool) -> None:
    """Print what the labels of the last days teach; put it into force only when `accepted`."""
    engine = ready_store(command)
    try:
        with reading(engine) as conn:
            current = in_force(conn)
            pairs = labelled_pairs(conn, command.config.city, clock.now() - timedelta(days=days))
        learned = learn(pairs, current)
        typer.echo(
            f"Labels of {days} days: {learned.same} pairs that were folded, {learned.other} that were separated or left"
            f" apart, {learned.heads} incidents."
        )
        _tell(learned, current)
        if accepted and learned.model is not None:
            _accept(engine, learned, learned.model)
    finally:
        engine.dispose()


def _tell(learned: Learned, current: IncidentModel) -> None:
    if not learned.is_enough:
        typer.echo(
            f"Too few to learn from: at least {SAME_LEAST} folded pairs, {OTHER_LEAST} others and {HEADS_LEAST}"
            " incidents are needed. Nothing was changed."
        )
        return
    typer.echo("Judged on incidents that were held out:")
    typer.echo(f"  in force  {_accuracy(learned.before)}")
    typer.echo(f"  learned   {_accuracy(learned.after)}")
    if learned.model is None:
        typer.echo("What was learned is no better than what is in force. Nothing was changed.")
        return
    typer.echo("Weights, base / distance / time / words:")
    typer.echo(f"  in force  {_weights(current.usual)}")
    typer.echo(f"  learned   {_weights(learned.model.usual)}")
    for category, weights in sorted(learned.model.of.items()):
        typer.echo(f"  {category}: {_weights(weights)} (in force: {_weights(current.of.get(category, current.usual))})")
    typer.echo("To put them into force: run.py incidents learn --accept")


def _accuracy(told: Accuracy) -> str:
    return (
        f"precision {told.precision:.2f}, recall {told.recall:.2f}"
        f" ({told.found} found, {told.wrong} wrong, {told.missed} missed)"
    )


def _weights(weights: Weights) -> str:
    return " / ".join(f"{weight:+.2f}" for weight in weights)


def _accept(engine: Engine, learned: Learned, model: IncidentModel) -> None:
    evidence = {
        "same": learned.same,
        "other": learned.other,
        "heads": learned.heads,
        "before": learned.before._asdict(),
        "after": learned.after._asdict(),
    }
    now = clock.now()
    with writing(engine) as conn:
        version = accept(conn, model, evidence, now)
        note(conn, now, Action.CHANGED, f"incidents weights {version}")
    typer.echo(f"Version {version} is in force: new reports are grouped by it at once.")
