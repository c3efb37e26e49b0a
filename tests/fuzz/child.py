"""One target under atheris: `python -m tests.fuzz.child NAME PREFIX [libFuzzer's flags] [folder of samples]`.

PREFIX: how the path of what is found begins.

A process of its own: atheris changes whatever is imported here.
"""

from __future__ import annotations

import sys
from hashlib import sha1
from importlib import import_module
from logging import CRITICAL
from pathlib import Path

import atheris  # type: ignore[import-untyped]
import structlog


def main() -> None:
    """Runs until libFuzzer ends the process."""
    with atheris.instrument_imports(include=["dashboard", "data", "ingest"]):
        targets = import_module("tests.fuzz.targets").TARGETS
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    target, prefix = targets[sys.argv[1]], sys.argv[2]

    def run(data: bytes) -> None:
        went_well = False
        try:
            target(data)
            went_well = True
        finally:
            if not went_well:  # by the name that libFuzzer gives, which does not always come to it
                Path(f"{prefix}crash-{sha1(data).hexdigest()}").write_bytes(data)

    atheris.Setup([sys.argv[0], f"-artifact_prefix={prefix}", *sys.argv[3:]], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
