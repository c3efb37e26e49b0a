"""What the tests about the code look for: pure functions from a file's text to findings.

A finding is `line: what is wrong`. Every check has a bad sample in the tests, so that none can pass by being blind.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("dashboard", "callbacks", "layouts", "ingest", "data")
FILE_LINES = 400
FUNCTION_LINES = 40
PARAMETERS = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef
Check = Callable[[str], list[Any]]


@lru_cache(maxsize=1)
def tree_of(text: str) -> ast.Module:
    """The file's syntax tree, parsed once for all checks that ask for it one after the other."""
    return ast.parse(text)


def findings(checks: tuple[Check, ...], files: Mapping[str, str]) -> dict[Check, dict[str, list[Any]]]:
    """What each check finds in each file, files without a finding left out."""
    found: dict[Check, dict[str, list[Any]]] = {check: {} for check in checks}
    for path, text in files.items():
        for check in checks:
            if rows := check(text):
                found[check][path] = rows
    return found


@cache
def sources() -> dict[str, str]:
    """Every Python file of the application by its path from the root, migrations' steps left out."""
    paths = [ROOT / "run.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in paths
        if path.exists() and "versions" not in path.parts
    }


def kept_files() -> list[Path]:
    """Every file that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """A file's text; empty for pictures and fonts."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def functions(tree: ast.AST, name: str = "") -> Iterator[tuple[str, Function]]:
    """All functions with their qualified names; in an expression there is none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr):
            continue
        if isinstance(node, Function | ast.ClassDef):
            qualified = f"{name}.{node.name}".lstrip(".")
            if isinstance(node, Function):
                yield qualified, node
            yield from functions(node, qualified)
        else:
            yield from functions(node, name)


def too_long(text: str) -> list[str]:
    """Files over 400 lines, functions over 40."""
    lines = len(text.splitlines())
    found = [f"1: {lines} lines in the file"] if lines > FILE_LINES else []
    for name, node in functions(tree_of(text)):
        size = (node.end_lineno or node.lineno) - node.lineno + 1
        if size > FUNCTION_LINES:
            found.append(f"{node.lineno}: {name} has {size} lines")
    return found


def too_many_parameters(text: str) -> list[str]:
    """Functions that take more than five things by position, `self` not counted."""
    found = []
    for name, node in functions(tree_of(text)):
        taken = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
        if len(taken) > PARAMETERS:
            found.append(f"{node.lineno}: {name} takes {len(taken)} by position")
    return found


def _names(node: ast.expr | None) -> set[str]:
    """The exceptions a handler names; an empty `except` is BaseException."""
    if node is None:
        return {"BaseException"}
    return {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node)}


def broad_excepts(text: str) -> list[tuple[str, int, bool]]:
    """(function, line, says its traceback) of every `except Exception` and wider."""
    if "except" not in text:
        return []
    found = []
    for name, node in functions(tree_of(text)):
        for part in own_nodes(node):
            if isinstance(part, ast.ExceptHandler) and _names(part.type) & {"Exception", "BaseException"}:
                body = ast.unparse(ast.Module(part.body, []))
                found.append((name, part.lineno, bool(re.search(r"\.exception\(|exc_info=|traceback|raise", body))))
    return found


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [part for part in ast.iter_child_nodes(node) if not isinstance(part, Function)]


CLOCK = re.compile(
    r"(?:date(?:time)?|dt)\.(?:now|utcnow|today)\(|(?<![\w.])time\.(?:time|time_ns|localtime|gmtime|ctime)\("
)
MAY_READ_CLOCK = re.compile(r"(?:now|today|time|time_ns|timestamp)\s*\(")
"""What a file without a reading of the clock hardly has: most are not even parsed for it."""


def clock_readings(text: str) -> list[str]:
    """Where the computer's clock is read or a moment loses its zone. `time.monotonic` is no clock."""
    if not MAY_READ_CLOCK.search(text):
        return []
    found = []
    for node in ast.walk(tree_of(text)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func) + "("
            if CLOCK.search(called) or ("clock" not in called and called in {"utcnow(", "today("}):
                found.append(f"{node.lineno}: {called.rstrip('(')} reads the clock")
            if called.endswith("datetime.fromtimestamp(") and len(node.args) + len(node.keywords) < 2:
                found.append(f"{node.lineno}: fromtimestamp without a zone")
            if called.endswith("utcfromtimestamp("):
                found.append(f"{node.lineno}: utcfromtimestamp gives a naive moment")
    return found


