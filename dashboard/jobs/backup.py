"""Backups by the clock: in a process of their own and of low priority, one at a time in all of the installation."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog

from dashboard.backup.schedule import JOB, is_due
from dashboard.config.home import ROOT, Home
from dashboard.config.models import BackupSettings
from dashboard.server.companion import ended
from data import clock
from data.store.db import jobs
from data.store.db.engine import Engine, StoreDown, reading, writing
from data.store.intake.sources import release
from ingest.runtime.leases import claim_or_take_over

log = structlog.get_logger(__name__)
COMMAND = (sys.executable, str(ROOT / "run.py"), "backup", "--low-priority")
LEASE_S = 120.0
LOOK_S = 1.0
TOLD = (0, 1)
"""Exit codes after which the command has written down itself what became of it."""


class Backups:
    """The job."""

    def __init__(
        self, settings: BackupSettings, home: Home, engine: Engine, command: tuple[str, ...] = COMMAND
    ) -> None:
        self._settings, self._home, self._engine, self._command = settings, home, engine, command

    def work(self, owner: str, stopping: threading.Event) -> None:
        """Take one when it is due and nobody else does. Raises StoreDown, OSError."""
        if self._settings.folder is None or not self._is_due(clock.now()) or not self._claim(owner):
            return
        try:
            self._run(owner, stopping)
        finally:
            with writing(self._engine) as conn:
                release(conn, JOB, owner)

    def _is_due(self, now: datetime) -> bool:
        with reading(self._engine) as conn:
            state = jobs.jobs(conn).get(JOB, jobs.JobState(JOB))
        return is_due(self._home.path / Path(self._settings.folder or ""), self._settings.every, state, now)

    def _claim(self, owner: str) -> bool:
        with writing(self._engine) as conn:
            return claim_or_take_over(conn, JOB, owner, clock.now(), LEASE_S)

    def _run(self, owner: str, stopping: threading.Event) -> None:
        child = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        renewed = time.monotonic()
        try:
            while child.poll() is None and not stopping.wait(LOOK_S):
                if time.monotonic() - renewed > LEASE_S / 4:
                    renewed = time.monotonic()
                    with suppress(StoreDown):  # it lasts for three more tries
                        self._claim(owner)
        finally:
            code = ended(child)
        if code not in TOLD and not stopping.is_set():
            with writing(self._engine) as conn:
                jobs.failed(conn, JOB, clock.now(), f"the process of the backup ended by itself (exit code {code})")
        if code and not stopping.is_set():
            log.warning("no_backup", exit_code=code)
