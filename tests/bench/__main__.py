"""`make bench`: measures what was promised, prints a table, writes var/bench.json.

    python -m tests.bench [--quick] [name ...]

`--quick` tries every benchmark on a small scale; its figures promise nothing. Names choose benchmarks.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
import traceback
from dataclasses import asdict
from types import ModuleType

from tests.bench import (
    bench_backup,
    bench_boards,
    bench_busy,
    bench_city,
    bench_cold_load,
    bench_desk,
    bench_endurance,
    bench_figures,
    bench_guide,
    bench_history,
    bench_incidents,
    bench_isolation,
    bench_kinerja,
    bench_map_import,
    bench_market,
    bench_open311,
    bench_open311_pull,
    bench_pages,
    bench_phone,
    bench_portal,
    bench_post_to_wall,
    bench_report,
    bench_screens,
    bench_transport,
    bench_warnings,
    bench_words,
    bench_xlsx,
)
from tests.bench.measure import Env, Result, pace_ms
from tests.e2e.helpers.server import ROOT

BENCHES: dict[str, ModuleType] = {
    "words": bench_words,
    "incidents": bench_incidents,
    "history": bench_history,
    "figures": bench_figures,
    "kinerja": bench_kinerja,
    "report": bench_report,
    "boards": bench_boards,
    "isolation": bench_isolation,
    "map_import": bench_map_import,
    "market": bench_market,
    "city": bench_city,
    "guide": bench_guide,
    "open311": bench_open311,
    "open311_pull": bench_open311_pull,
    "xlsx": bench_xlsx,
    "phone": bench_phone,
    "portal": bench_portal,
    "post_to_wall": bench_post_to_wall,
    "desk": bench_desk,
    "pages": bench_pages,
    "screens": bench_screens,
    "busy": bench_busy,
    "backup": bench_backup,
    "transport": bench_transport,
    "warnings": bench_warnings,
    "cold_load": bench_cold_load,
    "endurance": bench_endurance,
}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what was promised.")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try; promises nothing")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHES)}; none: all")
    given = parser.parse_args()
    if unknown := set(given.names) - BENCHES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    folder = ROOT / "var" / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    results: list[Result] = []
    for name in given.names or BENCHES:
        start, before = time.monotonic(), pace_ms()
        env = Env(folder / name, folder, given.quick)
        env.folder.mkdir()
        found = measured(name, env)
        shutil.rmtree(env.folder, ignore_errors=True)
        results += found
        pace = f"{before:.0f} ms before, {pace_ms():.0f} after"
        print(f"\n{name} ({time.monotonic() - start:.0f} s; the machine's own pace: {pace})", flush=True)
        print("\n".join(line(result) for result in found), flush=True)
    written = [{**asdict(result), "holds": result.holds} for result in results]
    (ROOT / "var" / "bench.json").write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    short = [result for result in results if not result.holds]
    print(f"\n{len(results) - len(short)} of {len(results)} hold; the list is in var/bench.json")
    print("".join(f"falls short: {result.name}\n" for result in short), end="")


def measured(name: str, env: Env) -> list[Result]:
    """A benchmark's results; when it breaks, that is its result, and the next goes on."""
    try:
        found: list[Result] = BENCHES[name].measure(env)
    except Exception as error:
        traceback.print_exc()
        return [Result(name, None, "", None, note=f"broke: {error}".splitlines()[0])]
    return found


def line(result: Result) -> str:
    """One row of the table."""
    sign = "" if result.target is None else "≥" if result.at_least else "≤"
    value = "-" if result.value is None else figure(result.value)
    target = "" if result.target is None else f"{sign} {figure(result.target)}"
    limit = "" if result.limit is None else f"bare {figure(result.limit)}"
    mark = "holds" if result.holds else "SHORT"
    return f"  {result.name:<46} {value:>10} {result.unit:<5} {target:>10}  {limit:>13}  {mark}  {result.note}".rstrip()


def figure(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
