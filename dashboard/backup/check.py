"""Whether a backup is whole (hashes, integrity, numbers of rows), and whether a store restored from it is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dashboard.backup import archive
from dashboard.backup.archive import STORE, Manifest, NoBackup
from dashboard.backup.encryption import Key, decrypt, is_encrypted
from dashboard.backup.figures import figures
from dashboard.config.load import Config
from data.store.backup.backup_file import Damaged, Described, look_into, require_sound
from data.store.db.migrate import head, knows


class NotProven(RuntimeError):
    """The restored store does not answer what the store answered; the text names the first difference."""


def check(file: Path, key: Key | None, into: Path, wanted: Callable[[str], bool]) -> Manifest:
    """Unpack what is wanted, and the store, under `into`, and check all of it; the manifest.

    Raises NoBackup, KeyFault, OSError; then nothing of it is to be used.
    """
    into.mkdir(mode=0o700, exist_ok=True)
    plain = file
    if is_encrypted(file):
        plain = into / "plain"
        decrypt(file, plain, key)
    manifest = archive.unpack(plain, into, lambda name: name == STORE or wanted(name))
    if plain != file:
        plain.unlink()
    if not knows(manifest.revision):
        raise NoBackup(
            f"its store is at revision {manifest.revision}, this build is older and knows {head()}: restore it with the"
            " release that wrote it, or a newer one"
        )
    try:
        require_sound(into / STORE, Described(manifest.revision, manifest.seq, manifest.rows))
    except Damaged as error:
        raise NoBackup(f"the store in it is damaged: {error}") from error
    return manifest


def prove(file: Path, key: Key | None, into: Path, config: Config) -> Manifest:
    """Restore it into a scratch folder and ask the store there what was asked when the backup was made.

    Raises NotProven, and what `check` raises.
    """
    manifest = check(file, key, into, lambda name: False)
    found = look_into(into / STORE, lambda conn: figures(conn, config, manifest.created_at))
    for board, answer in manifest.figures.items():
        for name, value in answer.items():
            if found[board].get(name) != value:
                raise NotProven(f"{board} {name}: the store said {value}, the restored one {found[board].get(name)}")
    return manifest
