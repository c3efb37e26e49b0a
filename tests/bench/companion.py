"""A program that works beside a measurement, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Self

from tests.e2e.helpers.server import ROOT


class Companion:
    """A module run as a context: it says `ready`, works until a line arrives on its standard input, then prints a JSON
    object, which is `told`."""

    def __init__(self, module: str, *words: object) -> None:
        self.told: dict[str, Any] = {}
        self._module = module
        command = [sys.executable, "-m", module, *map(str, words)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        assert self._process.stdout
        said = self._process.stdout.readline().strip()
        assert said == "ready", f"{self._module} is not ready: {said!r}"
        return self

    def __exit__(self, *_: object) -> None:
        out, _ = self._process.communicate("enough\n", timeout=180)
        self.told = json.loads(out)
