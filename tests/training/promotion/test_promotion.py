"""A model becomes the default through a gate, and leaves by one command."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY, write_csv
from training.promotion.gate import Gate, compare, objections
from triage.manifest import read_manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import load_classifier

GATE = Gate(sure=0.95, margin=0.02, least=5)

# What no model of the small file has seen, in its words.
NEW = [
    (str(number), "3.0", "", f"{text} {number}", *labels)
    for number, (text, labels) in enumerate(
        [("долго ехали", "100"), ("дорого, цены", "010"), ("спасибо, отлично", "001")] * 7
    )
]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def new(bench: Bench) -> str:
    """Return the flag of reviews that nobody saw."""
    return f"--data={write_csv(bench.folder / 'new.csv', NEW)}"


@pytest.fixture
def weak(bench: Bench) -> Path:
    """Return a model that learnt hardly anything."""
    return bench.fit("default", "--strength=0.0001")


def test_a_better_model_is_promoted_and_the_old_one_is_retained(
    bench: Bench, weak: Path, new: str
) -> None:
    model = bench.fit("model")
    before = files(weak)

    printed = bench.do("promote", str(model), f"--place={weak}", new, "--least=5")

    assert read_manifest(weak) == read_manifest(model)
    record = json.loads((weak / "promotion.json").read_text())
    assert record["comparison"]["exact_match"]["value"] > 0
    assert record["gate"]["margin"] == 0.02
    assert files(bench.folder / "default.previous") == before
    assert "is kept in" in printed

    bench.do("rollback", f"--place={weak}")
    assert files(weak) == before
    bench.do("rollback", f"--place={weak}")
    assert read_manifest(weak) == read_manifest(model)


@pytest.mark.parametrize("exists", [False, True])
def test_the_first_model_of_a_place_is_measured_and_compared_with_none(
    bench: Bench, new: str, exists: bool
) -> None:
    place = bench.folder / "served" / "mine"
    if exists:
        place.mkdir(parents=True)
    weak, better = bench.fit("weak", "--strength=0.0001"), bench.fit("better")

    printed = bench.do("promote", str(weak), f"--place={place}", new)

    name = f"linear {read_manifest(weak).version}"
    assert printed.startswith(f"{name} (unseen texts), {len(NEW)} reviews\n  exact match 0.")
    assert f"there is no model in {place} yet, so it was compared with none" in printed
    assert printed.endswith(f"{name} is in {place}\n")
    assert load_classifier(place, TAXONOMY).manifest == read_manifest(weak)
    assert json.loads((place / "promotion.json").read_text())["scores"]["n"] == len(NEW)
    assert "a rollback is not possible" in bench.refused("rollback", f"--place={place}")

    bench.do("promote", str(better), f"--place={place}", new, "--least=5")
    bench.do("rollback", f"--place={place}")
    assert read_manifest(place) == read_manifest(weak)


def test_the_first_model_is_not_promoted_by_metrics_on_its_training_texts(bench: Bench) -> None:
    model, place = bench.fit("model"), bench.folder / "mine"
    promote = ["promote", str(model), f"--place={place}", f"--data={bench.data}"]

    assert "was trained on 24 of the 24 texts" in bench.refused(*promote)
    assert "is not promoted: it is measured on" in bench.refused(*promote, "--seen")
    assert not place.exists()


def test_a_model_is_not_promoted_into_a_folder_of_other_files(bench: Bench, new: str) -> None:
    (bench.folder / "mine").mkdir()
    (bench.folder / "mine" / "notes.txt").write_text("important")
    model = bench.fit("model")

    line = bench.refused("promote", str(model), f"--place={bench.folder / 'mine'}", new)

    assert "exists and holds no model" in line
    assert files(bench.folder / "mine") == {"notes.txt": b"important"}


def test_a_model_that_is_not_better_is_not_promoted(bench: Bench, weak: Path, new: str) -> None:
    other = bench.fit("other", "--strength=0.0001")
    before = files(weak)

    line = bench.refused("promote", str(other), f"--place={weak}", new)

    assert "is not promoted: exact match changes by +0.0000" in line
    assert files(weak) == before
    assert not (bench.folder / "default.previous").exists()


def test_a_model_is_not_promoted_by_metrics_on_its_training_texts(bench: Bench, weak: Path) -> None:
    model = bench.fit("model")

    line = bench.refused("promote", str(model), f"--place={weak}", f"--data={bench.data}")

    assert "was trained on 24 of the 24 texts" in line
    assert line.endswith("measure on other texts")


def test_the_seen_flag_does_not_allow_promotion_on_training_texts(bench: Bench, weak: Path) -> None:
    """The old one learnt nothing, so it is beaten; that is memory and no gain."""
    model, before = bench.fit("model"), files(weak)
    promote = ["promote", str(model), f"--place={weak}", f"--data={bench.data}", "--least=5"]

    line = bench.refused(*promote, "--seen")

    assert "is not promoted: it is measured on TEXTS THAT IT WAS TRAINED ON" in line
    assert files(weak) == before


def test_a_model_with_damaged_weights_is_not_promoted(bench: Bench) -> None:
    """Out-of-fold answers alone would not show it."""
    weak = bench.fit("default", bench.folds, "--strength=0.0001")
    model, before = bench.fit("model", bench.folds), files(weak)
    (model / "weights.safetensors").write_bytes(b"half")
    promote = ["promote", str(model), f"--place={weak}", f"--data={bench.data}", "--least=5"]

    assert "SHA-256" in bench.refused(*promote, "--oof")
    assert files(weak) == before


def test_a_rollback_restores_the_model_after_a_kill_during_promotion(
    bench: Bench, weak: Path, new: str
) -> None:
    before = files(weak)
    bench.do("promote", str(bench.fit("model")), f"--place={weak}", new, "--least=5")
    shutil.rmtree(weak)
    promote = ["promote", str(bench.folder / "model"), f"--place={weak}", new]
    assert f"restore it with rollback --place {weak}" in bench.refused(*promote)

    bench.do("rollback", f"--place={weak}")

    assert files(weak) == before


def test_a_rollback_without_a_previous_model_is_refused(bench: Bench, weak: Path) -> None:
    assert "a rollback is not possible" in bench.refused("rollback", f"--place={weak}")
    assert read_manifest(weak).name == "linear"


def test_a_rollback_to_a_damaged_model_is_refused(bench: Bench, weak: Path, new: str) -> None:
    bench.do("promote", str(bench.fit("model")), f"--place={weak}", new, "--least=5")
    (bench.folder / "default.previous" / "weights.safetensors").write_bytes(b"half")
    before = files(weak)

    assert "SHA-256" in bench.refused("rollback", f"--place={weak}")
    assert files(weak) == before


def test_models_with_the_same_folds_are_compared_out_of_fold(bench: Bench) -> None:
    weak, strong = bench.fit("a", bench.folds, "--strength=0.001"), bench.fit("b", bench.folds)

    found = json.loads(
        bench.do("compare", str(weak), str(strong), f"--data={bench.data}", "--oof", "--json")
    )

    assert found["models"]["measured_on"] == ["unseen texts"] * 2
    assert found["exact_match"]["value"] == pytest.approx(
        found["new"]["exact_match"] - found["old"]["exact_match"]
    )
    assert found["exact_match"]["low"] <= found["exact_match"]["value"]


def test_models_with_different_folds_are_not_compared(bench: Bench) -> None:
    one = bench.fit("a", bench.folds)
    path = bench.folder / "folds.json"
    bench.do("folds", f"--data={bench.data}", f"--out={path}", "--count=3", "--seed=9")
    two = bench.fit("b", bench.folds)

    line = bench.refused("compare", str(one), str(two), f"--data={bench.data}", "--oof")

    assert "different folds" in line


def test_the_promotion_gate_names_a_group_that_becomes_worse() -> None:
    """The first group loses all of its reviews, the others gain more than that."""
    taxonomy = load_taxonomy()
    slugs = [one.group for one in taxonomy.classes]
    other = next(place for place, slug in enumerate(slugs) if slug != slugs[0])
    truth = np.zeros((40, len(slugs)), np.int8)
    truth[:10, 0], truth[10:, other] = 1, 1
    old, new = np.zeros_like(truth), np.zeros_like(truth)
    old[:10, 0], new[10:, other] = 1, 1

    against = objections(compare(truth, old, new, taxonomy), GATE)

    assert against == (f"group {slugs[0]} loses 1.0000 of micro-F1, allowed: 0.02",)
    few = Gate(sure=0.95, margin=0.02, least=11)
    assert objections(compare(truth, old, new, taxonomy), few) == ()


def test_a_statistically_uncertain_gain_is_not_enough() -> None:
    truth = np.ones((40, 1), np.int8)
    old, new = truth.copy(), truth.copy()
    old[:10], new[10:19] = 0, 0
    (group,) = compare(np.eye(3, dtype=np.int8), *[np.eye(3, dtype=np.int8)] * 2, TAXONOMY).groups

    found = compare(truth.repeat(3, 1), old.repeat(3, 1), new.repeat(3, 1), TAXONOMY)

    assert found.exact_match.value == pytest.approx(1 / 40)
    assert found.exact_match.low < 0 < found.exact_match.high
    assert "better in" in objections(found, GATE)[0]
    assert (group.change, group.reviews) == (0, 3)
