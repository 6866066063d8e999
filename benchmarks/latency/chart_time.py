"""
Time to draw a chart, compared with the usual way of drawing one in the same run.

python -m benchmarks charts [--count N]    prints JSON; times are milliseconds of one process
"""

import argparse
import io
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence

from matplotlib.figure import Figure

from charts.answer import ChartContent, read_answer
from charts.probabilities import BARS, MOST_BARS, all_page, answer_page
from triage.cascade import FallbackClass, Ladder, decide
from triage.review import LANGUAGES
from triage.taxonomy import load_taxonomy


def usual(answer: ChartContent) -> bytes:
    """Draw the same bars with axes and a layout that measures every text."""
    bars = answer.best(BARS, MOST_BARS)[::-1]
    figure = Figure(figsize=(8, 9.5), dpi=100)
    axes = figure.subplots()
    colors = ["tab:blue" if bar.chosen else "silver" for bar in bars]
    drawn = axes.barh([bar.title for bar in bars], [bar.probability for bar in bars], color=colors)
    axes.bar_label(drawn, [f"{bar.probability:.0%}" for bar in bars])
    if answer.rung is not None:
        axes.axvline(answer.rung)
    axes.set_xlim(0, 1)
    figure.tight_layout()
    file = io.BytesIO()
    figure.savefig(file, bbox_inches="tight")
    return file.getvalue()


def answers(count: int, seed: int = 0) -> list[ChartContent]:
    """Return different answers of both languages: some sure, some for a person."""
    taxonomy = load_taxonomy()
    rule = Ladder(fallback=FallbackClass.model_validate({"class": taxonomy.ids[0]}))
    chance = random.Random(seed)
    made = []
    for number in range(count):
        probabilities = [chance.random() ** 12 for _ in taxonomy.ids]
        decision = decide(probabilities, taxonomy.ids, rule)
        language = LANGUAGES[number % len(LANGUAGES)]
        made.append(read_answer(probabilities, decision, taxonomy, rule, language))
    return made


def measured(draw: Callable[[ChartContent], bytes], drawn: list[ChartContent]) -> dict[str, float]:
    """Return times and sizes of drawing each answer, after a warm-up with some of them."""
    for answer in drawn[:5]:
        draw(answer)
    times_ms, sizes_kb = [], []
    for answer in drawn:
        start = time.perf_counter()
        picture = draw(answer)
        times_ms.append((time.perf_counter() - start) * 1000)
        sizes_kb.append(len(picture) / 1000)
    return {
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(statistics.quantiles(times_ms, n=20)[-1], 1),
        "max_kb": round(max(sizes_kb), 1),
    }


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measures the time to draw charts.")
    parser.add_argument("--count", type=int, default=60, help="charts of each kind (%(default)s)")
    drawn = answers(parser.parse_args(argv).count)
    ours = measured(lambda answer: answer_page(answer).png(), drawn)
    everything = measured(lambda answer: all_page(answer).png(), drawn)
    theirs = measured(usual, drawn)
    result = {
        "count": len(drawn),
        "answer": ours,
        "all": everything,
        "usual": theirs,
        "usual_over_answer": round(theirs["p50_ms"] / ours["p50_ms"], 1),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
