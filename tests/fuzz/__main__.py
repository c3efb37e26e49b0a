"""`make fuzz`: every parser of outside input under atheris (coverage-guided), one after the other, in equal shares.

    python -m tests.fuzz [--minutes 10] [NAME ...]

What was found lies in var/fuzz/findings, one file each; samples that reached something new are kept in
var/fuzz/samples and make the next run start from there. Ends with 1 when there is a finding.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.stage import Target
from tests.fuzz.targets import TARGETS
from tests.ingest.doors import ROOT

FOLDER = ROOT / "var" / "fuzz"
TIMEOUT_S, MEMORY_MB = 10, 2048
"""What one input may take."""
START_S = 6.0
"""What a process needs before it begins."""
_TOKEN = re.compile(rb"[A-Za-z_]{3,24}|&#?\w{2,6};|<[?!]\[?\w+")
_TOKENS_MOST = 300


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a target's share."""

    name: str
    inputs: str
    coverage: str
    findings: tuple[Path, ...]
    fault: str = ""
    """Why it ended early without a finding."""

    @property
    def is_fine(self) -> bool:
        """Nothing was found, and it ran to the end."""
        return not self.findings and not self.fault


def main() -> int:
    """See the module; the process' exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the parsers of outside input.")
    parser.add_argument("--minutes", type=float, default=10, help="for all of them together; default: 10")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)}; none: all")
    given = parser.parse_args()
    if unknown := set(given.names) - TARGETS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    names = given.names or list(TARGETS)
    share_s = max(1, round(given.minutes * 60 / len(names) - START_S))
    print(f"{len(names)} targets, {share_s} s each", flush=True)
    print(f"{'target':<20} {'inputs':>10} {'coverage':>9}  findings", flush=True)
    runs = []
    for name in names:
        runs.append(fuzzed(name, TARGETS[name], share_s))
        print(line(runs[-1]), flush=True)
    broken = [run for run in runs if not run.is_fine]
    print(f"\n{len(runs) - len(broken)} of {len(runs)} without a finding")
    for run in broken:
        print(f"{run.name}: " + (", ".join(map(str, run.findings)) or run.fault))
    return 1 if broken else 0


def fuzzed(name: str, target: Target, share_s: int) -> Run:
    """Run one target in a process of its own."""
    samples, findings = FOLDER / "samples" / name, FOLDER / "findings"
    for folder in (samples, findings):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = target.seeds()
    for seed in seeds:
        (samples / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    words = FOLDER / f"{name}.dict"
    words.write_bytes(b"".join(b'"%s"\n' % token for token in (b".", *_tokens(seeds))))  # an empty one is a fault
    flags = [
        f"-max_total_time={share_s}",
        f"-timeout={TIMEOUT_S}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-dict={words}",
        "-print_final_stats=1",
    ]
    before = set(findings.glob(f"{name}-*"))
    log = FOLDER / f"{name}.log"
    fault, code = "", 0
    with log.open("wb") as out:
        command = [sys.executable, "-m", "tests.fuzz.child", name, f"{findings / name}-", *flags, str(samples)]
        try:
            code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, timeout=share_s + 120).returncode
        except subprocess.TimeoutExpired:
            fault = f"did not end by itself; see {log}"
    found = tuple(sorted(set(findings.glob(f"{name}-*")) - before))
    if code and not found:
        fault = f"ended with {code}; see {log}"
    text = log.read_text(encoding="utf-8", errors="replace")
    return Run(name, _last(r"number_of_executed_units:\s*(\d+)", text), _last(r"\bcov: (\d+)", text), found, fault)


def _tokens(seeds: list[bytes]) -> list[bytes]:
    found = dict.fromkeys(token for seed in seeds for token in _TOKEN.findall(seed))
    return list(found)[:_TOKENS_MOST]


def _last(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    return found[-1] if found else "-"


def line(run: Run) -> str:
    """One row of the table."""
    said = ", ".join(path.name for path in run.findings) or run.fault or "none"
    return f"{run.name:<20} {run.inputs:>10} {run.coverage:>9}  {said}"


if __name__ == "__main__":
    sys.exit(main())
