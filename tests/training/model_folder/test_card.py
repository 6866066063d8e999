"""The card says what the manifest says, for every kind of model, rule and calibration."""

import pytest

from tests.training.samples import TAXONOMY
from training.dataset.leaks import TRAINED_ON, read_trained_on
from training.model_folder.card import render_card
from training.model_folder.writing import CARD, NOTES
from triage.calibration import BestClass, Platt, Temperature
from triage.cascade import Ladder, PerClass, Rule
from triage.manifest import BaseModelRef, Manifest, QualityMetrics, read_manifest
from worker.classifiers.loading import DEFAULT_MODEL


def manifest(**changes: object) -> Manifest:
    fields = {
        "name": "mine",
        "version": "1a",
        "kind": "linear",
        "prompt": "ngrams-v1",
        "taxonomy": TAXONOMY.digest,
        "labels": TAXONOMY.ids,
        "max_tokens": 9,
        "rule": Ladder(fallback="most_probable"),
        "sha256": {},
    }
    return Manifest.model_validate(fields | changes)


def test_the_card_of_a_linear_model_describes_model_and_training_texts() -> None:
    card = render_card(manifest(), texts=77)

    assert card.startswith("# mine 1a\n")
    assert "into 3 classes on any CPU" in card
    assert "Fitted on 77 different texts, labelled or not." in card
    assert "It was not measured." in card
    assert "not calibrated" in card


def test_the_card_of_an_adapter_names_its_base_and_revision() -> None:
    base = BaseModelRef(id="company/base", revision="abc")

    card = render_card(manifest(kind="transformer", base=base, prompt="assessment-v1"), texts=None)

    assert "`company/base` (revision `abc`), prompt `assessment-v1`" in card
    assert "does not say on which texts" in card
    assert "hash buckets" not in card


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Ladder(rungs=(0.7, 0.3), fallback="most_probable"), "rungs 0.7, 0.3"),
        (
            PerClass.model_validate({"thresholds": (0.3, 0.4, 0.8), "fallback": {"class": 7}}),
            "its own threshold (0.30 to 0.80)",
        ),
        (
            PerClass(thresholds=(0.45, 0.45, 0.45), fallback="most_probable"),
            "All classes above 0.45 are answered",
        ),
    ],
)
def test_the_card_describes_the_decision_rule(rule: Rule, said: str) -> None:
    assert said in render_card(manifest(rule=rule), texts=1)


@pytest.mark.parametrize(
    ("calibration", "said"),
    [
        (Temperature(temperature=1.25), "temperature of 1.250"),
        (Platt(slope=(1, 2, 1), offset=(0, 0, 0)), "a slope and an offset for each class"),
        (BestClass(slope=0.4, offset=1), "of the most probable class is calibrated"),
    ],
)
def test_the_card_describes_the_calibration(calibration: object, said: str) -> None:
    assert said in render_card(manifest(calibration=calibration), texts=1)


def test_the_card_states_how_each_metric_was_measured() -> None:
    figures = QualityMetrics(
        how="5-fold", n=9, exact_match=0.5, micro_f1=0.25, macro_f1=0.125, exact_match_std=0.01
    )

    card = render_card(manifest(metrics=(figures,)), texts=1)

    assert "| 5-fold | 0.500 ± 0.010 | 0.250 | 0.125 | 9 |" in card


def test_the_card_shows_the_number_of_labels_per_class() -> None:
    card = render_card(manifest(support=(0, 712, 50)), texts=1)

    assert "| 100 to 712 | 1: 7 |\n| 50 to 99 | 1: 12 |\n| 0 | 1: 0 |" in card
    assert "labelled reviews of a class" not in render_card(manifest(), texts=1)


def test_the_card_includes_the_additional_notes() -> None:
    card = render_card(manifest(), texts=1, notes="### Typing errors\n\nMany.\n")

    assert card.endswith("\n\n## Further measurements\n\n### Typing errors\n\nMany.\n")
    assert card.index("## Decision rule") < card.index("## Limitations") < card.index("## Further")


def test_the_shipped_card_matches_the_shipped_manifest() -> None:
    folder = DEFAULT_MODEL
    trained = read_trained_on(folder / TRAINED_ON)
    assert trained is not None
    notes = (folder / NOTES).read_text(encoding="utf-8")

    card = render_card(read_manifest(folder), texts=len(trained.keys), notes=notes)

    assert (folder / CARD).read_text(encoding="utf-8") == card
    assert "of the most probable class is calibrated" in card
    assert "| labelled reviews of a class | classes |" in card
