"""A thousand random sequences of commands on each database: tests/data/store/cases/test_any_sequence.py, at length."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from dashboard.config.home import ROOT
from tests.trials.verdicts import TrialResult

SEQUENCES = 1_000
ENGINES = ("sqlite", "postgresql")
TEST = "tests/data/store/cases/test_any_sequence.py"
_SAID = re.compile(r"^(?:sqlite|postgresql): ([\d,]+) sequences.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sequences:
    """The trial; it takes as long as it takes."""

    name: str = "commands"

    def run(self, folder: Path, seconds: float) -> TrialResult:
        """Both databases. `seconds` is not looked at: fewer sequences would prove less."""
        result, began = TrialResult(self.name, SEQUENCES * len(ENGINES)), time.monotonic()
        words = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--timeout", "7200", TEST]
        environment = os.environ | {"COMMAND_SEQUENCES": str(SEQUENCES)}
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        said = list(_SAID.finditer(done.stdout))
        result.survived = sum(int(each[1].replace(",", "")) for each in said)
        result.details = "\n".join(each[0] for each in said)
        if done.returncode:
            result.lost.append(done.stdout[-3000:])
        result.seconds = time.monotonic() - began
        return result


TRIAL = Sequences()
