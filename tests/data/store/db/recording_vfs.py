"""What a disk had been told when the power went: a SQLite VFS that writes down every write and every sync.

SQLite's own file system layer does the work; this one stands before it and keeps an ordered list of what it was told.
`after_cut` builds the files as a disk may hold them then: what was synced is there; of what was not, any sectors in
any combination. It needs no root and no device, and sees each write that SQLite makes, whatever its settings.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512
OK = 0

_void, _int, _text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
Open = ctypes.CFUNCTYPE(_int, _void, _void, _void, _int, ctypes.POINTER(_int))
"""The name is passed on as a pointer: SQLite keeps it as long as the file is open."""
Delete = ctypes.CFUNCTYPE(_int, _void, _text, _int)
Write = ctypes.CFUNCTYPE(_int, _void, _void, _int, ctypes.c_int64)
Truncate = ctypes.CFUNCTYPE(_int, _void, ctypes.c_int64)
Sync = ctypes.CFUNCTYPE(_int, _void, _int)


class Vfs(ctypes.Structure):
    """sqlite3_vfs, version 3 (https://sqlite.org/c3ref/vfs.html)."""

    _fields_ = (
        ("iVersion", _int),
        ("szOsFile", _int),
        ("mxPathname", _int),
        ("pNext", _void),
        ("zName", _text),
        ("pAppData", _void),
        ("xOpen", Open),
        ("xDelete", Delete),
        ("others", _void * 14),
    )


class Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3 (https://sqlite.org/c3ref/io_methods.html)."""

    _fields_ = (
        ("iVersion", _int),
        ("xClose", _void),
        ("xRead", _void),
        ("xWrite", Write),
        ("xTruncate", Truncate),
        ("xSync", Sync),
        ("others", _void * 13),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the disk was told. `kind`: write, truncate, sync, delete."""

    kind: str
    path: str
    offset: int = 0
    data: bytes = b""


@dataclass(slots=True)
class Recording:
    """All steps in their order; the position in it is the moment of a cut."""

    steps: list[Step] = field(default_factory=list)

    def after_cut(self, cut: int, folder: Path, chance: random.Random, before: Mapping[str, bytes]) -> Path:
        """Write the files as they may be found when the power went after `cut` steps; the folder they lie in.

        `before`: the files as they were when the recording began, by name.
        """
        files = {name: bytearray(content) for name, content in before.items()}
        unsynced: dict[str, list[Step]] = {}
        for step in self.steps[:cut]:
            if step.kind == "sync":
                for each in unsynced.pop(step.path, []):
                    _apply(files, each, None)
            else:
                unsynced.setdefault(step.path, []).append(step)
        for steps in unsynced.values():
            for each in steps:
                _apply(files, each, chance)
        folder.mkdir(parents=True)
        for path, content in files.items():
            (folder / path).write_bytes(content)
        return folder


def _apply(files: dict[str, bytearray], step: Step, chance: random.Random | None) -> None:
    """Do what a step says; with `chance` only such parts of it as the disk happened to reach."""
    if step.kind == "delete":
        if chance is None or chance.random() < 0.5:
            files.pop(step.path, None)
        return
    content = files.setdefault(step.path, bytearray())
    if step.kind == "truncate":
        if chance is None or chance.random() < 0.5:
            del content[step.offset :]
        return
    first = step.offset
    while first < step.offset + len(step.data):
        last = min((first // SECTOR + 1) * SECTOR, step.offset + len(step.data))
        if chance is None or chance.random() < 0.5:
            content.extend(bytes(max(0, last - len(content))))
            content[first:last] = step.data[first - step.offset : last - step.offset]
        first = last


@contextmanager
def recording(file: Path) -> Iterator[Recording]:
    """Every connection opened meanwhile in this process is recorded, its steps on `file` and on what lies beside it."""
    library = ctypes.CDLL("libsqlite3.so.0")
    library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
    library.sqlite3_vfs_register.argtypes = (ctypes.POINTER(Vfs), _int)
    library.sqlite3_vfs_unregister.argtypes = (ctypes.POINTER(Vfs),)
    original = library.sqlite3_vfs_find(None)
    recorder = _Recorder(original, str(file))
    library.sqlite3_vfs_register(ctypes.byref(recorder.vfs), 1)
    try:
        yield recorder.recording
    finally:
        library.sqlite3_vfs_unregister(ctypes.byref(recorder.vfs))
        library.sqlite3_vfs_register(original, 1)


class _Recorder:
    def __init__(self, original: Any, prefix: str) -> None:
        self.recording = Recording()
        self._original, self._prefix = original, prefix
        self._paths: dict[int, str] = {}
        self._methods: dict[int, tuple[Methods, Methods]] = {}
        self._open, self._delete = Open(self._on_open), Delete(self._on_delete)
        self._write, self._truncate, self._sync = (
            Write(self._on_write),
            Truncate(self._on_truncate),
            Sync(self._on_sync),
        )
        self.vfs = Vfs()
        ctypes.memmove(ctypes.byref(self.vfs), original, ctypes.sizeof(Vfs))
        self.vfs.zName, self.vfs.pNext = b"recording", None
        self.vfs.xOpen, self.vfs.xDelete = self._open, self._delete

    def _on_open(self, _vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        code = self._original.contents.xOpen(ctypes.addressof(self._original.contents), name, file, flags, out)
        path = ctypes.string_at(name).decode() if name else ""
        if code == OK and path.startswith(self._prefix) and not path.endswith("-shm"):
            self._paths[file] = path
            self._stand_before(file)
        return int(code)

    def _stand_before(self, file: int) -> None:
        """The first field of a file is the table of its methods: give it ours, which calls the one that was there."""
        pointer = ctypes.cast(file, ctypes.POINTER(_void)).contents
        theirs = Methods.from_address(pointer.value or 0)
        ours = Methods()
        ctypes.memmove(ctypes.byref(ours), ctypes.byref(theirs), ctypes.sizeof(Methods))
        ours.xWrite, ours.xTruncate, ours.xSync = self._write, self._truncate, self._sync
        self._methods[file] = ours, theirs
        pointer.value = ctypes.addressof(ours)

    def _note(self, kind: str, file: int, offset: int = 0, data: bytes = b"") -> None:
        self.recording.steps.append(Step(kind, Path(self._paths[file]).name, offset, data))

    def _on_write(self, file: int, data: int, size: int, offset: int) -> int:
        self._note("write", file, offset, ctypes.string_at(data, size))
        return int(self._methods[file][1].xWrite(file, data, size, offset))

    def _on_truncate(self, file: int, size: int) -> int:
        self._note("truncate", file, size)
        return int(self._methods[file][1].xTruncate(file, size))

    def _on_sync(self, file: int, flags: int) -> int:
        code = int(self._methods[file][1].xSync(file, flags))
        self._note("sync", file)
        return code

    def _on_delete(self, _vfs: int, name: bytes, sync: int) -> int:
        self.recording.steps.append(Step("delete", Path(name.decode()).name))
        return int(self._original.contents.xDelete(ctypes.addressof(self._original.contents), name, sync))
