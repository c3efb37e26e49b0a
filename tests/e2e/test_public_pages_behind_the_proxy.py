"""nginx answers the public pages itself for as long as they allow it, and keeps nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation, until

LOGGED_S = 0.3
"""A request that was answered stands in the log by then."""


def test_the_proxy_keeps_public_pages_by_language_and_theme_and_no_other(
    install: Callable[..., Installation], tmp_path: Path
):
    house = install({"server": {"proxies": 1}})
    house.start()
    proxy = Proxy(house, tmp_path / "nginx")

    def asked(path: str, cookie: str = "", *, reaches: int) -> set[str]:
        """The answers' texts; the server is asked for `reaches` of three."""
        line = f'"GET {path}"'
        before = house.log.count(line)
        told = {proxy.client.get(path, headers={"Cookie": cookie}).text for _ in range(3)}
        until(lambda: house.log.count(line) - before >= reaches, 10, "the server's log")
        time.sleep(LOGGED_S)
        assert house.log.count(line) - before == reaches, path
        return told

    try:
        (plain,) = asked("/kota", reaches=1)
        assert 'lang="id"' in plain
        (english,) = asked("/kota", "batt_lang=en; batt_session=x", reaches=1)
        assert 'lang="en"' in english
        (dark,) = asked("/kota", "batt_theme=dark", reaches=1)
        assert dark != plain
        asked("/kota/data/tempat.csv", reaches=1)
        for own in ("/kota/usaha", "/kota/petugas"):
            asked(own, reaches=3)
    finally:
        proxy.close()
