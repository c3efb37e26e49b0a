"""Says that a part of the installation's state is lost, before a new one takes its place: the secret, or the store."""

from __future__ import annotations

import os

import structlog
import typer

from dashboard.config.home import Home
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, reading

log = structlog.get_logger(__name__)
_SECRET = (
    "The secret is lost: the store holds records, but {file} is not there and BATT_SECRET is not set. A new one is made"
    " now, and what the old one signed is worthless: the addresses of all walls (run.py screen url NAME prints the new"
    " ones), and open forms. Accounts, API keys, sources and reports are as they were. To have the old addresses back,"
    " stop the server and put the old secret in its place: docs/deploy/deploy.md, 'A lost secret'."
)
_STORE = (
    "The store is empty, although this installation has run before: there is {file}. When it should hold reports, stop"
    " the server now and restore a backup (run.py restore FILE --replace): until then public numbers are given out a"
    " second time."
)


def tell_of_lost_secret(home: Home, engine: Engine) -> None:
    """When there is none although the store holds what a running installation has written. Raises StoreDown.

    Walls' addresses and forms are signed with it. Accounts, sessions and API keys are not.
    """
    with reading(engine) as conn:
        is_lost = not home.has_secret and latest(conn) > 0
    if is_lost:
        log.warning("secret_lost", file=str(home.secret_file))
        typer.echo(_SECRET.format(file=home.secret_file), err=True)


def tell_of_lost_store(home: Home) -> None:
    """For an empty store: when it is not the first one, for there is a secret."""
    if os.path.exists(home.secret_file):
        log.warning("store_empty", home=str(home.path))
        typer.echo(_STORE.format(file=home.secret_file), err=True)
