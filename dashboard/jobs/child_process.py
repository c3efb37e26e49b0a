"""Processes that jobs start."""

from __future__ import annotations

import subprocess

ENDING_S = 5.0


def ended(child: subprocess.Popen[bytes]) -> int:
    """The exit code; a child that still works is ended."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()
