"""A measurement of a model, as JSON and as a self-contained HTML page with charts."""

import html
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charts.model_report import BarRow, Pair, draw_bars, draw_pairs, draw_reliability
from training.dataset.leaks import Seen
from training.dataset.review_files import Labels
from training.evaluation.bootstrap import Interval, exact_match_interval
from training.evaluation.diagnostics import (
    ClassMetrics,
    Confusion,
    Level,
    Reliability,
    class_metrics,
    confusions,
    levels,
    reliability,
    worst_classes,
)
from training.evaluation.scores import Scores, score
from training.prediction.decisions import as_labels, decisions
from triage.cascade import Rule
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Measurement:
    """All metrics of a model on some reviews; `seen` is whether it was trained on them."""

    model: str
    data: str
    seen: Seen
    scores: Scores
    exact_match: Interval
    levels: tuple[Level, ...]
    classes: tuple[ClassMetrics, ...]
    worst: tuple[ClassMetrics, ...]
    confusions: tuple[Confusion, ...]
    calibration: Reliability


def measurement(
    truth: Labels,
    probabilities: NDArray[np.floating],
    rule: Rule,
    taxonomy: Taxonomy,
    *,
    model: str,
    data: str,
    seen: Seen,
) -> Measurement:
    """Return the metrics of calibrated `probabilities` under `rule`."""
    decided = decisions(probabilities, taxonomy.ids, rule)
    answers = as_labels(decided, taxonomy.ids)
    classes = class_metrics(truth, answers, taxonomy)
    return Measurement(
        model=model,
        data=data,
        seen=seen,
        scores=score(truth, answers),
        exact_match=exact_match_interval(truth, answers),
        levels=levels(truth, answers, decided),
        classes=classes,
        worst=worst_classes(classes),
        confusions=confusions(truth, answers, taxonomy.ids),
        calibration=reliability(truth, probabilities),
    )


def as_json(found: Measurement) -> dict[str, Any]:
    """Return plain values: the scores at the top level, the rest nested by name."""
    return {
        **asdict(found.scores),
        "exact_match_low": found.exact_match.low,
        "exact_match_high": found.exact_match.high,
        "model": found.model,
        "data": found.data,
        "measured_on": found.seen,
        "levels": [asdict(one) for one in found.levels],
        "classes": [asdict(one) for one in found.classes],
        "worst": [one.id for one in found.worst],
        "confusions": [asdict(one) for one in found.confusions],
        "calibration": asdict(found.calibration),
    }


PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{model}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #16202c; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem }}
table {{ border-collapse: collapse }} th, td {{ text-align: left; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid #e9edf2 }} .n {{ text-align: right; font-variant-numeric: tabular-nums }}
img {{ max-width: 100%; height: auto }} .warn {{ color: #b34700; font-weight: bold }}
</style>
<h1>{model}</h1>
<p>{n} reviews of {data}: <span{warn}>{seen}</span>. Exact match is the share of reviews whose whole
set of classes is right; its interval is a bootstrap over reviews.</p>
{scores}
<h2>Confidence</h2>{levels}
<h2>Calibration</h2>
<p>Expected calibration error {ece_best:.3f} of the most probable class, {ece:.4f} of all; log loss
{log_loss:.4f}.</p>{reliability}
<h2>Confusions</h2>{confusions}
<h2>Worst classes</h2>{worst}
<h2>All classes</h2>{bars}{classes}
</html>
"""


def as_page(found: Measurement, taxonomy: Taxonomy) -> str:
    """Return the page in HTML; it needs no other file and no network."""
    calibration = found.calibration
    points = [(one.mean, one.right, one.count) for one in calibration.bins]
    by_support = sorted(found.classes, key=lambda one: -one.support)
    return PAGE.format(
        model=html.escape(found.model),
        data=html.escape(found.data),
        n=found.scores.n,
        seen=html.escape(found.seen),
        warn="" if found.seen is Seen.NO else ' class="warn"',
        scores=_table(("metric", "value"), _score_rows(found)),
        levels=_table(
            ("confidence", "reviews", "exact match"),
            [(one.confidence.value, one.count, f"{one.exact_match:.3f}") for one in found.levels],
        ),
        ece=calibration.ece,
        ece_best=calibration.ece_best,
        log_loss=calibration.log_loss,
        reliability=_picture(draw_reliability(points), "Reliability diagram"),
        confusions=_picture(draw_pairs(_pairs(found, taxonomy)), "Confused classes"),
        worst=_table(CLASS_HEAD, map(_class_row, found.worst)),
        bars=_picture(draw_bars(map(_bar, by_support)), "F1 of each class"),
        classes=_table(CLASS_HEAD, map(_class_row, by_support)),
    )


CLASS_HEAD = ("class", "id", "reviews", "named", "precision", "recall", "F1")


def _score_rows(found: Measurement) -> list[tuple[str, str]]:
    scores, interval = found.scores, found.exact_match
    return [
        ("exact match", f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"),
        ("micro-F1", f"{scores.micro_f1:.3f}"),
        ("macro-F1", f"{scores.macro_f1:.3f}"),
        ("weighted F1", f"{scores.weighted_f1:.3f}"),
    ]


def _class_row(one: ClassMetrics) -> tuple[object, ...]:
    shares = (one.precision, one.recall, one.f1)
    return (one.title, one.id, one.support, one.named, *(f"{share:.2f}" for share in shares))


def _bar(one: ClassMetrics) -> BarRow:
    return BarRow(one.title, one.f1, one.support)


def _pairs(found: Measurement, taxonomy: Taxonomy) -> list[Pair]:
    return [
        Pair(taxonomy.title(one.missed, "en"), taxonomy.title(one.named, "en"), one.count)
        for one in found.confusions
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"<tr>{''.join(f'<th>{html.escape(name)}</th>' for name in head)}</tr>"]
    lines += [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _cell(value: object) -> str:
    words = html.escape(str(value))
    return f'<td class="n">{words}</td>' if words[:1].isdigit() else f"<td>{words}</td>"


def _picture(png: bytes, words: str) -> str:
    """Return the picture at half its size in pixels, for screens of double density."""
    width = int.from_bytes(png[16:20], "big") // 2  # the width in the PNG's header
    data = b64encode(png).decode()
    return f'<p><img alt="{words}" width="{width}" src="data:image/png;base64,{data}"></p>'
