"""The fingerprint of a definition: a figure's row, its words in every language, and the code of ours that computes it.

The code is read as a syntax tree, without docstrings and comments: from the figure's function along every name of
data.domain.figures and data.domain.history that it uses. A definition that gets another fingerprint needs a new version
(see `fingerprints.txt`), so that two reports that print the same version mean the same.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from data.domain.figures.definitions import PARTS, Definition

_ROOT = Path(__file__).resolve().parents[3]
_OURS = ("data.domain.figures.", "data.domain.history.")
_ROW = ("code", "unit", "kind", "better", "clock", "least_n", "tile", "rule", "measures")
_EVERYWHERE = (("data.domain.figures.view", "View"), ("data.domain.figures.view", "view"))
"""What computes each of them, though no function names it."""

SourceOf = Callable[[str], str]
"""The text of a module by its name."""


class _Module(NamedTuple):
    definitions: Mapping[str, ast.stmt]
    imports: Mapping[str, tuple[str, str]]
    """Name to (module, name there)."""


@cache
def read_source(module: str) -> str:
    """The text of a module of ours."""
    return (_ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")


def fingerprint(
    definition: Definition, texts: Mapping[str, Mapping[str, object]], source_of: SourceOf = read_source
) -> str:
    """16 hexadecimal digits; texts: by language, then by key."""
    row = {name: str(getattr(definition, name)) for name in _ROW}
    words = {lang: {part: of[definition.text(part)] for part in PARTS} for lang, of in sorted(texts.items())}
    start = (definition.values.__module__, definition.values.__name__)
    code = sorted(_code({start, *_EVERYWHERE}, source_of))
    told = json.dumps([row, words, code], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def read_recorded(text: str) -> dict[tuple[str, int], str]:
    """The recorded fingerprints by code and version, from lines 'code version fingerprint'."""
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {(code, int(version)): recorded for code, version, recorded in rows}


def _code(starts: set[tuple[str, str]], source_of: SourceOf) -> Iterator[str]:
    """Every definition that is reached, as 'file.name: tree'. A file that moves to another folder changes nothing."""
    modules: dict[str, _Module] = {}
    waiting, seen = sorted(starts), set(starts)
    while waiting:
        module, name = waiting.pop()
        if module not in modules:
            modules[module] = _parse(source_of(module))
        node = modules[module].definitions.get(name)
        if node is None or _is_table_of_columns(module, node):
            continue
        yield f"{module.rpartition('.')[2]}.{name}: {ast.dump(_without_docstrings(node))}"
        for found in _used(module, modules[module], node):
            if found not in seen and f"{found[0]}.".startswith(_OURS):
                seen.add(found)
                waiting.append(found)


def _parse(text: str) -> _Module:
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, tuple[str, str]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (each for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
            definitions |= {each.id: node for each in names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            imports |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return _Module(definitions, imports)


def _used(module: str, parsed: _Module, node: ast.AST) -> Iterator[tuple[str, str]]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            if each.id in parsed.definitions:
                yield module, each.id
            elif each.id in parsed.imports:
                yield parsed.imports[each.id]


def _is_table_of_columns(module: str, node: ast.AST) -> bool:
    """The tables of columns are data: another column changes no figure."""
    return isinstance(node, ast.ClassDef) and module.endswith("history.columns") and bool(node.decorator_list)


def _without_docstrings(node: ast.AST) -> ast.AST:
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            told = [it for it in each.body if not (isinstance(it, ast.Expr) and isinstance(it.value, ast.Constant))]
            each.body = told or [ast.Pass()]
    return node
