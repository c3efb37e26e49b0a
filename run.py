"""The command line; dashboard/cli/main.py has the commands."""

from __future__ import annotations

import gc

if __name__ == "__main__":
    gc.disable()  # what is loaded stays: a collection meanwhile finds nothing and takes a fifth of the start
    from dashboard.cli.main import cli

    gc.freeze()
    gc.enable()
    cli()
