"""nginx answers the public pages itself for as long as they allow it, and keeps nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation, until


def test_the_proxy_keeps_public_pages_by_language_and_theme_and_no_other(
    install: Callable[..., Installation], tmp_path: Path
):
    house = install({"server": {"proxies": 1}})
    house.start()
    proxy = Proxy(house, tmp_path / "nginx")

    def asked(path: str, cookie: str = "", times: int = 3) -> tuple[set[str], int]:
        """The answers' texts, and how often the server was asked for them."""
        before = house.log.count(f'"GET {path}"')
        told = {proxy.client.get(path, headers={"Cookie": cookie}).text for _ in range(times)}
        until(lambda: house.log.count(f'"GET {path}"') > before, 10, "the server's log")
        return told, house.log.count(f'"GET {path}"') - before

    try:
        (plain,), number = asked("/kota")
        assert ('lang="id"' in plain, number) == (True, 1)
        (english,), number = asked("/kota", "batt_lang=en; batt_session=x")
        assert ('lang="en"' in english, number) == (True, 1)
        (dark,), number = asked("/kota", "batt_theme=dark")
        assert (dark == plain, number) == (False, 1)
        assert asked("/kota/data/tempat.csv")[1] == 1
        for own in ("/kota/usaha", "/kota/petugas"):
            assert asked(own)[1] == 3, own
    finally:
        proxy.close()
