"""The few plain pages besides the walls, in both languages: what this is, and why something cannot be shown."""

from __future__ import annotations

from html import escape

from layouts.kit.theme import css

_PAGE = """<!DOCTYPE html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{css}
body{{margin:0;min-height:100vh;display:grid;place-content:center;background:var(--ground);color:var(--text);
font:1.25rem/1.6 Manrope,system-ui,sans-serif}}
main{{max-width:44rem;padding:2rem}} h1{{font-size:2rem;margin:0 0 1rem}} p{{margin:.4rem 0}}
[lang=en]{{color:var(--muted)}}
code{{background:var(--raised);padding:.1em .4em;border-radius:.3em}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(title: str, indonesian: str, english: str, command: str = "") -> str:
    """A page with one thing to say and, if any, the command that helps. Everything is escaped."""
    told = f'<p>{escape(indonesian)}</p><p lang="en">{escape(english)}</p>'
    if command:
        told += f"<p><code>{escape(command)}</code></p>"
    return _PAGE.format(title=escape(title), css=css(), body=told)


def welcome(city: str) -> str:
    """The page at the root: what this is. It names no address, for an address holds a token."""
    return page(
        f"Ruang kendali {city}",
        "Ini server dinding pantau. Setiap layar punya alamatnya sendiri; petugas mencetaknya dengan:",
        "This is the server of the control-room walls. Each screen has its own address; print it with:",
        ".venv/bin/python run.py screen url peta",
    )


def no_token(screen: str) -> str:
    """Shown for a wall's address without its token, or with one that is no longer valid."""
    return page(
        "Alamat layar ini tidak lengkap",
        "Token di alamat ini tidak ada atau tidak berlaku lagi. Petugas mencetak alamat baru dengan:",
        "The token in this address is missing or no longer valid. Ask the operator for a new one, printed with:",
        f".venv/bin/python run.py screen url {screen}",
    )


def no_screen(name: str, known: list[str]) -> str:
    """Shown for a wall that config.yaml does not know."""
    return page(
        "Layar ini tidak ada",
        f"Tidak ada layar bernama {name}. Yang ada: {', '.join(known)}.",
        f"There is no screen called {name}. There are: {', '.join(known)}.",
    )


def not_found() -> str:
    """Shown for anything else that is not here."""
    return page("Tidak ditemukan", "Halaman ini tidak ada.", "There is no such page.")


def broken() -> str:
    """Shown when something of ours failed."""
    return page(
        "Ada yang rusak",
        "Terjadi kesalahan di server. Catatannya ada di log server.",
        "Something failed on the server. Its log says what.",
    )
