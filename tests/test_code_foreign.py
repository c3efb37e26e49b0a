"""What we reach into of other people's libraries beyond their public interface: all of it, and that it is there."""

from __future__ import annotations

import ast
import inspect
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from queue import Queue
from typing import Any

import engineio
import gunicorn.http.wsgi
import psycopg
import pytest
import simple_websocket
import socketio
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from pymysql.connections import Connection, MySQLResult
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from tests.code_checks import ROOT

LAYERS = ("dashboard", "callbacks", "layouts", "ingest", "data")
PUBLIC = {"_replace", "_asdict", "_fields", "_mapping", "_make", "_typeshed"}
"""With an underscore and yet documented: named tuples, rows; types that exist for the checker alone."""


@dataclass(frozen=True)
class Reach:
    """A member that no documentation promises."""

    package: str
    name: str
    there: Callable[[], Any]
    """True in the version that is pinned."""


def _server() -> Any:
    return socketio.Server(async_mode="threading")


REACHES = (
    Reach("python-engineio", "_async", lambda: _server().eio._async["websocket"] is SimpleWebSocketWSGI),
    Reach("python-engineio", "_websocket_wsgi", lambda: import_module("engineio.async_drivers._websocket_wsgi")),
    Reach("python-engineio", "SimpleWebSocketWSGI.app", lambda: "self.app = handler" in _source(SimpleWebSocketWSGI)),
    Reach("python-engineio", "SimpleWebSocketWSGI.ws", lambda: "self.ws = " in _source(SimpleWebSocketWSGI)),
    Reach("python-engineio", "Socket.queue", lambda: isinstance(_socket().queue, Queue)),
    Reach("python-engineio", "Socket.poll", lambda: "self.queue.get(" in _source(engineio.socket.Socket.poll)),
    Reach("python-engineio", "Socket.close(wait)", lambda: "wait" in _parameters(engineio.socket.Socket.close)),
    Reach("python-engineio", "Server.sockets", lambda: _server().eio.sockets == {}),
    Reach("python-socketio", "Server.environ", lambda: _server().environ == {}),
    Reach("python-socketio", "manager.rooms", lambda: _server().manager.rooms == {}),
    Reach("python-socketio", "manager.eio_sid_from_sid", lambda: callable(_server().manager.eio_sid_from_sid)),
    Reach("python-socketio", "manager.disconnect", lambda: callable(_server().manager.disconnect)),
    Reach("simple-websocket", "Server.sock", lambda: "self.sock = " in _source(simple_websocket.ws.Base)),
    Reach("simple-websocket", "Server.connected", lambda: "self.connected = " in _source(simple_websocket.ws.Base)),
    Reach("gunicorn", "environ gunicorn.socket", lambda: '"gunicorn.socket": sock' in _source(gunicorn.http.wsgi)),
    Reach("psycopg", "Connection.wait(timeout)", lambda: "timeout" in _parameters(psycopg.Connection.wait)),
    Reach("xlsxwriter", "_opt_close", lambda: callable(Worksheet._opt_close)),
    Reach("xlsxwriter", "Workbook.fileclosed", lambda: "self.fileclosed" in _source(Workbook)),
    Reach("pymysql", "_result", lambda: "self._result = " in _source(Connection)),
    Reach("pymysql", "MySQLResult.unbuffered_active", lambda: "self.unbuffered_active" in _source(MySQLResult)),
)


def _socket() -> Any:
    return engineio.socket.Socket(_server().eio, "x")


def _source(thing: Any) -> str:
    return inspect.getsource(thing)


def _parameters(thing: Any) -> list[str]:
    return list(inspect.signature(thing).parameters)


def private_names(tree: ast.AST) -> Iterator[str]:
    """Names with one underscore that are asked of something else than `self`, or imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
        ):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (*(node.module or "").split("."), *(each.name for each in node.names))
        elif isinstance(node, ast.Import):
            yield from (part for each in node.names for part in each.name.split("."))


def names_in_words(tree: ast.AST) -> Iterator[str]:
    """Names that getattr or setattr is given: nobody asks for his own so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"getattr", "setattr"}:
            yield from (str(each.value) for each in node.args[1:2] if isinstance(each, ast.Constant))


def own_names(tree: ast.AST) -> Iterator[str]:
    """Names that are defined here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            yield node.attr


def foreign(trees: list[ast.AST]) -> set[str]:
    """Private names that are asked for and nowhere defined in these."""
    asked = {name for tree in trees for name in private_names(tree)}
    mine = {name for tree in trees for name in own_names(tree)}
    found = (asked - mine) | {name for tree in trees for name in names_in_words(tree)}
    return {name for name in found if name.startswith("_") and not name.startswith("__")} - PUBLIC


def test_every_private_member_of_a_library_that_is_reached_into_stands_in_the_table():
    files = [ROOT / "run.py", *(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))]
    found = foreign([ast.parse(path.read_text(encoding="utf-8")) for path in files])
    assert found == {reach.name for reach in REACHES if reach.name.startswith("_")}


@pytest.mark.parametrize(
    "written", ["a._b", "getattr(a, '_b', None)", "from x._b import c", "from x import _b", "import x._b"]
)
def test_a_private_member_is_found(written: str):
    assert foreign([ast.parse(written)]) == {"_b"}


@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: f"{reach.package}: {reach.name}")
def test_what_is_reached_into_is_there(reach: Reach):
    assert reach.there()


def test_whatever_is_reached_into_is_pinned_exactly():
    run = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["run"]
    packages = {reach.package for reach in REACHES}
    assert {f"{package}=={version(package)}" for package in packages} <= set(run)
