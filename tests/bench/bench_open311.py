"""Reports posted to the Open311 server: accepted a second, each committed before it is answered."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from urllib.parse import urlencode

from tests.bench.measure import Env, Result
from tests.bench.minimal_apps import MinimalApp
from tests.bench.stock import serving
from tests.e2e.helpers.server import ROOT, spot

PATH = "/open311/v2/requests.json"


def measure(env: Env) -> list[Result]:
    """One client and four, ours and the bare one."""
    seconds = env.size(15, 4)
    with MinimalApp("insert", env.folder / "insert", BARE_DATABASE=str(env.folder / "bare.db")) as bare:
        limits = {clients: rate(bare.port, "", clients, seconds) for clients in (1, 4)}
    house = serving(env, 0)
    found = {clients: rate(house.port, house.key, clients, seconds) for clients in (1, 4)}
    stored = house.rows('SELECT count(*) FROM "case"')[0][0]
    house.close()
    promised = round(sum(found.values()) * seconds)
    note = "" if abs(stored - promised) <= 8 else f"{promised} were answered, {stored} are stored"
    return [
        Result(f"POST /requests, {clients} client(s)", value, "1/s", 200, limits[clients], at_least=True, note=note)
        for clients, value in found.items()
    ]


def rate(port: int, key: str, clients: int, seconds: float) -> float:
    """Accepted posts a second of that many clients, each a process of its own with one connection."""
    command = [sys.executable, "-m", "tests.bench.bench_open311", str(port), key, str(seconds)]
    started = [
        subprocess.Popen([*command, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for place in range(clients)
    ]
    told = [json.loads(process.communicate()[0]) for process in started]
    return sum(int(each["accepted"]) for each in told) / seconds


def client(port: int, key: str, seconds: float, place: int) -> int:
    """Posts one after the other; how many were accepted."""
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    accepted, number = 0, place * 1_000_000
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number += 1
        form = {"api_key": key, "service_code": "lainnya", "description": f"Laporan {number}"} | spot(number)
        conn.request("POST", PATH, urlencode(form), headers)
        answer = conn.getresponse()
        body = answer.read()
        if answer.status not in {200, 201}:
            raise SystemExit(f"{answer.status}: {body[:500]!r}")
        accepted += 1
    return accepted


if __name__ == "__main__":
    posted = client(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
    print(json.dumps({"accepted": posted}))
