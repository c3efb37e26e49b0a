"""Plain pages in both languages: the page at the root, and error pages.

They are shown when everything else fails: their texts are read once, when the server starts.
"""

from __future__ import annotations

from html import escape

from data.texts import LANGUAGES, texts
from layouts.kit.theme import css

_TEXTS = [texts(lang) for lang in LANGUAGES]
_PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{css}
body{{margin:0;min-height:100vh;display:grid;place-content:center;background:var(--ground);color:var(--text);
font:1.25rem/1.6 Manrope,system-ui,sans-serif}}
main{{max-width:44rem;padding:2rem}} h1{{font-size:2rem;margin:0 0 1rem}} p{{margin:.4rem 0}}
[lang=en]{{color:var(--muted)}}
code{{background:var(--raised);padding:.1em .4em;border-radius:.3em}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(name: str, command: str = "", **values: str) -> str:
    """The page `plain.NAME` of the locales with its {names} filled in; `command` stands below it."""
    told = [(said.lang, said(f"plain.{name}.text", **values)) for said in _TEXTS]
    body = "".join(f'<p lang="{lang}">{escape(text)}</p>' for lang, text in told)
    if command:
        body += f"<p><code>{escape(command)}</code></p>"
    title = _TEXTS[0](f"plain.{name}.title", **values)
    return _PAGE.format(lang=_TEXTS[0].lang, title=escape(title), css=css(), body=body)


def root(city: str) -> str:
    """The page at the root. It shows no wall's address, because an address holds a token."""
    return page("root", ".venv/bin/python run.py screen url peta", city=city)


def no_token(screen: str) -> str:
    """For a wall's address without its token, or with one that is no longer valid."""
    return page("no_token", f".venv/bin/python run.py screen url {screen}")


def no_screen(name: str, known: list[str]) -> str:
    """For a wall that config.yaml does not know."""
    return page("no_screen", screen=name, known=", ".join(known))


def not_found() -> str:
    """For any other address that does not exist."""
    return page("not_found")


def server_error() -> str:
    """For a failure of the server itself."""
    return page("server_error")


def restarting() -> str:
    """For what another process answers that is starting, or starting again."""
    return page("restarting")
