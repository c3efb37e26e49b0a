"""What keeps this process from doing its work: for /health, for monitoring and, in words, for every wall.

A wall that looks alive while nothing can be stored is worse than a dark one. Everything here is known without asking
the store, so that it can be told while the store is down.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from dashboard.observability.part_health import PartHealth
from data.domain.reasons import Reason, reason
from data.store.db.engine import Engine, engine_state
from data.store.db.write_health import Trouble

LOCKED_S = 5.0
"""A store that others hold for a moment is no trouble."""
SPACE_EVERY_S = 5.0
DAY_S = 86_400.0
PROOF_LATE_S = 31 * DAY_S
"""An encrypted backup whose key is kept elsewhere is proven by hand, with `run.py verify`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    reason: Reason
    is_down: bool
    """True: reports are refused or clocks stand still; False: it will come to that."""


class HealthMonitor:
    """Asked every few seconds; safe to use from many threads."""

    def __init__(
        self, engine: Engine, home: Path, least_free_mb: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._write_health = engine_state(engine).health
        self._home, self._least_free_mb, self._monotonic = home, least_free_mb, monotonic
        self._parts: list[PartHealth] = []
        self._free_mb: tuple[float, int] | None = None
        self.backup_age_s: float | None = None
        """Of the newest proven backup; infinite: there is none; None: none is taken by itself."""
        self.backup_late_s = math.inf
        self.proof_age_s: float | None = None
        """Since a backup's file was last restored for proof, or verified; infinite: never."""

    def watch(self, parts: PartHealth) -> None:
        """From now on the expected runs of these parts are looked at, too."""
        self._parts.append(parts)

    def problems(self) -> tuple[Problem, ...]:
        """The gravest first; empty when all is well."""
        found = [*self._store(), *self._late_parts(), *self._space(), *self._backup()]
        return tuple(sorted(found, key=lambda problem: not problem.is_down))

    @property
    def is_down(self) -> bool:
        """Whether one of them stops the work."""
        return any(problem.is_down for problem in self.problems())

    @property
    def written_s_ago(self) -> float | None:
        """Since the last commit of this process."""
        return self._write_health.written_s_ago

    def free_mb(self) -> int:
        """Free space where the state is kept, in MB; looked at every few seconds."""
        now = self._monotonic()
        if self._free_mb is None or now - self._free_mb[0] >= SPACE_EVERY_S:
            self._free_mb = now, shutil.disk_usage(self._home).free // 1_000_000
        return self._free_mb[1]

    def _store(self) -> Iterable[Problem]:
        failing = self._write_health.failing
        if failing is None:
            return
        seconds = self._monotonic() - failing.since
        if failing.trouble is not Trouble.LOCKED or seconds >= LOCKED_S:
            yield Problem(reason(f"health.store.{failing.trouble}"), True)

    def _late_parts(self) -> Iterable[Problem]:
        for parts in self._parts:
            for name, seconds in parts.late().items():
                yield Problem(reason(f"health.late.{name}", minutes=max(1, round(seconds / 60))), True)

    def _backup(self) -> Iterable[Problem]:
        if self.backup_age_s is None:
            return
        proof_age_s = self.backup_age_s if self.proof_age_s is None else self.proof_age_s
        if math.isinf(max(self.backup_age_s, proof_age_s)):
            yield Problem(reason("health.no_backup"), False)
        elif self.backup_age_s > self.backup_late_s:
            yield Problem(reason("health.old_backup", hours=round(self.backup_age_s / 3600)), False)
        elif proof_age_s > max(self.backup_late_s, PROOF_LATE_S):
            yield Problem(reason("health.old_proof", days=round(proof_age_s / DAY_S)), False)

    def _space(self) -> Iterable[Problem]:
        try:
            free = self.free_mb()
        except OSError:
            yield Problem(reason("health.no_home"), True)
        else:
            if free < self._least_free_mb:
                yield Problem(reason("health.little_space", free=free, least=self._least_free_mb), False)
