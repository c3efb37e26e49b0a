"""Which reports are proposed as one event: simulated bursts that no weight was tuned on, told one after the other."""

from __future__ import annotations

import time
from itertools import groupby

from dashboard.config.load import load
from data import clock
from data.domain.incidents.learning import Accuracy, learn
from data.domain.incidents.likelihood import AS_SHIPPED, IncidentModel
from tests.bench.bursts import Report, grouped, judged, labelled, reports
from tests.bench.measure import Env, Result
from tests.e2e.helpers.server import ROOT

UNSEEN = 20_261_201
"""The seed of the proof; the weights were set on those of TUNED (python -m tests.bench.bench_incidents)."""
TUNED = (1, 2, 3, 4)
PRECISION, RECALL = 0.9, 0.7
TREE = "pohon_tumbang"


def measure(env: Env) -> list[Result]:
    """Pairwise precision and recall, in all and of the bursts of trees; and how long a report takes."""
    city = load(ROOT / "config.yaml", clock.now().date()).city
    rules = {code: it.incident for code, it in city.categories.items() if it.incident is not None}
    told = reports(UNSEEN, env.size(60, 8))
    start = time.perf_counter()
    groups = grouped(told, rules, AS_SHIPPED)
    took = (time.perf_counter() - start) * 1e6 / len(told)
    all_, trees = judged(groups, told), judged(_of(groups, TREE), [one for one in told if one.case.category == TREE])
    pairs = list(labelled(told[: len(told) // 2], rules, AS_SHIPPED))
    learned = learn(pairs, IncidentModel(AS_SHIPPED.usual._replace(base=-1.0)))
    return [
        *_results("incidents", all_, f"{len(told)} reports, {all_.found + all_.missed} pairs of one event"),
        *_results("incidents, trees", trees, "seven of one tree, others 300 m away"),
        Result("incidents: one report", took, "us", 1000.0),
        Result(
            "incidents, weights off, balance learned",
            learned.after.balance,
            "",
            None,
            note=f"before {learned.before.balance:.2f}",
        ),
    ]


def _results(name: str, told: Accuracy, note: str) -> list[Result]:
    return [
        Result(f"{name}: precision", told.precision, "", PRECISION, at_least=True, note=note),
        Result(f"{name}: recall", told.recall, "", RECALL, at_least=True),
    ]


def _of(groups: list[list[Report]], category: str) -> list[list[Report]]:
    return [group for group in groups if group[0].case.category == category]


def tune() -> None:
    """Print the weights that fit the seeds of TUNED, and how they do on each of them."""
    from data.domain.incidents.learning import fitted

    city = load(ROOT / "config.yaml", clock.now().date()).city
    rules = {code: it.incident for code, it in city.categories.items() if it.incident is not None}
    sets = [reports(seed, 40) for seed in TUNED]
    pairs = [pair for told in sets for pair in labelled(told, rules, AS_SHIPPED)]
    weights = fitted(pairs, AS_SHIPPED).usual
    print(len(pairs), "pairs,", sum(pair.same for pair in pairs), "of one event:", weights)
    for told in sets:
        for name, model in (("as shipped", AS_SHIPPED), ("fitted", IncidentModel(weights))):
            groups = grouped(told, rules, model)
            by_category = groupby(sorted(groups, key=_category), key=_category)
            all_ = judged(groups, told)
            print(name, f"{all_.precision:.3f} {all_.recall:.3f}", end="  ")
            for category, own in by_category:
                one = judged(list(own), [each for each in told if each.case.category == category])
                print(f"{category} {one.precision:.2f} {one.recall:.2f}", end="  ")
            print()


def _category(group: list[Report]) -> str:
    return group[0].case.category


if __name__ == "__main__":
    tune()
