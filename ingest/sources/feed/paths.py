"""Paths into JSON: JMESPath expressions, checked when config.yaml is read, so that none is found wrong at night."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import AfterValidator

from ingest.settings import fault

_FUNCTIONS = Functions.FUNCTION_TABLE
_LONGEST = 500


class PathError(ValueError):
    """A path that cannot be followed in what came: a function was given what it does not take."""


def _checked(text: str) -> str:
    """The text. Raises a fault of the settings."""
    if len(text) > _LONGEST:
        raise fault(f"is longer than {_LONGEST} characters")
    try:
        parsed = jmespath.compile(text).parsed
    except JMESPathError as wrong:
        said = str(wrong).splitlines()[0]
        raise fault(f"is no path (JMESPath): {said}; right would be e.g. data.items or status.name") from None
    for name, given in _calls(parsed):
        if name not in _FUNCTIONS:
            raise fault(f"calls {name}, which does not exist; there are {', '.join(sorted(_FUNCTIONS))}")
        takes = _FUNCTIONS[name]["signature"]
        wanted = len(takes)
        variadic = bool(takes) and bool(takes[-1].get("variadic"))
        if given < wanted or (given > wanted and not variadic):
            raise fault(f"gives {name} {given} arguments; it takes {wanted}{' or more' if variadic else ''}")
    return text


def _calls(node: Any) -> Iterator[tuple[str, int]]:
    """Every function that is called, and with how many arguments."""
    if node["type"] == "function_expression":
        yield node["value"], len(node["children"])
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _calls(child)


Path = Annotated[str, AfterValidator(_checked)]
"""A JMESPath expression; `@` is the whole."""


def follow(path: str) -> Callable[[Any], Any]:
    """A function that follows the path: what is there, None for nothing. It raises PathError."""
    search = jmespath.compile(path).search

    def found(value: Any) -> Any:
        try:
            return search(value)
        except (JMESPathError, ValueError, TypeError, RecursionError) as wrong:
            raise PathError(f"{path}: {str(wrong).splitlines()[0][:200]}") from None

    return found


def key(name: str) -> str:
    """The path of a key of the item itself, whatever letters it is made of."""
    return json.dumps(name)
