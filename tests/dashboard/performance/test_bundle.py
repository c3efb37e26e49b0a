"""The browser draws with the plotly.js that the installed plotly was made for."""

from __future__ import annotations

from plotly.offline import get_plotlyjs_version

from dashboard.performance.app import ASSETS


def test_the_bundle_has_the_version_of_the_installed_plotly():
    with (ASSETS / "plotly-cartesian.min.js").open(encoding="utf-8") as file:
        head = file.read(200)
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}" in head
    assert "MIT" in head
