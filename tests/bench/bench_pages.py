"""Pages of people at a million cases: none may read the history to show what is open, or what is newest."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from dashboard.auth.visitor import COOKIE
from data.domain.access.roles import Role
from tests.bench.measure import Env, Result, median
from tests.bench.stock import LARGE, serving
from tests.e2e.helpers.pages import PAGES, Opener
from tests.e2e.helpers.server import Installation

PAGE_MS = 150
ROUNDS = 7
SEARCHES = ("opd=dlh", "opd=dlh&kategori=sampah", "keadaan=waiting", "keadaan=closed", "tempat=35.79.02")
OF_DLH = "SELECT code FROM \"case\" WHERE agency = 'dlh' AND open = {} AND state <> 'received' ORDER BY id DESC LIMIT 1"


def measure(env: Env) -> list[Result]:
    """The slowest of all, each by its median; the first answer of each is not counted."""
    cases = env.size(LARGE, 5_000)
    house = serving(env, cases)
    clients = {role: client(house, role) for role in (None, *Role)}
    taken = {
        f"{role or 'citizen'} {path}": [asked(clients[role], path) for _ in range(ROUNDS)][1:]
        for role, path in pages(house)
    }
    house.close()
    slowest = sorted(taken, key=lambda page: median(taken[page]), reverse=True)
    every = [each for page in taken.values() for each in page]
    note = f"{slowest[0]}, then {slowest[1]}; of all p50 {median(every):.0f}"
    name = f"the slowest of {len(taken)} pages, {cases:,} cases, p50"
    return [Result(name, median(taken[slowest[0]]), "ms", PAGE_MS, note=note)]


def client(house: Installation, role: Role | None) -> httpx.Client:
    """With a session of somebody with this role, who is of dlh where it is an agency's."""
    cookies = {} if role is None else {COOKIE: house.session(role)}
    return httpx.Client(base_url=house.url, cookies=cookies, timeout=60)


def pages(house: Installation) -> Iterator[tuple[Role | None, str]]:
    """Those of the access table that need nothing else in the store, an open case and one that is over, searches."""
    for row in PAGES:
        is_bare = "{" not in row.path and row.who not in {Opener.HALF, Opener.SCREEN}
        if is_bare:
            yield row.who if isinstance(row.who, Role) else None, row.path
    for is_open in (1, 0):
        [(code,)] = house.rows(OF_DLH.format(is_open))
        yield Role.SUPERVISOR, f"/meja/{code}"
        yield Role.RESPONDER, f"/respon/{code}"
    for search in SEARCHES:
        yield Role.SUPERVISOR, f"/meja/cari?{search}"


def asked(session: httpx.Client, path: str) -> float:
    """Milliseconds to the whole answer, which is no error and does not lead to the login."""
    start = time.perf_counter()
    answer = session.get(path)
    took = (time.perf_counter() - start) * 1000
    assert answer.status_code < 500, f"{path}: {answer.status_code}"
    assert answer.status_code not in {401, 403}, path
    assert not answer.headers.get("Location", "").startswith("/masuk"), path
    return took
