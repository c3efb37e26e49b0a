"""The file of a backup: what it keeps, and everything it is refused for."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.backup import archive
from dashboard.backup.archive import Manifest, NoBackup, unpack, write
from tests.conftest import Limit
from tests.factories import NOW

Members = list[tuple[tarfile.TarInfo, bytes]]


def a_manifest() -> Manifest:
    return Manifest(
        format=1, created_at=NOW, build="x", database="sqlite", revision="0005", seq=7, rows={"case": 1}, figures={}
    )


@pytest.fixture
def home(tmp_path: Path, limit: Limit) -> Path:
    """Two photos in a folder of their own, one of them large, and an empty folder."""
    limit(archive, "IN_MEMORY", 10_000)
    (tmp_path / "home" / "photos" / "ab").mkdir(parents=True)
    (tmp_path / "home" / "drop").mkdir(mode=0o770)
    (tmp_path / "home" / "photos" / "ab" / "1.jpg").write_bytes(b"one")
    (tmp_path / "home" / "photos" / "ab" / "é 2.jpg").write_bytes(os.urandom(archive.IN_MEMORY + 5))
    os.utime(tmp_path / "home" / "photos" / "ab", (1_600_000_000, 1_600_000_000))
    (tmp_path / "store.db").write_bytes(b"rows" * 5000)
    return tmp_path / "home"


def files_of(home: Path) -> list[tuple[str, Path]]:
    return [(f"home/{path.relative_to(home)}", path) for path in sorted(home.rglob("*"))]


@pytest.fixture
def written(home: Path, tmp_path: Path) -> Path:
    write(tmp_path / "b.tar.gz", a_manifest(), tmp_path / "store.db", files_of(home))
    return tmp_path / "b.tar.gz"


def everything(name: str) -> bool:
    return True


def test_what_was_written_comes_back_to_the_byte(written: Path, home: Path, tmp_path: Path):
    manifest = unpack(written, tmp_path / "out", everything)
    assert (manifest.seq, manifest.created_at, manifest.left_out) == (7, NOW, [])
    assert set(manifest.members) == {"store.db", "home/photos/ab/1.jpg", "home/photos/ab/é 2.jpg"}
    assert (tmp_path / "out" / "store.db").read_bytes() == b"rows" * 5000
    for name, path in files_of(home):
        back = tmp_path / "out" / name
        assert back.is_dir() == path.is_dir()
        assert back.stat().st_mode == path.stat().st_mode
        assert int(back.stat().st_mtime) == int(path.stat().st_mtime)
        assert path.is_dir() or back.read_bytes() == path.read_bytes()


def test_only_what_is_wanted_is_written_and_all_of_it_is_compared(written: Path, tmp_path: Path):
    manifest = unpack(written, tmp_path / "out", lambda name: name == "store.db")
    assert len(manifest.members) == 3
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["store.db"]


def test_a_file_that_vanished_is_left_out_and_named(home: Path, tmp_path: Path):
    listed = files_of(home)
    (home / "photos" / "ab" / "1.jpg").unlink()
    write(tmp_path / "b.tar.gz", a_manifest(), tmp_path / "store.db", listed)
    manifest = unpack(tmp_path / "b.tar.gz", tmp_path / "out", everything)
    assert manifest.left_out == ["home/photos/ab/1.jpg: No such file or directory"]
    assert "home/photos/ab/1.jpg" not in manifest.members


def test_an_archive_cut_off_anywhere_is_refused(written: Path, tmp_path: Path):
    whole = written.read_bytes()
    for n, length in enumerate((0, 1, 10, 200, len(whole) // 2, len(whole) - 600, len(whole) - 9, len(whole) - 1)):
        written.write_bytes(whole[:length])
        with pytest.raises(NoBackup):
            unpack(written, tmp_path / f"out{n}", everything)


def test_a_single_changed_bit_is_found_wherever_it_is(written: Path, tmp_path: Path):
    """Or it changes nothing: a few bits of a compressed file mean nothing."""
    whole, intact, found = written.read_bytes(), unpack(written, tmp_path / "intact", everything), 0
    for n in range(40):
        place = 20 + n * (len(whole) - 40) // 40
        changed = bytearray(whole)
        changed[place] ^= 4
        written.write_bytes(changed)
        try:
            assert unpack(written, tmp_path / f"out{n}", everything) == intact
        except NoBackup:
            found += 1
    assert found > 35


def rewritten(path: Path, change: Callable[[Members], Members]) -> None:
    """Pack it anew with other members, as somebody with ill will would."""
    with tarfile.open(path) as tar:
        members = [(info, content.read() if (content := tar.extractfile(info)) else b"") for info in tar]
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for info, content in change(members):
            info.size = len(content) if info.isreg() else info.size
            tar.addfile(info, io.BytesIO(content))


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, b"evil" if kind == tarfile.REGTYPE else b""


@pytest.mark.parametrize(
    "member",
    [
        named("../evil"),
        named("/etc/evil"),
        named("home/../../evil"),
        named("home/./evil"),
        named("evil"),
        named("home/.restoring.json"),
        named("home/.lock"),
        named("home"),
        named("photos/evil"),
        named("home/link", tarfile.SYMTYPE, "/etc/passwd"),
        named("home/link", tarfile.LNKTYPE, "store.db"),
        named("home/pipe", tarfile.FIFOTYPE),
        named("home/device", tarfile.CHRTYPE),
        named("store.db", tarfile.SYMTYPE, "/etc/passwd"),
        named("manifest.json", tarfile.DIRTYPE),
        named("store.db"),
        named("home/not-listed"),
    ],
    ids=lambda member: member[0].name if isinstance(member, tuple) else None,
)
def test_a_member_that_no_backup_of_ours_holds_is_refused(
    written: Path, tmp_path: Path, member: tuple[tarfile.TarInfo, bytes]
):
    rewritten(written, lambda members: [*members[:-1], member, members[-1]])
    with pytest.raises(NoBackup):
        unpack(written, tmp_path / "in" / "out", everything)
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "in" / "evil").exists()


def test_nothing_is_written_through_a_link_that_an_earlier_member_made(written: Path, tmp_path: Path):
    link = named("home/photos/away", tarfile.SYMTYPE, str(tmp_path))
    rewritten(written, lambda members: [link, named("home/photos/away/evil"), *members])
    with pytest.raises(NoBackup):
        unpack(written, tmp_path / "out", everything)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda manifest: manifest | {"format": 2}, "format 2"),
        (lambda manifest: manifest | {"members": {}}, "missing or not as they were written"),
        (lambda manifest: {}, "cannot be read"),
        (lambda manifest: manifest | {"seq": "many"}, "cannot be read"),
        (lambda manifest: manifest | {"created_at": "2026-11-24T10:00:00"}, "cannot be read"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(
    written: Path, tmp_path: Path, change: Callable[[dict[str, object]], object], said: str
):
    def with_list(members: Members) -> Members:
        info, content = members[-1]
        return [*members[:-1], (info, json.dumps(change(json.loads(content))).encode())]

    rewritten(written, with_list)
    with pytest.raises(NoBackup, match=said):
        unpack(written, tmp_path / "out", everything)


def test_what_follows_the_list_or_the_end_is_refused(written: Path, tmp_path: Path):
    whole = written.read_bytes()
    written.write_bytes(whole + gzip.compress(bytes(1_000_000)))
    with pytest.raises(NoBackup, match="follows its end"):
        unpack(written, tmp_path / "out", everything)
    written.write_bytes(whole)
    rewritten(written, lambda members: [*members, named("home/photos/late")])
    with pytest.raises(NoBackup, match="follows its list"):
        unpack(written, tmp_path / "again", everything)


def test_an_archive_without_a_store_is_refused(home: Path, tmp_path: Path, written: Path):
    def without(members: Members) -> Members:
        info, content = members[-1]
        listed = json.loads(content)
        del listed["members"]["store.db"]
        return [*members[1:-1], (info, json.dumps(listed).encode())]

    rewritten(written, without)
    with pytest.raises(NoBackup, match="no store in it"):
        unpack(written, tmp_path / "out", everything)


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no tar", mtime=0), b"PK\x03\x04" + bytes(100)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "b.tar.gz").write_bytes(content)
    with pytest.raises(NoBackup):
        unpack(tmp_path / "b.tar.gz", tmp_path / "out", everything)


def test_more_than_the_disk_has_room_for_is_not_begun(written: Path, tmp_path: Path, limit: Limit):
    limit(archive, "RESERVE", 1 << 60)
    with pytest.raises(OSError, match="no room for store"):
        unpack(written, tmp_path / "out", everything)


def test_the_archive_names_nobody_of_this_machine(written: Path):
    with tarfile.open(written) as tar:
        assert {(info.uid, info.gid, info.uname, info.gname) for info in tar} == {(0, 0, "", "")}
