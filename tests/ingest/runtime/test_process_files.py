"""Who holds a lease: known by a random id, and dead at once for all who share the folder."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from data.store.intake.sources import Holder
from ingest.runtime.leases import holder_in_words
from ingest.runtime.process_files import FOLDER, KEPT_S, host_and_pid, is_dead, owner_of
from tests.factories import MINUTE, NOW
from tests.ingest.runtime.other_process import a_dead_process, a_process


def test_a_process_says_its_host_its_number_and_an_id_of_its_own(tmp_path: Path):
    host, pid, id_ = owner_of(tmp_path).split(":")
    assert (host, pid) == (socket.gethostname(), str(os.getpid()))
    assert owner_of(tmp_path) == f"{host}:{pid}:{id_}", "it is the same whenever it is asked for"
    assert owner_of(tmp_path, "ingest") == f"{host}:{pid}:{id_}:ingest"
    assert owner_of(tmp_path / "other").split(":")[2] != id_


def test_the_longest_host_name_fits_into_the_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 64)
    assert len(owner_of(tmp_path, "rejected")) <= 100


def test_a_living_process_is_not_dead_and_a_killed_one_is_at_once(tmp_path: Path):
    with a_process(tmp_path) as (owner, process):
        assert not is_dead(owner)
        process.kill()
        process.wait()
        assert is_dead(owner)


def test_a_process_nobody_has_buried_yet_is_dead(tmp_path: Path):
    with a_process(tmp_path) as (owner, process):
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(owner)


def test_a_new_process_with_the_name_and_number_of_a_dead_one_is_another(tmp_path: Path):
    dead = a_dead_process(tmp_path)
    with a_process(tmp_path) as (alive, _):
        as_if = ":".join((*dead.split(":")[:2], *alive.split(":")[2:]))
        assert not is_dead(as_if), "only the id counts"
        assert is_dead(dead)


@pytest.mark.parametrize("owner", ["another-host:999999", "me", f"{socket.gethostname()}:1", "a:1:", "a:1:0123", "::"])
def test_of_whom_nothing_is_known_nobody_says_that_he_is_dead(owner: str, tmp_path: Path):
    owner_of(tmp_path)
    assert not is_dead(owner)


def test_a_process_that_works_in_another_folder_is_not_known(tmp_path: Path):
    elsewhere = a_dead_process(tmp_path / "there").split(":")
    (tmp_path / "there" / FOLDER / elsewhere[2]).unlink()
    assert not is_dead(":".join(elsewhere))


def test_of_another_machine_that_shares_the_folder_nothing_is_known(tmp_path: Path):
    host, pid, id_, part = a_dead_process(tmp_path).split(":")
    assert is_dead(f"container-a:{pid}:{id_}:{part}"), "a container of this machine"
    (tmp_path / FOLDER / id_).write_text("started elsewhere")
    assert not is_dead(f"another-host:{pid}:{id_}:{part}")
    assert is_dead(f"{host}:{pid}:{id_}:{part}"), "this machine was started anew"


def test_files_of_the_dead_are_removed_after_a_week_and_those_of_the_living_never(tmp_path: Path):
    dead = a_dead_process(tmp_path).split(":")[2]
    with a_process(tmp_path) as (owner, _):
        alive = owner.split(":")[2]
        folder = tmp_path / FOLDER
        for name in (dead, alive):
            long_ago = os.stat(folder / name).st_mtime - KEPT_S - 60
            os.utime(folder / name, (long_ago, long_ago))
        recent = a_dead_process(tmp_path).split(":")[2]
    left = {path.name for path in folder.iterdir()}
    assert {alive, recent} <= left
    assert dead not in left


def test_the_folder_is_its_owners_alone(tmp_path: Path):
    mine = owner_of(tmp_path).split(":")[2]
    assert (tmp_path / FOLDER).stat().st_mode & 0o077 == 0
    assert (tmp_path / FOLDER / mine).stat().st_mode & 0o077 == 0


def test_a_child_does_not_pass_for_its_parent(tmp_path: Path):
    mine, (reads, writes) = owner_of(tmp_path), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writes, owner_of(tmp_path).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reads, 200).decode().split(":")[2] != mine.split(":")[2]


def test_threads_of_one_process_have_one_id(tmp_path: Path):
    seen: set[str] = set()
    threads = [threading.Thread(target=lambda: seen.add(owner_of(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


def test_a_holder_is_told_by_number_host_and_the_time_that_is_left():
    held = Holder("loket-1:4711:abc:ingest", NOW + MINUTE)
    assert holder_in_words(held, NOW) == "process 4711 of loket-1 (for 60 s more, unless it goes on)"
    assert holder_in_words(held, NOW + 2 * MINUTE) == "process 4711 of loket-1 (for 0 s more, unless it goes on)"
    assert holder_in_words(None, NOW) == "another process"
    assert host_and_pid("me") == ("me", "")
