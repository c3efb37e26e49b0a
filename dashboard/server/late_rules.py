"""Routes that are ready for requests at once, and for making addresses when the first is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Address = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """Writes the program that makes its addresses when it is first needed: a process makes those of few routes.

    For all of them that is half of what it takes to make the app.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Address:
        compiler, compiled = super()._compile_builder, list[Address]()

        def build(rule: LateRule, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compiler(append_unknown))
            return compiled[0](rule, **values)

        return build
