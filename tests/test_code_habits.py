"""The habits this code keeps: short files and functions, one clock, narrow excepts, tests that read as sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.code_checks import (
    ROOT,
    Check,
    broad_excepts,
    clock_readings,
    findings,
    kept_files,
    registry_hosts,
    replaced_code,
    short_test_names,
    sources,
    text_of,
    too_long,
    too_many_parameters,
)

LOOPS = {("dashboard/observability/part_health.py", "PartHealth.run"), ("ingest/runtime/poller.py", "Poller.poll_once")}
"""The loops that must outlive any fault: (file, function). Only they catch everything, and they say the traceback."""

CLOCK_READERS = {"data/clock.py"}


Found = dict[Check, dict[str, list[Any]]]


@pytest.fixture(scope="module")
def found() -> Found:
    """What is found in the application."""
    return findings((too_long, too_many_parameters, broad_excepts, clock_readings), sources())


@pytest.fixture(scope="module")
def found_in_tests() -> Found:
    files = {str(path.relative_to(ROOT)): text_of(path) for path in sorted((ROOT / "tests").rglob("*.py"))}
    return findings((short_test_names, replaced_code), files)


def test_files_and_functions_stay_short(found: Found):
    assert found[too_long] == {}


def test_style_sheets_scripts_and_templates_stay_short():
    pages = [path for kind in ("css", "js", "html") for path in (ROOT / "dashboard").rglob(f"*.{kind}")]
    assert len(pages) > 20
    assert {path.name: lines for path in pages if (lines := text_of(path).count("\n")) > 300} == {}


def test_long_files_and_functions_are_found():
    assert too_long("x = 1\n" * 401) == ["1: 401 lines in the file"]
    assert too_long("class A:\n    def f(self):\n" + "        x = 1\n" * 40) == ["2: A.f has 41 lines"]


def test_functions_take_at_most_five_things_by_position(found: Found):
    assert found[too_many_parameters] == {}


def test_a_function_that_takes_six_is_found():
    assert too_many_parameters("def f(a, b, c, d, e, f): ...") == ["1: f takes 6 by position"]
    assert too_many_parameters("class A:\n    def f(self, a, b, c, d, e, *, f): ...") == []


def test_only_the_named_loops_catch_everything(found: Found):
    assert {(path, name) for path, rows in found[broad_excepts].items() for name, _, _ in rows} == LOOPS


def test_a_loop_that_catches_everything_says_the_traceback(found: Found):
    assert [(path, row) for path, rows in found[broad_excepts].items() for row in rows if not row[2]] == []


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("except Exception:\n        pass", False),
        ("except:\n        pass", False),
        ("except (ValueError, BaseException):\n        pass", False),
        ("except Exception:\n        log.exception('fell')", True),
    ],
)
def test_a_broad_except_is_found(clause: str, said: bool):
    assert broad_excepts(f"def f():\n    try:\n        g()\n    {clause}\n") == [("f", 4, said)]


def test_a_narrow_except_is_fine():
    assert broad_excepts("def f():\n    try:\n        g()\n    except (OSError, ValueError):\n        pass\n") == []


def test_the_clock_is_read_in_one_place(found: Found):
    assert set(found[clock_readings]) <= CLOCK_READERS


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "datetime.utcnow()",
        "date.today()",
        "time.time()",
        "time.time_ns()",
        "datetime.fromtimestamp(0)",
        "datetime.utcfromtimestamp(0)",
    ],
)
def test_a_reading_of_the_clock_or_a_naive_moment_is_found(line: str):
    assert len(clock_readings(line)) == 1


@pytest.mark.parametrize("line", ["time.monotonic()", "clock.now()", "datetime.fromtimestamp(0, UTC)", "time(7, 30)"])
def test_what_does_not_read_the_clock_is_fine(line: str):
    assert clock_readings(line) == []


def test_no_file_names_a_package_registry():
    found = {str(path.relative_to(ROOT)): registry_hosts(text_of(path)) for path in kept_files()}
    assert {path: rows for path, rows in found.items() if rows} == {}


def test_a_registry_named_in_a_file_is_found():
    assert registry_hosts("first\n--index-url https://" + "PyPI" + ".org/simple\n")[0].startswith("2: ")


def test_nothing_built_or_private_is_kept():
    built = [p for p in kept_files() if "egg-info" in str(p) or p.suffix in {".pyc", ".db", ".sqlite", ".log"}]
    assert built == []


def test_every_test_is_named_by_a_sentence(found_in_tests: Found):
    assert found_in_tests[short_test_names] == {}
    assert short_test_names("def test_add(): ...") == ["1: test_add"]


def test_tests_hide_no_room():
    assert [str(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_tests_replace_none_of_our_code(found_in_tests: Found):
    found = dict(found_in_tests[replaced_code])
    (limits,) = found.pop("tests/conftest.py")
    assert limits.endswith("replaces something of module"), "the fixture `limit`, which takes numbers only"
    assert found == {}


@pytest.mark.parametrize(
    "lines",
    [
        "monkeypatch.setattr(hub, '_draw', lambda: {})",
        "from dashboard.realtime import hub\nmonkeypatch.setattr(hub, 'time', SimpleNamespace(monotonic=f))",
        "monkeypatch.setattr('dashboard.realtime.hub.BOARDS', {})",
        "monkeypatch.setattr(app.pipeline, 'place_by', placed.append)",
        "setattr(job, 'described', stumbles)",
        "from dashboard.realtime import hub as module\nmodule.BOARDS = {}",
        "from ingest.pipeline.pipeline import Pipeline\nPipeline.write = write",
        "monkeypatch.setitem(BOARDS, 'ticker', board)",
        "from unittest.mock import patch",
        "import mock",
    ],
)
def test_a_replacement_of_our_code_is_found(lines: str):
    assert len(replaced_code(lines)) == 1


@pytest.mark.parametrize(
    "lines",
    [
        "import socket\nmonkeypatch.setattr(socket, 'getaddrinfo', resolve)",
        "monkeypatch.setenv('BATT_HOME', 'x')",
        "server.answer = lambda request: (200, {})",
        "self.ask = lambda: 1",
    ],
)
def test_what_leaves_the_process_may_be_replaced(lines: str):
    assert replaced_code(lines) == []


def test_no_file_says_where_its_writer_worked():
    here = "/".join(("", "work", ""))
    assert [str(path.relative_to(ROOT)) for path in kept_files() if here in text_of(Path(path))] == []
