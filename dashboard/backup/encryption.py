"""Backups that only the holder of a key can read: files of the age format (age-encryption.org).

With recipients only (`age1...`) a server can write backups and not read them; with an identity (`AGE-SECRET-KEY-1...`)
it can do both. `age-keygen` makes them; `age` reads the backups, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyrage

from data.steady_writing import written_steadily

MAGIC = b"age-encryption.org/v1"
_SECRET = "AGE-SECRET-KEY-1"


class KeyFault(ValueError):
    """A key file that cannot be used, or a key that does not open the backup; the text says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key file holds."""

    recipients: tuple[pyrage.x25519.Recipient, ...]
    identities: tuple[pyrage.x25519.Identity, ...]

    @property
    def can_read(self) -> bool:
        """Whether it opens what it closes."""
        return bool(self.identities)


def read_key(path: Path) -> Key:
    """A file as `age-keygen` writes it, or one with a recipient in each line. Raises KeyFault."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFault(f"the key file {path} cannot be read: {error}") from error
    said = [line for line in lines if line and not line.startswith("#")]
    try:
        identities = tuple(pyrage.x25519.Identity.from_str(line) for line in said if line.startswith(_SECRET))
        recipients = tuple(pyrage.x25519.Recipient.from_str(line) for line in said if not line.startswith(_SECRET))
    except (pyrage.IdentityError, pyrage.RecipientError) as error:
        raise KeyFault(f"{path} is no key of age (age1... or {_SECRET}..., one a line): {error}") from error
    if not said:
        raise KeyFault(f"{path} holds no key of age (age1... or {_SECRET}..., one a line)")
    return Key((*recipients, *(each.to_public() for each in identities)), identities)


def is_encrypted(path: Path) -> bool:
    """By its first bytes."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def encrypt(plain: Path, target: Path, key: Key) -> None:
    """Raises OSError."""
    with written_steadily(target), plain.open("rb") as reader, target.open("wb") as writer:
        try:
            pyrage.encrypt_io(reader, writer, list(key.recipients))
        except pyrage.EncryptError as error:
            raise OSError(f"{target} cannot be written: {error}") from error


def decrypt(closed: Path, plain: Path, key: Key | None) -> None:
    """What was written is only to be used when this returns. Raises KeyFault, OSError."""
    if key is None or not key.can_read:
        raise KeyFault(f"{closed} is encrypted: give the file with its {_SECRET}... by --key")
    with written_steadily(plain), closed.open("rb") as reader, plain.open("wb") as writer:
        try:
            pyrage.decrypt_io(reader, writer, list(key.identities))
        except pyrage.DecryptError as error:
            raise KeyFault(f"the key does not open {closed}, or it is damaged: {error}") from error
        except OSError as error:
            if error.errno is not None:  # of reading and writing; of a wrong content there is none
                raise
            raise KeyFault(f"{closed} is damaged or cut off: {error}") from error
