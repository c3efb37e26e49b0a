"""Reports without a category: how often their words find the right desk, and how long that takes."""

from __future__ import annotations

import statistics

from dashboard.config.load import load
from data import clock
from data.domain.cases.classification import Classifier
from tests.bench.labelled import labelled, score
from tests.bench.measure import Env, Result, timed
from tests.e2e.helpers.server import ROOT

RIGHT, WRONG = 85.0, 5.0
MICROSECONDS = 100.0


def measure(env: Env) -> list[Result]:
    """What was developed on is told for orientation; the half held out and the texts written last are the proof."""
    city = load(ROOT / "config.yaml", clock.now().date()).city
    classifier = Classifier(city)
    texts = labelled("texts")
    sets = {
        "developed on": (None, [*(one for one in texts if not one.held_out), *labelled("later")]),
        "held out": (RIGHT, [one for one in texts if one.held_out]),
        "written last": (RIGHT, labelled("unseen")),
    }
    found = []
    for name, (target, some) in sets.items():
        told = score(some, classifier, city)
        right, wrong = (100 * count / told.texts for count in (told.right, told.wrong))
        most = None if target is None else WRONG
        found.append(
            Result(f"words, {name}: right desk", right, "%", target, at_least=True, note=f"{told.texts} texts")
        )
        found.append(Result(f"words, {name}: wrong desk", wrong, "%", most))
    rounds = timed(lambda: [classifier.classify(one.text) for one in texts], env.size(20, 3))
    taken = 1000 * statistics.median(rounds) / len(texts)
    return [*found, Result("words: one text", taken, "us", MICROSECONDS)]
