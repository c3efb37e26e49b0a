"""Bringing a database to the schema of this build."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from data.store.db.engine import writing

MIGRATIONS = Path(__file__).parent / "migrations"


class WrongSchema(RuntimeError):
    """The database is not at this build's schema; the text says what to do."""


def migrate(engine: Engine) -> str:
    """Upgrade to the newest schema, in one transaction; its revision. Two at once: the second finds nothing to do.

    Raises WrongSchema for a store that a newer build has upgraded.
    """
    require_known(engine)
    with writing(engine) as conn:
        upgrade(conn)
    return head()


def upgrade(conn: Connection) -> None:
    """The same in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def knows(revision: str) -> bool:
    """Whether this build has the revision, as its own or as an older one."""
    return any(step.revision == revision for step in _scripts().walk_revisions())


def head() -> str:
    """The revision of this build."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def current(engine: Engine) -> str | None:
    """The database's revision; None when it is empty."""
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def require_known(engine: Engine) -> None:
    """Raises WrongSchema when the database is at a revision that this build does not have."""
    found = current(engine)
    if found is not None and not knows(found):
        raise WrongSchema(
            f"the store is at revision {found}, which is newer than this build ({head()}): use the newer release again,"
            " or restore the backup from before the upgrade (docs/upgrade.md)"
        )


def require_head(engine: Engine) -> None:
    """Raises WrongSchema unless the database is at this build's revision."""
    require_known(engine)
    found = current(engine)
    if found != head():
        raise WrongSchema(f"the store is at revision {found or 'none'}, this build needs {head()}: run.py migrate")


@cache
def _scripts() -> ScriptDirectory:
    """This build's steps: the same as long as the process lives."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
