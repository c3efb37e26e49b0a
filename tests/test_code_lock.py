"""The lock: every package by hash, no address, and everything that pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.code_checks import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def unlocked(lock: str) -> list[str]:
    """Entries of a lock without a version or a hash."""
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", "\n" + lock) if entry.strip()]
    return [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]


def plain(name: str) -> str:
    """A package's normalised name."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def test_every_locked_package_has_a_version_and_a_hash():
    assert unlocked(LOCK) == []


@pytest.mark.parametrize("entry", ["flask==3.1.3\n    # via dash\n", "flask>=3 \\\n    --hash=sha256:00\n"])
def test_a_package_without_version_or_hash_is_found(entry: str):
    assert len(unlocked(entry)) == 1


def test_the_lock_names_no_address():
    assert re.findall(r"^.*(?:://|--index-url|--find-links).*$", LOCK, re.MULTILINE) == []


def test_the_lock_holds_every_direct_dependency():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    locked = {plain(line) for line in LOCK.splitlines() if re.match(r"[a-z0-9]", line)}
    assert {plain(name) for names in groups.values() for name in names} - locked == set()
