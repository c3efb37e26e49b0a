"""`make trials`: what an answered report survives, tried for real and many times; a table for docs/reliability.md.

    python -m tests.trials [--minutes N] [name ...]

Each trial starts the application as a person would, breaks something under load and looks at what is left. Every try
ends in one of three verdicts: survived, lost (a promise was broken), not measured (the try itself did not work).
Trials share the minutes; what was not reached is not counted. The soak breaks nothing: it looks for what grows. Nor do
the commands: a thousand random sequences on each database, after which everything must agree.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.trials import commands, full_disks, kills, power_cuts, silent_stores, soak
from tests.trials.verdicts import Trial, table

TRIALS: dict[str, Trial | soak.Soak | commands.Sequences] = {
    trial.name: trial
    for trial in (
        kills.TRIAL,
        power_cuts.TRIAL,
        silent_stores.TRIAL,
        full_disks.TRIAL,
        soak.TRIAL,
        commands.TRIAL,
    )
}
MINUTES = 10.0
"""Of each."""


def main() -> None:
    """See the module. Exits with 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description="What an answered report survives.")
    parser.add_argument("--minutes", type=float, help=f"for all together; unless said, {MINUTES:g} for each")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(TRIALS)}; none: all")
    given = parser.parse_args()
    if unknown := set(given.names) - TRIALS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(TRIALS)}")
    chosen = [TRIALS[name] for name in given.names or TRIALS]
    until = time.monotonic() + 60 * (given.minutes or MINUTES * len(chosen))
    results = []
    for left, trial in zip(range(len(chosen), 0, -1), chosen, strict=True):
        share_s = (until - time.monotonic()) / left
        with tempfile.TemporaryDirectory(prefix="batt-trial-") as folder:
            results.append(trial.run(Path(folder), share_s))
        print(results[-1].line, flush=True)
    print()
    print(table(results))
    raise SystemExit(any(result.lost for result in results))


if __name__ == "__main__":
    main()
