"""
Distils a larger model (the teacher) into one that runs on a CPU (the student).

The student is trained on labelled reviews and, for unlabelled reviews, on the teacher's
probabilities. Those may come from the machine of the teacher (predict --probabilities). The student
counts as trained on all texts of its teacher, so this command reports no metrics: measure it with
the command evaluate, on reviews that neither was trained on. A teacher that does not name its texts
is refused, except with --seen; the student's card then says that the texts are unknown.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.commands.fit_linear import add_fitting, check_fitting
from training.commands.flag_checks import check_between
from training.commands.shared_flags import add_data, add_seen, add_taxonomy, values
from training.commands.students import StudentRequest, add_student, check_student, fit_student
from training.commands.training_set_flags import add_training_set, training_set_sources
from training.dataset.class_examples import warn_of_taught_labels
from training.dataset.extra_rows import exclude_related
from training.dataset.leaks import TRAINED_ON, TrainedOn, read_trained_on, trained_on_rows
from training.dataset.review_files import Unlabelled, label_matrix, read_reviews
from training.dataset.taught_reviews import TaughtReviews
from training.dataset.training_set import TrainingSet, read_training_set
from training.errors import BadData, BadFlag, Leak
from training.model_folder.writing import (
    NOTES,
    replacing,
    write_manifest_and_card,
    write_metadata,
)
from training.prediction.decisions import apply_calibration
from training.prediction.probability_file import OOF, read_scored_rows
from training.prediction.scoring import score_rows
from training.results.provenance import resolve
from triage.manifest import Manifest, check_taxonomy, read_manifest
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.loading import load_classifier


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("distil", description=__doc__)
    add = parser.add_argument
    add("--teacher", type=Path, required=True, help="folder of the larger model")
    add_data(parser)
    add("--unlabelled", type=Path, required=True, help="CSV of reviews without labels")
    add(
        "--probabilities",
        type=Path,
        metavar="FILE",
        help="the teacher's probabilities of --unlabelled (predict --probabilities); by default "
        "the teacher scores them here",
    )
    add(
        "--weight",
        type=float,
        default=0.3,
        help="weight of an unlabelled review; a labelled one has 1 (default: %(default)s)",
    )
    add(
        "--trust",
        type=float,
        default=0.0,
        help="share of the teacher's out-of-fold probability in a labelled review's target, the "
        "rest is the label (default: %(default)s)",
    )
    add_student(parser)
    add_fitting(parser, name="distilled")
    add_taxonomy(parser)
    add_training_set(parser, folds="file of the command folds, for --held-out")
    add_seen(parser, "accept a teacher whose training texts are unknown; the card says so")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Read both kinds of reviews, fit and write."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags)
    sources = training_set_sources(flags)
    material = read_training_set(sources, taxonomy)
    unlabelled = _unlabelled(flags.unlabelled, material, taxonomy)
    warn_of_taught_labels(material.learnt, unlabelled, taxonomy)
    trained = _trained(flags.teacher, material, unlabelled, allow_unknown=flags.seen)
    teacher = read_manifest(flags.teacher)
    check_taxonomy(teacher, taxonomy)
    read = {**sources.files(), "unlabelled": flags.unlabelled}
    if flags.probabilities:
        read["probabilities"] = flags.probabilities
    resolved = resolve("distil", values(flags), files=read, teacher_model=_name(teacher))
    print(resolved)
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        targets = [
            _labelled(flags, material, taxonomy),
            _taught(flags, teacher, unlabelled, taxonomy),
        ]
        taught = TaughtReviews(
            [*(row.review for row in material.learnt), *(row.review for row in unlabelled)],
            np.concatenate(targets).astype(np.float32),
            np.repeat([1.0, flags.weight], [len(material.learnt), len(unlabelled)]),
        )
        student = fit_student(folder, StudentRequest(taught, taxonomy, flags, resolved))
        notes = _notes(teacher, len(unlabelled), flags.weight, trained)
        (folder / NOTES).write_text(notes, encoding="utf-8")
        if trained is None:
            student = write_manifest_and_card(folder, student)
        else:
            student = write_metadata(folder, student, trained)
    print(f"{student.name} {student.version} is in {flags.out}")


def _check(flags: argparse.Namespace) -> None:
    check_fitting(flags)
    check_student(flags)
    if not 0 < flags.weight <= 1:
        raise BadFlag(f"--weight {flags.weight}: must be above 0 and at most 1")
    check_between(flags, 0, 1, "trust")


def _unlabelled(path: Path, material: TrainingSet, taxonomy: Taxonomy) -> Sequence[Unlabelled]:
    """Return the reviews not like a held-out row or made from one, so that it stays unseen."""
    rows = read_reviews(path, taxonomy)
    kept = [rows[place] for place in exclude_related(rows, material.held_out)]
    if not kept:
        raise BadData(f"{path}: each review has the text of a held-out row, or was made from one")
    return kept


def _trained(
    teacher: Path,
    material: TrainingSet,
    unlabelled: Sequence[Unlabelled],
    *,
    allow_unknown: bool,
) -> TrainedOn | None:
    """
    Return the texts that the student is trained on, its teacher's included.

    None if the teacher does not name its texts and `allow_unknown`: the student then names none
    either, so each metric of it is reported with a warning.
    """
    of_teacher = read_trained_on(teacher / TRAINED_ON)
    if of_teacher is None and allow_unknown:
        return None
    if of_teacher is None:
        raise Leak(
            f"{teacher}: the teacher does not say which texts it was trained on, so its student "
            f"could not be measured on unseen texts; add its {TRAINED_ON}, or use --seen"
        )
    return material.trained.union(of_teacher).union(trained_on_rows(unlabelled))


def _labelled(
    flags: argparse.Namespace, material: TrainingSet, taxonomy: Taxonomy
) -> NDArray[np.floating]:
    """Return the targets of labelled and extra rows; the teacher did not score extra rows."""
    targets = label_matrix(material.learnt, taxonomy).astype(np.float64)
    if not flags.trust:
        return targets
    asked = [row.index for row in material.labelled]
    scored = read_scored_rows(flags.teacher / OOF, taxonomy.ids, flags.data, asked)
    found = apply_calibration(scored.probabilities, read_manifest(flags.teacher).calibration)
    targets[: len(asked)] *= 1 - flags.trust
    targets[: len(asked)] += flags.trust * found
    return targets


def _taught(
    flags: argparse.Namespace, teacher: Manifest, rows: Sequence[Unlabelled], taxonomy: Taxonomy
) -> NDArray[np.floating]:
    if flags.probabilities:
        path, data = flags.probabilities, flags.unlabelled
        scored = read_scored_rows(path, taxonomy.ids, data, [row.index for row in rows])
        if scored.model != _name(teacher):
            raise BadFlag(
                f"--probabilities {path}: were given by {scored.model}, not by {_name(teacher)}"
            )
        return scored.probabilities
    raw = score_rows(load_classifier(flags.teacher, taxonomy), rows)
    return apply_calibration(raw, teacher.calibration)


def _notes(teacher: Manifest, taught: int, weight: float, trained: TrainedOn | None) -> str:
    """Return the card's text about the teacher."""
    lines = [
        f"Besides labels it learnt the probabilities that {_name(teacher)} gave for {taught}",
        f"unlabelled reviews, each with a weight of {weight:g}.",
    ]
    if trained is None:
        lines += ["That teacher does not say on which texts it was fitted, so this model may know"]
        lines += ["the reviews that it is measured on."]
    return "\n".join(lines) + "\n"


def _name(teacher: Manifest) -> str:
    return f"{teacher.name} {teacher.version}"
