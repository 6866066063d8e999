"""The dashboard asks for what bot and worker tell, and for all of it."""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry

from bot.metrics import BotMetrics
from triage.cascade import Confidence, Decision
from triage.queue.backlog import Backlog, StreamBacklog
from triage.queue.messages import ModelName, Outcome
from worker.metrics import WorkerMetrics

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "feedback-triage.json"

GUIDE = DASHBOARD.parents[1] / "operating.md"

# What Prometheus itself adds.
ADDED = {"job", "instance"}


def told() -> dict[str, set[str]]:
    """Return the labels of each series that a bot and a worker tell who have done everything."""
    bot = BotMetrics()
    bot.backlog(Backlog(StreamBacklog(1, 1.0), StreamBacklog(1, 1.0), StreamBacklog(1, 1.0), 1, 1))
    bot.updated("message", "handled")
    bot.called("sendMessage", 0.1, None)
    bot.repeated("sendMessage")
    bot.accepted()
    bot.answered("shown", 0.1, 0.2)
    bot.shown(digest=False)
    worker = WorkerMetrics()
    worker.watch(lambda: {"0": {"used": 1}})
    model = ModelName(name="rules", version="1")
    worker.serves(model)
    worker.not_upgraded("NoGpu")
    worker.ran([1], 1, 0)
    worker.again("alone")
    decision = Decision((1,), 0.5, Confidence.LIKELY)
    answer = {"review_id": UUID(int=1), "model": model}
    worker.published(Outcome(**answer, probabilities=(0.9,), decision=decision))
    worker.published(Outcome(**answer, error="failed: why"))
    return labels_of(bot.registry) | labels_of(worker.registry)


def labels_of(registry: CollectorRegistry) -> dict[str, set[str]]:
    samples = [sample for family in registry.collect() for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def panels() -> Iterable[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def queries() -> list[tuple[str, str]]:
    return [(t["expr"], t["legendFormat"]) for panel in panels() for t in panel["targets"]]


def named(query: str) -> set[str]:
    return set(re.findall(r"\b(?:triage|process)_\w+", query))


@pytest.mark.parametrize(("query", "legend"), queries())
def test_every_dashboard_query_uses_existing_series_and_labels(query: str, legend: str) -> None:
    series = told()
    assert named(query), "a panel shows something"
    assert named(query) <= series.keys()
    labels = set.union(*(series[name] for name in named(query))) | ADDED
    grouped = {
        part.strip() for by in re.findall(r"by \(([^)]*)\)", query) for part in by.split(",")
    }
    selected = set(re.findall(r'(\w+)="', query))
    assert grouped | selected | set(re.findall(r"{{(\w+)}}", legend)) <= labels


def test_every_exported_metric_is_on_the_dashboard() -> None:
    shown = set.union(*(named(query) for query, _ in queries()))
    families = {re.sub(r"_(bucket|sum|count|total|created)$", "", name) for name in shown}
    told_of = {re.sub(r"_(bucket|sum|count|total|created)$", "", name) for name in told()}
    assert {name for name in told_of if name.startswith("triage_")} <= families


def test_the_guide_lists_exactly_the_exported_metrics() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    endings = r"_(bucket|sum|count|total|created)$"
    said = {re.sub(endings, "", name) for name in re.findall(r"(?<!-)triage_[a-z_]+", guide)}
    families = {re.sub(endings, "", name) for name in told()}
    assert said == {name for name in families if name.startswith("triage_")}


def alerts() -> list[str]:
    guide = GUIDE.read_text(encoding="utf-8").partition("Recommended alerts:")[2]
    table = guide.lstrip().partition("\n\n")[0].splitlines()[2:]
    return [part for line in table for part in re.findall(r"`([^`]+)`", line.split("|")[1])]


def nan_series() -> set[str]:
    """Return the series that are NaN while Redis is unreachable."""
    bot = BotMetrics()
    bot.backlog(None)
    samples = [sample for family in bot.registry.collect() for sample in family.samples]
    return {sample.name for sample in samples if math.isnan(sample.value)}


@pytest.mark.parametrize("alert", alerts())
def test_every_alert_uses_existing_series_and_labels(alert: str) -> None:
    series = told()
    assert named(alert) <= series.keys()
    labels = set.union(ADDED, *(series[name] for name in named(alert)))
    assert set(re.findall(r'(\w+)="', alert)) <= labels


def test_the_alerts_find_a_bot_that_is_down_and_a_redis_that_is_down() -> None:
    # A comparison with NaN or with a missing series is never true.
    silent = nan_series()
    assert re.match(r'up\{job="\w[\w-]*"\} == 0$', alerts()[0])
    assert [alert for alert in alerts() if re.fullmatch(r"absent\((\w+)\{.*\}\)", alert)]
    unequal = [re.fullmatch(r"((\w+)\{[^}]*\}) != \1", alert) for alert in alerts()]
    assert {found[2] for found in unequal if found} <= silent
    assert any(unequal)


def test_the_guide_says_which_metrics_become_nan_without_redis() -> None:
    rows = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    said = {
        name
        for row in rows
        if "NaN while Redis is unreachable" in row
        for name in named(row.split("|")[1])
    }
    assert said == nan_series()


def test_no_two_panels_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not taken & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
