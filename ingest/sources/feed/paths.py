"""Paths into JSON: JMESPath expressions, checked when config.yaml is loaded and not only when a record comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import AfterValidator

from ingest.settings import settings_error

_FUNCTIONS = Functions.FUNCTION_TABLE
_LONGEST = 500


class PathError(ValueError):
    """A path that fails on a value, because a function got an argument of the wrong type."""


def _checked(text: str) -> str:
    """The text, when it is a valid path. Raises an error of the settings."""
    if len(text) > _LONGEST:
        raise settings_error(f"is longer than {_LONGEST} characters")
    try:
        parsed = jmespath.compile(text).parsed
    except JMESPathError as wrong:
        said = str(wrong).splitlines()[0]
        raise settings_error(f"is no path (JMESPath): {said}; right would be e.g. data.items or status.name") from None
    for name, given in _calls(parsed):
        if name not in _FUNCTIONS:
            raise settings_error(f"calls {name}, which does not exist; there are {', '.join(sorted(_FUNCTIONS))}")
        signature = _FUNCTIONS[name]["signature"]
        arity = len(signature)
        variadic = bool(signature) and bool(signature[-1].get("variadic"))
        if given < arity or (given > arity and not variadic):
            raise settings_error(f"gives {name} {given} arguments; it takes {arity}{' or more' if variadic else ''}")
    return text


def _calls(node: Any) -> Iterator[tuple[str, int]]:
    """Every function call: its name and number of arguments."""
    if node["type"] == "function_expression":
        yield node["value"], len(node["children"])
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _calls(child)


Path = Annotated[str, AfterValidator(_checked)]
"""A JMESPath expression; `@` is the whole."""


def follow(path: str) -> Callable[[Any], Any]:
    """A function that gives the value at the path, None when there is none. It raises PathError."""
    search = jmespath.compile(path).search

    def found(value: Any) -> Any:
        try:
            return search(value)
        except (JMESPathError, ValueError, TypeError, RecursionError) as wrong:
            raise PathError(f"{path}: {str(wrong).splitlines()[0][:200]}") from None

    return found


def key(name: str) -> str:
    """The path of a key of the item itself, whatever characters it has."""
    return json.dumps(name)
