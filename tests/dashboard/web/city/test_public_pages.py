"""The public pages: what they say, in both languages, and how they are answered."""

from __future__ import annotations

import pytest

from dashboard.app import App
from tests.dashboard.web.conftest import told

PAGES = ("/kota", "/kota/agenda", "/kota/kondisi", "/kota/tempat", "/kota/peta", "/kota/data", "/kota/usaha")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_page_without_anything_says_so_in_both_languages(app: App, path: str, lang: str):
    answer = app.flask.test_client().get(f"{path}?lang={lang}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.text
    assert "public." not in told(answer.text)
