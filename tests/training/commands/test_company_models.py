"""Models of companies with their own classes, topics and rating scale, from data to answers."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from charts.pool import DrawingPool
from charts.probabilities import draw_all, draw_answer
from sandbox.script import Reply, play, wait_for_cards
from sandbox.script_lines import Line
from sandbox.stack import running
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.taxonomies import EXTENTS, Extent, taxonomy_of
from training.__main__ import main
from triage.cascade import decide
from triage.manifest import OWN_TAXONOMY, read_manifest
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy
from worker.classifiers.linear import BUCKETS, WEIGHTS, columns, features
from worker.classifiers.loading import load_classifier

CAFE = Path("examples/cafe")

# An invented word for each class.
WORDS = [f"{first}{last}" for first in "bdfghklmnprstvz" for last in ("alo", "eru", "imi", "osta")]
WORDS += [f"{word}{word}" for word in WORDS]


def rows(taxonomy: Taxonomy) -> Iterator[dict[str, object]]:
    """Yield two reviews of each class, with a topic and a rating if there are any."""
    for number in range(2):
        for place, one in enumerate(taxonomy.classes):
            row: dict[str, object] = {"text": f"{WORDS[place]} number {number}"}
            if taxonomy.rating:
                row["rating"] = taxonomy.rating.values[-1 - number]
            if taxonomy.topics:
                row["topics"] = taxonomy.topics[place % len(taxonomy.topics)].title.into("en")
            yield row | {"classes": one.slug}


def write_company(folder: Path, extent: Extent) -> tuple[Path, Path]:
    """Write a company's taxonomy and labelled reviews, and return both paths."""
    taxonomy, data = taxonomy_of(extent), list(rows(taxonomy_of(extent)))
    file, table = folder / "taxonomy.json", folder / "reviews.csv"
    file.write_text(taxonomy.model_dump_json(), encoding="utf-8")
    with table.open("w", encoding="utf-8", newline="") as opened:
        lines = csv.DictWriter(opened, list(data[0]))
        lines.writeheader()
        lines.writerows(data)
    return file, table


