"""What sources need beside config.yaml: secrets in the environment, drivers, certificates, folders.

Nothing is asked of anybody's server: that one is down the store knows. No secret is told: findings name variables,
never what they hold.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from dashboard.api.push.routes import SHORTEST_SECRET
from dashboard.cli.doctor.findings import Finding, Patient, unwritable
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.db.engine import StoreDown, open_engine, reading
from data.store.db.migrate import current, head
from data.store.foreign.connection import DriverMissing, ForeignDatabase, ForeignDown
from data.store.intake.sources import SourceState, states
from ingest.settings import SourceSettings
from ingest.sources.drop.source import DropSettings
from ingest.sources.feed.environment import SecretProblem, secret_problem
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.sql.source import SqlSettings

Bad = Callable[..., Finding]
"""A finding of one source, by its key and values."""


def sources(patient: Patient, config: Config) -> Iterator[Finding]:
    """Of every enabled source all that is wrong, or one line that says it is well."""
    known = _known(patient.home)
    for name, settings in config.sources.items():
        if settings.enabled:
            what = f"source {name}"
            found = list(_faults(patient, name, settings, partial(patient.bad, what)))
            yield from found or [_health(patient, what, settings, known.get(name))]


def _health(patient: Patient, what: str, settings: SourceSettings, state: SourceState | None) -> Finding:
    """How it was when it was last asked."""
    if state is None or state.failing_since is None:
        return patient.ok(what, "source", kind=settings.kind)
    return patient.note(
        what,
        "source_down",
        since=f"{state.failing_since:%Y-%m-%d %H:%M}",
        said=patient.say.stored_sentence(state.error or "?"),
    )


def _known(home: Home) -> Mapping[str, SourceState]:
    """What the store knows of sources; nothing when it cannot be asked."""
    try:
        engine = open_engine(home.database_url, busy_timeout_s=3)
        if current(engine) != head():
            return {}
        with reading(engine) as conn:
            return states(conn)
    except (StoreDown, ValueError, OSError):
        return {}


def _faults(patient: Patient, name: str, settings: SourceSettings, bad: Bad) -> Iterator[Finding]:
    if isinstance(settings, DropSettings):
        yield from _folder(patient.home.path / Path(settings.folder).expanduser(), bad)
    if isinstance(settings, FeedSettings):
        yield from _entry(settings, bad)
    if isinstance(settings, FeedSettings | Open311Settings) and settings.ca_file:
        yield from _certificates(patient.home.path / Path(settings.ca_file).expanduser(), name, bad)
    if isinstance(settings, SqlSettings):
        yield from _database(settings.url_env, bad)


def _entry(settings: FeedSettings, bad: Bad) -> Iterator[Finding]:
    """What we show to the feed's server, and what its owner shows to us."""
    auth = settings.auth
    if auth is not None and auth.header is not None:
        yield from _variable(auth.header.env, bad)
    if auth is not None and auth.oauth is not None:
        yield from _variable(auth.oauth.client_id_env, bad)
        yield from _variable(auth.oauth.client_secret_env, bad)
    if settings.push is not None:
        yield from _variable(settings.push.secret_env, bad, least=SHORTEST_SECRET)
        if settings.push.old_secret_env is not None:
            yield from _variable(settings.push.old_secret_env, bad, least=SHORTEST_SECRET)


def _variable(variable: str, bad: Bad, least: int = 1) -> Iterator[Finding]:
    wrong = secret_problem(variable)
    if wrong is SecretProblem.UNSET:
        yield bad("unset", variable=variable)
    elif wrong is SecretProblem.UNFIT:
        yield bad("unfit", variable=variable)
    elif len(os.environ[variable].strip()) < least:
        yield bad("short", variable=variable, least=least)


def _database(variable: str, bad: Bad) -> Iterator[Finding]:
    """Its address, and whether what speaks to that kind of database is here."""
    wrong = list(_variable(variable, bad))
    yield from wrong
    if wrong:
        return
    try:
        ForeignDatabase(os.environ[variable].strip())
    except DriverMissing as missing:
        yield bad("driver", variable=variable, package=missing.package)
    except ForeignDown:
        yield bad("database", variable=variable)


def _folder(folder: Path, bad: Bad) -> Iterator[Finding]:
    if not os.path.isdir(folder):
        yield bad("no_folder", folder=folder)
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield bad("folder_unread", folder=folder)
    elif why := unwritable(folder):
        yield bad("folder_closed", folder=folder, why=why)


def _certificates(file: Path, name: str, bad: Bad) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:  # an SSLError is one
        yield bad("ca_file", file=file, source=name, why=error.strerror or str(error))
