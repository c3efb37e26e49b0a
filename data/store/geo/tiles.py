"""Map tiles from an .mbtiles file (an SQLite database, opened read-only)."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote


class InvalidTiles(ValueError):
    """The file cannot be used; the text says why and what would be right."""


_TYPES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}


class Tiles:
    """The raster tiles of one file. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        """Raises NoTiles for a missing file, another kind of file, and vector tiles."""
        if not path.is_file():
            raise InvalidTiles(f"{path} is not there")
        self._address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        self._threads = threading.local()
        try:
            facts = dict(self._conn().execute("SELECT name, value FROM metadata").fetchall())
        except sqlite3.Error as error:
            raise InvalidTiles(f"{path} is no .mbtiles file ({error})") from error
        if facts.get("format") == "pbf":
            raise InvalidTiles(f"{path} holds vector tiles; the walls draw raster tiles (png, jpg, webp)")

    def tile(self, zoom: int, column: int, row: int) -> tuple[bytes, str] | None:
        """Image and media type of a tile; rows count from the north, as in addresses. None where there is none."""
        if not (0 <= zoom <= 30 and 0 <= column < 1 << zoom and 0 <= row < 1 << zoom):
            return None
        query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
        found = self._conn().execute(query, (zoom, column, (1 << zoom) - 1 - row)).fetchone()
        if found is None:
            return None
        return found[0], next((kind for start, kind in _TYPES.items() if found[0].startswith(start)), "image/png")

    def _conn(self) -> sqlite3.Connection:
        conn: sqlite3.Connection | None = getattr(self._threads, "conn", None)
        if conn is None:
            conn = self._threads.conn = sqlite3.connect(self._address, uri=True)
        return conn