REGISTRIES = [".".join(parts) for parts in (("pypi", "org"), ("npmjs", "org"), ("npmjs", "com"))]
REGISTRIES += ["python" + "hosted", ".".join(("deb", "debian", "org")), ".".join(("proxy", "golang", "org"))]


def registry_hosts(text: str) -> list[str]:
    """Lines that name a package registry's host."""
    return [
        f"{number}: {host}"
        for number, line in enumerate(text.splitlines(), 1)
        for host in REGISTRIES
        if host in line.lower()
    ]


def foreign_imports(text: str, allowed: frozenset[str]) -> list[str]:
    """Imports from outside `allowed` (top-level names)."""
    found = []
    for node in ast.walk(tree_of(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [f"{node.lineno}: imports {name}" for name in names if name.split(".")[0] not in allowed]
    return found


def short_test_names(text: str) -> list[str]:
    """Tests whose name is no sentence: fewer than three words."""
    return [
        f"{node.lineno}: {name}"
        for name, node in functions(tree_of(text))
        if (last := name.rsplit(".", 1)[-1]).startswith("test_") and len(last.split("_")) < 4
    ]


SETTERS = {"setattr", "delattr", "setitem", "delitem"}


def replaced_code(text: str) -> list[str]:
    """Where a test puts something in the place of our code: a patch, an attribute set from outside, a mock.

    What leaves the process may be replaced: modules of others that were imported as such (`import socket`).
    """
    tree, ours, found = tree_of(text), {*ROOMS, "run", "tests"}, []
    foreign, own = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                name, root = alias.asname or alias.name, (module or alias.name).split(".")[0]
                (own if root in ours else foreign if not module else set()).add(name)
                if "mock" in {*module.split("."), *alias.name.split(".")}:
                    found.append(f"{node.lineno}: imports mock")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _called(node.func) in SETTERS:
            target = ast.unparse(node.args[0])
            if target not in foreign and target != "os.environ":
                found.append(f"{node.lineno}: replaces something of {target}")
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Attribute) and ast.unparse(target.value).split(".")[0] in own:
                found.append(f"{node.lineno}: sets {ast.unparse(target)}")
    return found


def _called(function: ast.expr) -> str:
    """The last word of what is called."""
    return str(getattr(function, "attr", getattr(function, "id", "")))


INDONESIAN = re.compile(
    r"\b(tidak|bukan|kolom|baris|berkas|yang|dengan|dari|untuk|belum|harus|lebih|nilai|sudah|tanpa|atau|karena|isi"
    r"|hanya|masih|dapat|bisa|ini|itu|laporan|ada)\b",
    re.IGNORECASE,
)


def indonesian_sentences(text: str) -> list[str]:
    """String literals in Bahasa Indonesia of two words and more; docstrings do not count."""
    if not INDONESIAN.search(text):
        return []
    tree = tree_of(text)
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        said = ""
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        if id(node) not in passed and " " in said and INDONESIAN.search(said):
            found.append(f"{getattr(node, 'lineno', 0)}: {said[:60]}")
    return found


def uncommented_keys(text: str) -> list[str]:
    """Keys of a YAML file that nothing explains.

    A key is explained where it first appears: by a comment on its line or right above it, or by its name in the
    comment of the block it stands in. Of a table's entries (agencies, categories) the first one needs it.
    """
    explained: dict[str, str] = {}
    missing: dict[str, str] = {}
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    if tree is not None:
        _explain(tree, "", text.splitlines(), explained, missing)
    return [where for name, where in missing.items() if name not in explained]


def _explain(node: yaml.Node, above: str, lines: list[str], explained: dict[str, str], missing: dict[str, str]) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _explain(item, above, lines, explained, missing)
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        return
    table = False
    for place, (key, value) in enumerate(node.value):
        name, said = str(key.value), _comment_of(lines, key.start_mark.line)
        block = isinstance(value, yaml.CollectionNode) and not value.flow_style
        if said or (place and table and block) or re.search(rf"\b{re.escape(name)}\b", above):
            explained.setdefault(name, said)
        else:
            missing.setdefault(name, f"{key.start_mark.line + 1}: {name}")
        table = table or (block and bool(said))
        _explain(value, said or explained.get(name, ""), lines, explained, missing)


def _comment_of(lines: list[str], number: int) -> str:
    """The comment on a line and in the lines right above it."""
    found = []
    same = re.search(r"(?:^|\s)#\s*(\S.*)$", lines[number])
    while number and lines[number - 1].lstrip().startswith("#"):
        number -= 1
        found.append(lines[number].strip("# "))
    return " ".join([*reversed(found), same[1] if same else ""]).strip()