def do(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


@pytest.mark.parametrize("extent", EXTENTS.values(), ids=EXTENTS)
async def test_all_commands_and_the_bot_work_with_a_custom_taxonomy(
    extent: Extent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, data = write_company(tmp_path, extent)
    taxonomy, model, answers = taxonomy_of(extent), tmp_path / "model", tmp_path / "answers.csv"
    monkeypatch.setenv("TAXONOMY_FILE", str(file))

    do("fit", "linear", "--data", data, "--out", model)
    do("evaluate", "--model", model, "--data", data, "--seen")
    do("predict", "--model", model, "--data", data, "--out", answers)

    with answers.open(encoding="utf-8", newline="") as opened:
        said = list(csv.reader(opened))
    assert len(said) == 1 + 2 * extent.classes
    classifier = load_classifier(model, taxonomy)
    (found,) = classifier.classify([ReviewInput(None, (), f"{WORDS[0]} number 0")])
    assert found.argmax() == 0
    decision = decide(found.tolist(), taxonomy.ids, classifier.manifest.rule)
    for draw in (draw_answer, draw_all):
        picture = draw(found.tolist(), decision, taxonomy, classifier.manifest.rule, "ru")
        assert picture.startswith(b"\x89PNG")
    monkeypatch.setattr(DrawingPool, "_run", staticmethod(_drawn_here))
    await _is_answered(taxonomy, file, model, tmp_path)


async def _drawn_here(
    _: object, picture: Callable[..., bytes], *arguments: object, **options: object
) -> bytes:
    """Draw in this process: starting others takes longer than all the rest."""
    return picture(*arguments, **options)


async def _is_answered(taxonomy: Taxonomy, file: Path, model: Path, folder: Path) -> None:
    """Send a review of the last class through form, worker, chart and card."""
    line = Line(
        text=f"{WORDS[len(taxonomy.ids) - 1]} number 0",
        rating=taxonomy.rating.highest if taxonomy.rating else None,
        tags=taxonomy.topic_ids,
        language="en",
    )
    async with running(folder, model=model, taxonomy_file=file, paced=False) as stack:
        [reply] = await play(stack, [line], taxonomy, timeout_s=30)
        assert isinstance(reply, Reply)
        await wait_for_cards(stack, [reply.review.number], timeout_s=30)
        [card] = stack.world.chats[MODERATORS_CHAT_ID].messages.values()
        private = stack.world.chats[reply.review.chat_id].messages[reply.review.message_id]
    answer = reply.review.answer
    assert answer is not None
    assert answer.decision is not None
    assert answer.decision.classes[0] == taxonomy.ids[-1]
    for message in (private, card):
        assert message.media is not None, "it shows the chart"
        assert f"Class {len(taxonomy.ids) - 1}" in message.text
    assert ("Topic 0" in card.text) == bool(taxonomy.topics)


def test_a_model_for_other_topics_or_rating_scale_gives_a_one_line_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, data = write_company(tmp_path, EXTENTS["three classes"])
    do("fit", "linear", "--data", data, "--out", tmp_path / "model", "--taxonomy", file)
    data.write_text("text\nFine\n", encoding="utf-8")
    for other, what in (("1 to 5", "rating scale is 0-6"), ("no topics", "digest of the topics")):
        file.write_text(taxonomy_of(EXTENTS[other]).model_dump_json(), encoding="utf-8")
        capsys.readouterr()
        arguments = ["predict", "--model", tmp_path / "model", "--data", data]
        arguments += ["--taxonomy", file, "--out", tmp_path / "answers.csv"]
        assert main([str(argument) for argument in arguments]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert what in line
        assert line.endswith(OWN_TAXONOMY)


def test_the_shipped_cafe_model_can_be_reproduced_from_its_reviews(tmp_path: Path) -> None:
    data, file = CAFE / "reviews.csv", CAFE / "taxonomy.json"
    do(
        "fit",
        "linear",
        "--data",
        data,
        "--taxonomy",
        file,
        "--name",
        "cafe",
        "--out",
        tmp_path / "model",
    )
    kept, fresh = (load_file(folder / WEIGHTS) for folder in (CAFE / "model", tmp_path / "model"))
    for name, tensor in kept.items():
        assert np.allclose(fresh[name].astype(float), tensor.astype(float), atol=0.01), name
    for name in ("README.md", "known_runs.bin", "trained_on.json"):
        content = (tmp_path / "model" / name).read_bytes()
        if name == "README.md":
            version = read_manifest(tmp_path / "model").version
            content = content.replace(
                version.encode(), read_manifest(CAFE / "model").version.encode()
            )
        assert content == (CAFE / "model" / name).read_bytes(), name
    size = sum(file.stat().st_size for file in (CAFE / "model").iterdir())
    assert size <= 1_000_000


@pytest.mark.parametrize(
    ("rating", "reached"), [(1, []), (3, [0, 1]), (5, [0, 1, 2, 3]), (9, [0, 1, 2, 3]), (0, [])]
)
def test_rating_features_start_at_the_lowest_rating_of_the_scale(
    rating: int, reached: list[int]
) -> None:
    scale = taxonomy_of(EXTENTS["1 to 5"]).rating
    found = features(ReviewInput(rating, (), "x"), scale)
    assert [column - BUCKETS for column in found if column >= BUCKETS] == reached
    assert columns(scale) == BUCKETS + 4


def test_a_missing_rating_counts_half_and_no_scale_means_no_columns() -> None:
    scale = taxonomy_of(EXTENTS["1 to 5"]).rating
    known, unknown = (features(ReviewInput(r, (), "x"), scale) for r in (5, None))
    for step in range(4):
        assert unknown[BUCKETS + step] == pytest.approx(known[BUCKETS + step] / 2)
    assert max(features(ReviewInput(5, (), "x"), None)) < BUCKETS == columns(None)
