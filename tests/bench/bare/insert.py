"""The least that a committed POST costs: Flask, one raw INSERT, one commit."""

from __future__ import annotations

import os
import sqlite3
import threading

from flask import Flask, jsonify, request

app = Flask(__name__)
TABLE = "CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, code TEXT, lat REAL, lon REAL, text TEXT)"
local = threading.local()
one_writer = threading.Lock()


def store() -> sqlite3.Connection:
    """This thread's connection, set as the store's own."""
    if not hasattr(local, "conn"):
        local.conn = sqlite3.connect(os.environ["BARE_DATABASE"], timeout=10, isolation_level=None)
        local.conn.execute("PRAGMA journal_mode = WAL")
        local.conn.execute("PRAGMA synchronous = FULL")
        local.conn.execute(
            "CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, code TEXT, lat REAL, lon REAL, text TEXT)"
        )
    return local.conn


@app.get("/health")
def health() -> str:
    return "ok"


@app.post("/open311/v2/requests.json")
def post() -> object:
    form = request.form
    values = (form["service_code"], float(form["lat"]), float(form["long"]), form["description"])
    with one_writer:
        new = store().execute("INSERT INTO report (code, lat, lon, text) VALUES (?, ?, ?, ?)", values).lastrowid
    return jsonify([{"service_request_id": str(new)}])
