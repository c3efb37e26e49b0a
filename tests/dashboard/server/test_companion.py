"""A process beside the server: started when it is needed, once more when it ended, and gone when the server is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from dashboard.server import companion
from dashboard.server.companion import Companion, CompanionDown
from tests.conftest import Limit

# The number is written before it listens: whoever has got an answer reads it.
LISTENS = (
    "import os, socket, sys, threading\n"
    "from pathlib import Path\n"
    "from dashboard.server.companion import ends_with_its_server\n"
    "ends_with_its_server()\n"
    "Path(sys.argv[-1] + '.pid').write_text(str(os.getpid()))\n"
    "sock = socket.socket(socket.AF_UNIX); sock.bind(sys.argv[-1]); sock.listen()\n"
    "threading.Event().wait()\n"
)
ROOT = Path(companion.__file__).parents[2]


@pytest.fixture
def listening() -> Iterator[Companion]:
    """One that does nothing but listen."""
    made = Companion((sys.executable, "-c", LISTENS, "listening"), ROOT, {})
    yield made
    made.close()


def pid_of(made: Companion) -> int:
    return int(Path(f"{made.socket}.pid").read_text())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def awaited_end_of_child(pid: int) -> None:
    """Of a child of this process: it has ended, though nobody has asked for its exit code."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def awaited_end(pid: int) -> None:
    until = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < until, f"process {pid} is still there"
        time.sleep(0.02)


def test_it_is_started_when_it_is_first_needed_and_stays(listening: Companion) -> None:
    assert not Path(listening.socket).exists()
    assert listening.ensure()
    first = pid_of(listening)
    assert listening.ensure()
    assert pid_of(listening) == first


def test_whoever_needs_one_that_ended_waits_until_it_is_started_again(listening: Companion, limit: Limit) -> None:
    limit(companion, "REST_S", 1.0)
    listening.require()
    first = pid_of(listening)
    os.kill(first, signal.SIGKILL)
    awaited_end_of_child(first)
    assert listening.ensure()
    assert pid_of(listening) != first


def test_closing_ends_it_for_good(listening: Companion) -> None:
    listening.require()
    pid = pid_of(listening)
    listening.close()
    assert not is_alive(pid)
    assert not listening.ensure()


def test_it_ends_when_its_server_is_killed() -> None:
    server = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from dashboard.server.companion import Companion\n"
        f"made = Companion((sys.executable, '-c', {LISTENS!r}, 'listening'), Path.cwd(), {{}})\n"
        "made.require()\n"
        "print(Path(made.socket + '.pid').read_text(), flush=True)\n"
        "threading.Event().wait()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", server], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    awaited_end(pid)


def test_one_that_ends_at_once_answers_nothing_and_is_not_started_again_and_again(limit: Limit, tmp_path: Path) -> None:
    limit(companion, "START_S", 1.5)
    said = tmp_path / "starts"
    ending = f"open({str(said)!r}, 'a').write('x'); raise SystemExit(3)"
    made = Companion((sys.executable, "-c", ending, "ending"), ROOT, {})
    with pytest.raises(CompanionDown):
        made.require()
    assert said.read_text() == "x"
    made.close()


def test_the_rest_between_starts_that_come_to_nothing_grows(limit: Limit, tmp_path: Path) -> None:
    for name, seconds in (("START_S", 3.0), ("REST_S", 0.1), ("REST_MOST_S", 60.0)):
        limit(companion, name, seconds)
    said = tmp_path / "starts"
    ending = f"import time; open({str(said)!r}, 'a').write(f'{{time.monotonic()}} '); raise SystemExit(3)"
    made = Companion((sys.executable, "-S", "-c", ending, "ending"), ROOT, {})
    assert not made.ensure()
    made.close()
    starts = [float(each) for each in said.read_text().split()]
    rests = [later - sooner for sooner, later in pairwise(starts)]
    assert len(rests) >= 2
    assert all(rest >= 0.15 * 2**n for n, rest in enumerate(rests))


def test_nobody_waits_for_one_that_may_not_be_started_in_time(limit: Limit) -> None:
    limit(companion, "REST_S", 60.0)
    made = Companion((sys.executable, "-S", "-c", "raise SystemExit(3)", "ending"), ROOT, {})
    start = time.monotonic()
    assert not made.ensure()
    assert time.monotonic() - start < companion.START_S / 2
    made.close()
