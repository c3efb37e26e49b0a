"""Only the holder of a key reads an encrypted backup."""

from __future__ import annotations

import os
from pathlib import Path

import pyrage
import pytest

from dashboard.backup.encryption import KeyFault, decrypt, encrypt, is_encrypted, read_key


@pytest.fixture
def identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain"
    path.write_bytes(os.urandom(1_000_000))
    return path


def a_key(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_what_was_encrypted_comes_back(tmp_path: Path, plain: Path, identity: pyrage.x25519.Identity):
    key = read_key(a_key(tmp_path / "key", "# created: 2026-11-24", f"# public key: {identity.to_public()}", identity))
    assert key.can_read
    encrypt(plain, tmp_path / "closed", key)
    assert is_encrypted(tmp_path / "closed")
    assert not is_encrypted(plain)
    decrypt(tmp_path / "closed", tmp_path / "back", key)
    assert (tmp_path / "back").read_bytes() == plain.read_bytes()


def test_each_of_several_recipients_reads_it_and_the_server_does_not(tmp_path: Path, plain: Path):
    people = [pyrage.x25519.Identity.generate() for _ in range(2)]
    key = read_key(a_key(tmp_path / "key", *(person.to_public() for person in people)))
    assert not key.can_read
    encrypt(plain, tmp_path / "closed", key)
    with pytest.raises(KeyFault, match="is encrypted: give the file"):
        decrypt(tmp_path / "closed", tmp_path / "back", key)
    with pytest.raises(KeyFault, match="is encrypted: give the file"):
        decrypt(tmp_path / "closed", tmp_path / "back", None)
    for n, person in enumerate(people):
        decrypt(tmp_path / "closed", tmp_path / "back", read_key(a_key(tmp_path / f"key{n}", person)))
        assert (tmp_path / "back").read_bytes() == plain.read_bytes()


def test_another_key_and_a_damaged_file_are_told(tmp_path: Path, plain: Path, identity: pyrage.x25519.Identity):
    key = read_key(a_key(tmp_path / "key", identity))
    encrypt(plain, tmp_path / "closed", key)
    other = read_key(a_key(tmp_path / "other", pyrage.x25519.Identity.generate()))
    with pytest.raises(KeyFault, match="does not open"):
        decrypt(tmp_path / "closed", tmp_path / "back", other)
    whole = (tmp_path / "closed").read_bytes()
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:500_000] + b"x" + whole[500_001:], whole[:50]):
        (tmp_path / "closed").write_bytes(content)
        with pytest.raises(KeyFault, match="damaged"):
            decrypt(tmp_path / "closed", tmp_path / "back", key)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "holds no key"),
        (["# only a comment"], "holds no key"),
        (["age1nonsense"], "is no key of age"),
        (["AGE-SECRET-KEY-1NONSENSE"], "is no key of age"),
        (["a password"], "is no key of age"),
    ],
)
def test_a_file_without_a_key_is_told(tmp_path: Path, lines: list[str], said: str):
    with pytest.raises(KeyFault, match=said):
        read_key(a_key(tmp_path / "key", *lines))


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(KeyFault, match="cannot be read"):
        read_key(tmp_path / "nowhere")


def test_a_full_disk_is_no_fault_of_the_key(tmp_path: Path, plain: Path, identity: pyrage.x25519.Identity):
    key = read_key(a_key(tmp_path / "key", identity))
    with pytest.raises(OSError, match="No space"):
        encrypt(plain, Path("/dev/full"), key)
    encrypt(plain, tmp_path / "closed", key)
    with pytest.raises(OSError, match="No space"):
        decrypt(tmp_path / "closed", Path("/dev/full"), key)
