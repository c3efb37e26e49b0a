"""Where this installation keeps its state: BATT_HOME, the store's address, the secret, the build."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository's root, from which the application runs."""
SOURCE_FOLDERS = ("callbacks", "dashboard", "data", "ingest", "layouts")
SECRET_BYTES = 32
DATABASE = "batt.db"
"""The SQLite file in BATT_HOME."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of all state, and the store's address."""

    path: Path
    database_url: str
    secret_text: str | None
    """BATT_SECRET, when several machines share one."""

    @property
    def database_name(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self.database_url.partition(":")[0].partition("+")[0]

    @property
    def environment(self) -> dict[str, str]:
        """What tells a process that is started for it where it works."""
        return {"BATT_HOME": str(self.path), "BATT_DATABASE_URL": self.database_url}

    @property
    def secret_file(self) -> Path:
        """Where the secret is kept when no BATT_SECRET is given."""
        return self.path / "secret"

    @property
    def has_secret(self) -> bool:
        """Whether there is one already. Where the folder cannot be read, there is none."""
        return bool(self.secret_text) or os.path.exists(self.secret_file)

    def secret(self) -> bytes:
        """The key for screen tokens, sessions and forms; created at the first call, readable only by its owner.

        Where one may have been lost, `dashboard.cli.lost_state` says so first.
        """
        if self.secret_text:
            return self.secret_text.encode()
        if not self.secret_file.exists():
            self._make_secret()
        return self.secret_file.read_bytes().strip()

    def _make_secret(self) -> None:
        """The file is complete when it appears: several processes may start at once."""
        self.path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.path, prefix=".secret-") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES).encode())
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, self.secret_file)


def home_of(environ: Mapping[str, str], default: Path = ROOT / "var") -> Home:
    """The home that the environment names: BATT_HOME (default ./var), BATT_DATABASE_URL (default SQLite in it)."""
    path = Path(environ.get("BATT_HOME") or default).absolute()
    url = environ.get("BATT_DATABASE_URL") or f"sqlite:///{path / DATABASE}"
    return Home(path, url, environ.get("BATT_SECRET") or None)


@cache
def source_hash() -> str:
    """Twelve hex digits that change with the program, its assets and texts."""
    digest = hashlib.sha256()
    for room in SOURCE_FOLDERS:
        for file in sorted((ROOT / room).rglob("*")):
            if file.suffix in {".py", ".js", ".css", ".yaml"}:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def build_of(*parts: str) -> str:
    """The build: a hash of the program and of everything else that a wall's page shows."""
    return hashlib.sha256("\0".join((source_hash(), *parts)).encode()).hexdigest()[:12]
