"""The least that Flask-SocketIO can do: a page that shows a text posted to it, and the same text to every socket."""

from __future__ import annotations

import os
import threading
import time

from flask import Flask, request
from flask_socketio import SocketIO

from dashboard.realtime.websocket_transport import use_transport

app = Flask(__name__)
io = SocketIO(app, async_mode="threading", cors_allowed_origins="*")
if os.environ.get("BARE_TRANSPORT") == "ours":
    use_transport(io.server.eio, lambda sid, missed: None)  # type: ignore[attr-defined]
PADDING = "x" * int(os.environ.get("BARE_BYTES", "0"))

PAGE = """<!doctype html><title>bare</title><p id="text"></p><script>
const ws = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);
ws.onmessage = e => {
  if (e.data[0] === "0") ws.send("40");
  else if (e.data === "2") ws.send("3");
  else if (e.data.startsWith("42")) document.getElementById("text").textContent = JSON.parse(e.data.slice(2))[1].text;
};
</script>"""


@app.get("/")
def page() -> str:
    return PAGE


@app.get("/health")
def health() -> str:
    return "ok"


@io.on("connect")
def connect() -> None:
    """Welcome."""


@app.post("/say")
def say() -> str:
    io.emit("bare", {"seq": int(request.form.get("seq", 0)), "text": request.form["text"], "padding": PADDING})
    return "ok"


def tell(number: int) -> None:
    """One message a second to everybody, its moment inside."""
    for seq in range(1, number + 1):
        io.emit("bare", {"seq": seq, "at": time.time(), "padding": PADDING})
        time.sleep(1)


@app.post("/tell/<int:number>")
def start(number: int) -> str:
    threading.Thread(target=tell, args=(number,), daemon=True).start()
    return "ok"
