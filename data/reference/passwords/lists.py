"""The passwords and words that are tried first, as `data.domain.access.passwords` asks for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from data.domain.access.passwords import CommonPasswords

FOLDER = Path(__file__).resolve().parent


@cache
def common_passwords() -> CommonPasswords:
    """Read once."""
    return CommonPasswords(_lines("listed.txt"), _lines("parts.txt"))


def _lines(name: str) -> frozenset[str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
