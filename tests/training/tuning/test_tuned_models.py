"""Rules and calibrations in a model's manifest: written once they are measured, and then served."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.training.bench import Bench
from tests.training.samples import TAXONOMY
from training.dataset.review_files import label_matrix, read_reviews, read_rows
from training.evaluation.held_out import out_of_fold
from training.prediction.decisions import common_threshold, served
from training.prediction.probability_file import OOF, read_scored, write_scored
from training.tuning.best_class import best_class
from training.tuning.calibrations import best_of, cross_validated
from training.tuning.gains import Objective
from training.tuning.search import FLOOR, Sample, Search
from triage.cascade import Ladder, PerClass
from triage.manifest import read_manifest, write_manifest
from worker.classifiers.loading import load_classifier

CHANCE = np.random.default_rng(0)


def planted(size: int = 150) -> Sample:
    """Return reviews of two classes whose best thresholds differ: 0.75 and 0.35."""
    p = CHANCE.uniform(0.2, 0.95, (size, 2))
    truth = (p > [0.75, 0.35]).astype(np.int8)
    some = truth.any(axis=1)
    return Sample(truth[some], p[some], (np.arange(size) % 3).astype(np.int16)[some], (0, 7))


@pytest.mark.parametrize("objective", list(Objective))
def test_tuning_improves_the_metric_on_unseen_folds(objective: Objective) -> None:
    search = Search(objective, "most_probable", trials=4, seed=1)
    sample = planted()

    nested = search.nested(sample)

    known = search.metric(search.known_ladder(), sample)
    assert (nested.answers == sample.truth).all(axis=1).mean() > 0.9
    assert known < 0.85
    assert {knobs.kind for knobs in nested.knobs} == {"per_class"}


def test_tuning_on_random_labels_gains_nothing_on_unseen_folds() -> None:
    """On labels by chance the rule looks good on its own rows only; nested shows it."""
    truth = (np.random.default_rng(5).random((120, 3)) < 0.3).astype(np.int8)
    p = np.random.default_rng(6).random((120, 3))
    sample = Sample(truth, p, (np.arange(120) % 3).astype(np.int16), (0, 7, 12))
    search = Search(Objective.EXACT, "most_probable", trials=2, seed=1)

    own = search.metric(search.tune(search.choose(sample), sample), sample)
    nested = (search.nested(sample).answers == truth).all(axis=1).mean()

    assert own > nested


def test_the_same_seed_finds_the_same_rule() -> None:
    sample = planted(60)

    def knobs() -> object:
        return Search(Objective.EXACT, "most_probable", trials=3, seed=3).choose(sample)

    assert knobs() == knobs()


def test_a_written_calibration_is_served_and_documented(bench: Bench) -> None:
    model = bench.fit("model", bench.folds)
    raw = load_classifier(model, TAXONOMY)
    before = read_manifest(model)

    said = bench.do("calibrate", f"--model={model}", f"--data={bench.data}", "--write")

    after = read_manifest(model)
    assert after.calibration is not None
    assert after.version.startswith(f"{before.version}+")
    assert f"linear {after.version} is in" in said
    assert "calibrated on the other folds" in after.metrics[0].how
    assert after.metrics[1].how.endswith("(before calibration)")
    assert "are calibrated by" in (model / "README.md").read_text()
    assert json.loads((model / "calibrate.json").read_text())["command"] == "calibrate"
    served = load_classifier(model, TAXONOMY)
    reviews = [row.review for row in read_reviews(bench.data, TAXONOMY)]
    assert np.array_equal(served.classify(reviews), raw.classify(reviews)), "weights stay"


def test_calibrating_the_best_class_keeps_every_answer(bench: Bench) -> None:
    model = bench.fit("model", bench.folds)
    calibrate = ["calibrate", f"--model={model}", f"--data={bench.data}", "--best-class"]
    assert "needs a rule of thresholds" in bench.refused(*calibrate, "--write")
    before = read_manifest(model).model_copy(update={"rule": common_threshold(3)})
    write_manifest(model, before)
    rows = [row.review for row in read_reviews(bench.data, TAXONOMY)]
    raw = load_classifier(model, TAXONOMY).classify(rows)

    said = bench.do(*calibrate, "--write")

    after = read_manifest(model)
    assert f"linear {after.version} is in {model}; it gives the same classes" in said
    assert after.calibration is not None
    assert after.metrics == before.metrics
    answers = [[one.classes for one in served(raw, manifest)] for manifest in (before, after)]
    assert answers[0] == answers[1]
    assert "most probable class is calibrated" in (model / "README.md").read_text()
    assert "the model is calibrated" in bench.refused(*calibrate, "--write")


def test_a_best_class_calibration_that_changes_answers_is_not_written(bench: Bench) -> None:
    """Thresholds that differ by class, as `thresholds --write` leaves them."""
    model = bench.fit("model", bench.folds)
    rule = PerClass(thresholds=(0.9, 0.21, 0.9), fallback="most_probable")
    write_manifest(model, read_manifest(model).model_copy(update={"rule": rule}))
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    calibrate = ["calibrate", f"--model={model}", f"--data={bench.data}", "--best-class"]

    line = bench.refused(*calibrate, "--write")

    assert "--best-class: would change the answers of" in line
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_thresholds_are_tuned_for_the_calibration_that_is_served(bench: Bench) -> None:
    """Platt's calibration fits these probabilities better, but the manifest has another kind."""
    model, out = bench.fit("model", bench.folds), bench.folder / "rule.json"
    write_manifest(model, read_manifest(model).model_copy(update={"rule": common_threshold(3)}))
    rows, scored = read_rows(bench.data, TAXONOMY), read_scored(model / OOF, TAXONOMY.ids)
    truth = label_matrix(rows, TAXONOMY)
    modest = np.random.default_rng(0).uniform(0.1, 0.7, truth.shape) + 0.25 * truth
    write_scored(model / OOF, replace(scored, probabilities=modest))
    flags = [f"--model={model}", f"--data={bench.data}"]
    bench.do("calibrate", *flags, "--best-class", "--write")
    raw = Sample.of(out_of_fold(model, bench.data, rows, TAXONOMY, allow=False))
    (served_kind,) = cross_validated(raw, {"best class": best_class})
    search = Search(Objective.EXACT, "most_probable", trials=1, seed=42)

    bench.do("thresholds", *flags, "--trials=1", f"--out={out}")

    rules = [
        search.tune(search.choose(sample), sample)
        for sample in (
            replace(raw, probabilities=one.probabilities)
            for one in (served_kind, best_of(cross_validated(raw)))
        )
    ]
    assert rules[0] != rules[1]
    assert json.loads(out.read_text())["rule"] == rules[0].model_dump(mode="json", by_alias=True)


