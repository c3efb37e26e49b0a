"""Where uploaded files lie: for nobody else's eyes, whole or not at all."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from ingest.tabular.readers.csv_table import digest_of
from ingest.uploads import TooBig, UploadStorage


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_lies_in_a_folder_of_its_own_that_only_its_owner_reads(tmp_path: Path):
    storage = UploadStorage(tmp_path)
    upload_id, digest = storage.save(io.BytesIO(b"nomor;tanggal\n"), 100)
    path = storage.input(upload_id)
    assert path.read_bytes() == b"nomor;tanggal\n"
    assert digest == digest_of(path)
    assert path == tmp_path / "uploads" / upload_id / "masukan"
    assert [mode(each) for each in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]
    storage.remove(upload_id)
    storage.remove(upload_id)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_of_a_file_that_is_too_big_nothing_is_left_behind(tmp_path: Path):
    storage = UploadStorage(tmp_path)
    assert storage.save(io.BytesIO(bytes(3_000_000)), 3_000_000)
    with pytest.raises(TooBig, match="lebih dari 3 MB; bagi"):
        storage.save(io.BytesIO(bytes(3_000_001)), 3_000_000)
    assert len(list((tmp_path / "uploads").iterdir())) == 1


class Breaking(io.BytesIO):
    """A line that breaks in the middle of the file."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 0:
            raise ConnectionResetError("the browser has gone")
        return super().read(10)


def test_of_a_file_whose_sender_has_gone_nothing_is_left_behind(tmp_path: Path):
    with pytest.raises(OSError, match="gone"):
        UploadStorage(tmp_path).save(cast(BinaryIO, Breaking(bytes(100))), 1000)
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "../../etc", "a" * 31, "A" * 32, "a" * 31 + "/"])
def test_what_is_no_id_is_no_path(tmp_path: Path, name: str):
    storage = UploadStorage(tmp_path)
    for ask in (storage.input, storage.result, storage.remove):
        with pytest.raises(ValueError, match="is no upload's id"):
            ask(name)


def test_old_folders_are_found_and_others_are_no_business_of_ours(tmp_path: Path):
    storage = UploadStorage(tmp_path)
    assert list(storage.older_than(datetime(2100, 1, 1, tzinfo=UTC))) == []
    upload_id, _ = storage.save(io.BytesIO(b"x"), 10)
    (tmp_path / "uploads" / "notes").mkdir()
    made = datetime.fromtimestamp(storage.input(upload_id).parent.stat().st_mtime, UTC)
    assert list(storage.older_than(made)) == []
    assert list(storage.older_than(made + timedelta(seconds=1))) == [upload_id]
