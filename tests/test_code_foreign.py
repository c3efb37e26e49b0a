"""What we reach into of other people's libraries beyond their public interface: all of it, and that it is there."""

from __future__ import annotations

import ast
import inspect
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
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
from werkzeug.routing import Rule
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
    Reach("werkzeug", "Rule._compile_builder", lambda: "= self._compile_builder(False)" in _source(Rule.compile)),
    Reach("pymysql", "_result", lambda: "self._result = " in _source(Connection)),
    Reach("pymysql", "MySQLResult.unbuffered_active", lambda: "self.unbuffered_active" in _source(MySQLResult)),
)


def _socket() -> Any:
    return engineio.socket.Socket(_server().eio, "x")


def _source(thing: Any) -> str:
    return inspect.getsource(thing)


def _parameters(thing: Any) -> list[str]:
    return list(inspect.signature(thing).parameters)


@dataclass
class Names:
    """What files say of names, of one file after the other."""

    asked: set[str] = field(default_factory=set)
    """Asked of something else than `self`, or imported."""
    given: set[str] = field(default_factory=set)
    """In words, to getattr or setattr: nobody asks for his own so."""
    defined: set[str] = field(default_factory=set)

    def add(self, node: ast.AST) -> None:
        """What one node of a file says."""
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls" as owner), attr=name):
                if owner == "self" and isinstance(node.ctx, ast.Store):
                    self.defined.add(name)
            case ast.Attribute(attr=name):
                self.asked.add(name)
            case ast.ImportFrom(module=module, names=names):
                self.asked.update((module or "").split("."), (each.name for each in names))
            case ast.Import(names=names):
                self.asked.update(part for each in names for part in each.name.split("."))
            case ast.Call(func=ast.Name(id="getattr" | "setattr"), args=[_, ast.Constant(value=value), *_]):
                self.given.add(str(value))
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                self.defined.add(name)


def foreign(texts: Iterable[str]) -> set[str]:
    """Private names that are asked for and nowhere defined in these files."""
    names = Names()
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            names.add(node)
    found = (names.asked - names.defined) | names.given
    return {name for name in found if name.startswith("_") and not name.startswith("__")} - PUBLIC


def test_every_private_member_of_a_library_that_is_reached_into_stands_in_the_table():
    files = [ROOT / "run.py", *(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))]
    found = foreign(path.read_text(encoding="utf-8") for path in files)
    assert found == {reach.name for reach in REACHES if reach.name.startswith("_")}


@pytest.mark.parametrize(
    "written", ["a._b", "getattr(a, '_b', None)", "from x._b import c", "from x import _b", "import x._b"]
)
def test_a_private_member_is_found(written: str):
    assert foreign([written]) == {"_b"}


@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: f"{reach.package}: {reach.name}")
def test_what_is_reached_into_is_there(reach: Reach):
    assert reach.there()


def test_whatever_is_reached_into_is_pinned_exactly():
    run = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["run"]
    packages = {reach.package for reach in REACHES}
    assert {f"{package}=={version(package)}" for package in packages} <= set(run)