def test_a_tuned_rule_is_written_only_when_it_is_better(bench: Bench) -> None:
    model = bench.fit("model", bench.folds)
    out = bench.folder / "rule.json"
    before = {path.name: path.read_bytes() for path in model.iterdir()}

    said = bench.do(
        "thresholds",
        f"--model={model}",
        f"--data={bench.data}",
        "--trials=2",
        f"--out={out}",
        "--write",
    )

    found = json.loads(out.read_text())
    manifest = read_manifest(model)
    assert "default ladder" in said
    if found["exact_match_gain"]["value"] > 0:
        assert manifest.rule.model_dump(mode="json", by_alias=True) == found["rule"]
        assert "nested" in manifest.metrics[0].how
    else:
        assert "nothing written" in said
        assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_a_tuned_model_is_not_evaluated_on_its_tuning_answers(bench: Bench) -> None:
    model = bench.fit("model", bench.folds)
    bench.do("calibrate", f"--model={model}", f"--data={bench.data}", "--write")
    evaluate = ["evaluate", f"--model={model}", f"--data={bench.data}", "--oof"]

    assert "was fitted on its out-of-fold answers" in bench.refused(*evaluate)
    assert "TRAINED ON" in bench.do(*evaluate, "--seen").splitlines()[0]


def test_thresholds_are_measured_with_calibrations_of_the_other_folds(
    bench: Bench,
) -> None:
    """Each fold is calibrated by the others: both commands say the same of the default ladder."""
    model = bench.fit("model", bench.folds)
    tune = ["thresholds", f"--model={model}", f"--data={bench.data}", "--trials=1"]
    bench.do("calibrate", f"--model={model}", f"--data={bench.data}", "--write")
    calibrated = read_manifest(model).metrics[0].exact_match
    out = bench.folder / "rule.json"

    bench.do(*tune, f"--out={out}")

    found = json.loads(out.read_text())
    known = found["nested"]["exact_match"] - found["exact_match_gain"]["value"]
    assert known == pytest.approx(calibrated, abs=1e-3)


def test_a_calibration_is_measured_with_the_default_rule(bench: Bench) -> None:
    """A rule tuned on all rows would flatter it, and was made for other probabilities."""
    model = bench.fit("model", bench.folds)
    manifest = read_manifest(model)
    tuned = Ladder(rungs=(0.97, 0.2), fallback=manifest.rule.fallback)
    write_manifest(model, manifest.model_copy(update={"rule": tuned, "version": "1+2"}))
    calibrate = ["calibrate", f"--model={model}", f"--data={bench.data}"]

    with_tuned = bench.do(*calibrate)
    write_manifest(model, manifest)
    assert with_tuned.splitlines()[1:] == bench.do(*calibrate).splitlines()[1:]

    write_manifest(model, manifest.model_copy(update={"rule": tuned, "version": "1+2"}))
    bench.do(*calibrate, "--write")
    assert read_manifest(model).rule == Ladder(fallback=manifest.rule.fallback)


def test_tuning_thresholds_needs_at_least_three_folds(bench: Bench) -> None:
    folds = bench.folder / "two.json"
    bench.do("folds", f"--data={bench.data}", f"--out={folds}", "--count=2")
    model = bench.fit("model", f"--folds={folds}")
    tune = ["thresholds", f"--model={model}", f"--data={bench.data}"]

    assert "thresholds need a model of at least 3 folds" in bench.refused(*tune)
    assert "--trials 0: must be at least 1" in bench.refused(*tune, "--trials=0")


def test_tuning_without_out_of_fold_answers_is_refused(bench: Bench) -> None:
    model = bench.fit("model")

    line = bench.refused("thresholds", f"--model={model}", f"--data={bench.data}")

    assert "oof.npz: is missing; fit the model with --folds" in line


def test_the_floor_for_passing_to_a_person_is_not_tuned() -> None:
    search = Search(Objective.EXACT, "most_probable", trials=1, seed=1)

    assert search.known_ladder() == Ladder(fallback="most_probable")
    assert search.known_ladder().rungs[-1] == FLOOR
