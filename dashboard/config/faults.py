"""Faults of config.yaml: where, what is wrong, what would be right. Reads YAML with its line numbers."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data.texts import LOADER

Path = tuple[str, ...]
"""Keys and list positions from the top of the file, all as text."""


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One fault; `str()` is the line a person reads."""

    path: Path
    wrong: str
    right: str = ""

    @property
    def where(self) -> str:
        """The YAML path, e.g. categories.jalan_rusak.agency."""
        return ".".join(self.path) or "(file)"

    def __str__(self) -> str:
        return f"{self.where} {self.wrong}" + (f"; {self.right}" if self.right else "")


class ConfigFaults(ValueError):
    """Everything that is wrong with the configuration, in the order of the file."""

    def __init__(self, file: str, faults: Iterable[ConfigFault], lines: Mapping[Path, int]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (_line(fault.path, lines), fault.path)))
        told_lines = [f"  {file}:{_line(fault.path, lines)}  {fault}" for fault in self.faults]
        super().__init__("\n".join([f"{file} has {len(told_lines)} fault{'s' * (len(told_lines) != 1)}:", *told_lines]))


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the path, or of the nearest thing around it that stands in the file."""
    return next((lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in lines), 1)


@dataclass(slots=True)
class Document:
    """A YAML file read: its value, the line of every path, and the faults of the writing itself."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)


def read_yaml(text: str) -> Document:
    """The document; broken YAML and keys given twice are faults in it, nothing is raised."""
    found = Document()
    try:
        loader = LOADER(text)
        node = loader.get_single_node()
        found.value = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        found.lines[()] = mark.line + 1 if mark else 1
        found.faults.append(
            ConfigFault((), f"is no YAML: {error.problem or error}", "look at this line and the one before it")
        )
        return found
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2027-02-30
        found.faults.append(ConfigFault((), f"is no YAML: {error}"))
        return found
    if node is not None:
        _walk(node, (), found, ())
    return found


def _walk(node: yaml.Node, path: Path, found: Document, around: tuple[int, ...]) -> None:
    found.lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in around:
        found.faults.append(ConfigFault(path, "refers to itself", "write it out"))
        return
    around = (*around, id(node))
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            _walk(child, (*path, str(position)), found, around)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, child in node.value:
        here = (*path, str(key.value))
        if here in found.lines:
            first = found.lines[here]
            found.faults.append(ConfigFault(here, f"is given twice, first in line {first}", "keep one of the two"))
        found.lines[here] = key.start_mark.line + 1
        _walk(child, here, found, around)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'did you mean dpupr?' when something near is known, else what there is to choose from."""
    choices = list(known)
    near = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"one of: {', '.join(sorted(choices)) or '(none)'}"


def faults_of(error: ValidationError, prefix: Path, shape: object) -> Iterator[ConfigFault]:
    """A pydantic error as faults below `prefix`; `shape` is the annotation that was validated."""
    for detail in error.errors(include_url=False):
        path = tuple(str(part) for part in detail["loc"] if part != "[key]")
        yield ConfigFault(prefix + path, *_wording(detail, path, shape))


def _wording(detail: ErrorDetails, path: Path, shape: object) -> tuple[str, str]:
    kind, given = detail["type"], detail["input"]
    if kind == "missing":
        return "is missing", "add it"
    if kind == "extra_forbidden":
        return "is no known key", did_you_mean(path[-1], _keys(shape, path[:-1]))
    if kind in {"length", "clock", "hours"}:
        return f"({given!r}) {detail['msg']}", ""
    if kind in {"literal_error", "enum"}:
        return f"is {given!r}", f"right would be {detail['ctx']['expected']}"
    if "[key]" in detail["loc"]:
        return "is no usable name", "small letters, digits and _ only, a letter or digit first"
    return f"is {given!r}", detail["msg"].replace("Input should", "it should").removeprefix("Value error, ")


def _keys(shape: object, path: Path) -> list[str]:
    """The keys allowed at `path` of a validated annotation; empty where it has no fixed ones."""
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        if not path:
            return [field.alias or name for name, field in shape.model_fields.items()]
        inner = shape.model_fields.get(path[0])
        return _keys(inner.annotation, path[1:]) if inner else []
    origin, inside = typing.get_origin(shape), typing.get_args(shape)
    if origin in (typing.Union, types.UnionType):
        return next((keys for part in inside if (keys := _keys(part, path))), [])
    if origin in (dict, list, tuple) and path:
        return _keys(inside[-1], path[1:])
    return _keys(inside[0], path) if origin is typing.Annotated else []
