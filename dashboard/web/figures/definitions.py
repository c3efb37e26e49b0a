"""/definisi: the table of figures in words, each with its formula, what it leaves out, its source and an example."""

from __future__ import annotations

from flask import Blueprint, render_template

from dashboard.web.deps import WebDeps
from data.domain.figures.definitions import DEFINITIONS


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page."""

    @web.get("/definisi")
    def definitions() -> str:
        return render_template("web/definitions.html", definitions=DEFINITIONS)
