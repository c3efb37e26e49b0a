"""The bare machine: the smallest programs that do the same kind of work, on the same gunicorn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import httpx
import psutil

from tests.e2e.helpers.server import ROOT, free_port, until


class MinimalApp:
    """A Flask app of `tests/bench/bare` served by one gunicorn worker with threads, as a context."""

    def __init__(self, module: str, folder: Path, threads: int = 32, **env: str) -> None:
        self.port = free_port()
        self._client = httpx.Client()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "gunicorn", f"tests.bench.bare.{module}:app", "--worker-class", "gthread"]
        command += ["--threads", str(threads), "--bind", f"127.0.0.1:{self.port}", "--keep-alive", "30"]
        with (folder / f"{module}.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log, start_new_session=True
            )

    def __enter__(self) -> MinimalApp:
        until(self._answers, 20, "the bare program's first answer")
        return self

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health").status_code == 200
        return False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def say(self, text: str, seq: int = 0) -> None:
        """To `emit`: show this text everywhere."""
        self._client.post(f"{self.url}/say", data={"text": text, "seq": seq}).raise_for_status()

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        master = psutil.Process(self.process.pid)
        return sum(sum(p.cpu_times()[:2]) for p in (master, *master.children(recursive=True)))
