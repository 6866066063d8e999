"""
Teaches the linear CPU model what a larger model makes of unlabelled reviews.

The student learns from people's labels and, on reviews that nobody labelled, from the teacher's
probabilities. Those may come from the machine where the teacher runs (predict --probabilities). The
student counts as trained on all that its teacher was trained on, so it reports no figure itself:
measure it with the command evaluate, on reviews that neither saw.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.commands.fit_linear import add_fitting, check_fitting
from training.commands.shared_flags import add_data, add_taxonomy
from training.dataset.extra_rows import unmeasured
from training.dataset.leaks import TRAINED_ON, TrainedOn, read_trained_on, trained_on
from training.dataset.review_files import Unlabelled, label_matrix, read_reviews
from training.dataset.training_set import TrainingSet, add_flags, files, gather
from training.errors import BadData, BadFlag, Leak
from training.linear.guard import learn_familiarity
from training.linear.logistic_regression import fit, save
from training.model_folder.writing import replacing, stamp
from training.prediction.decisions import served
from training.prediction.probability_file import OOF, read_scored_of
from training.prediction.scoring import local, score
from training.results.provenance import resolve
from triage.manifest import Manifest, read_manifest
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.linear import matrix
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
        help="the teacher's probabilities of --unlabelled (predict --probabilities); without it "
        "the teacher answers here",
    )
    add(
        "--weight",
        type=float,
        default=0.3,
        help="how much an unlabelled review counts beside a labelled one (default: %(default)s)",
    )
    add(
        "--trust",
        type=float,
        default=0.0,
        help="share of the teacher's out-of-fold probability in a labelled review's target, the "
        "rest is the label (default: %(default)s)",
    )
    add_fitting(parser, name="distilled")
    add_taxonomy(parser)
    add_flags(parser)
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Gather both kinds of reviews, fit and write."""
    taxonomy = load_taxonomy(flags.taxonomy)
    _check(flags)
    material = gather(flags, taxonomy)
    unlabelled = _unlabelled(flags.unlabelled, material)
    trained = _trained(flags.teacher, material, unlabelled)
    teacher = read_manifest(flags.teacher)
    read = {**files(flags), "unlabelled": flags.unlabelled}
    if flags.probabilities:
        read["probabilities"] = flags.probabilities
    resolved = resolve("distil", flags, files=read, teacher_model=_name(teacher))
    print(resolved)
    with replacing(flags.out) as folder:
        (folder / "fit.json").write_text(resolved + "\n", encoding="utf-8")
        targets = [
            _labelled(flags, material, taxonomy),
            _taught(flags, teacher, unlabelled, taxonomy),
        ]
        reviews = [row.review for row in material.learnt] + [row.review for row in unlabelled]
        weights = fit(
            matrix(reviews),
            np.concatenate(targets).astype(np.float32),
            strength=flags.strength,
            worth=np.repeat([1.0, flags.weight], [len(material.learnt), len(unlabelled)]),
        )
        student = save(
            folder,
            weights,
            taxonomy,
            name=flags.name,
            metrics=(),
            familiarity=learn_familiarity(review.text for review in reviews),
        )
        student = stamp(folder, student, trained)
    print(f"{student.name} {student.version} is in {flags.out}")


def _check(flags: argparse.Namespace) -> None:
    check_fitting(flags)
    if not 0 < flags.weight <= 1:
        raise BadFlag(f"--weight {flags.weight}: must be above 0 and at most 1")
    if not 0 <= flags.trust <= 1:
        raise BadFlag(f"--trust {flags.trust}: must be from 0 to 1")


def _unlabelled(path: Path, material: TrainingSet) -> Sequence[Unlabelled]:
    """Return the reviews but those that say what a held-out row says: it is to stay unseen."""
    rows = read_reviews(path)
    kept = [rows[p] for p in unmeasured([row.review for row in rows], material.held_out)]
    if not kept:
        raise BadData(f"{path}: each review in it says what a held-out row says")
    return kept


def _trained(teacher: Path, material: TrainingSet, unlabelled: Sequence[Unlabelled]) -> TrainedOn:
    """Return all that the student has learnt from, its teacher's lessons included."""
    of_teacher = read_trained_on(teacher / TRAINED_ON)
    if of_teacher is None:
        raise Leak(
            f"{teacher}: the teacher does not say which texts it was trained on, so its student "
            f"could never be measured; put its {TRAINED_ON} there"
        )
    own = trained_on(row.review.text for row in unlabelled)
    return material.trained.union(of_teacher).union(own)


def _labelled(
    flags: argparse.Namespace, material: TrainingSet, taxonomy: Taxonomy
) -> NDArray[np.floating]:
    """Return the targets of what people labelled; of extra rows the teacher was not asked."""
    targets = label_matrix(material.learnt, taxonomy).astype(np.float64)
    if not flags.trust:
        return targets
    asked = [row.index for row in material.labelled]
    scored = read_scored_of(flags.teacher / OOF, taxonomy.ids, flags.data, asked)
    found = served(scored.probabilities, read_manifest(flags.teacher).calibration)
    targets[: len(asked)] *= 1 - flags.trust
    targets[: len(asked)] += flags.trust * found
    return targets


def _taught(
    flags: argparse.Namespace, teacher: Manifest, rows: Sequence[Unlabelled], taxonomy: Taxonomy
) -> NDArray[np.floating]:
    indices = [row.index for row in rows]
    if flags.probabilities:
        path, data = flags.probabilities, flags.unlabelled
        scored = read_scored_of(path, taxonomy.ids, data, indices)
        if scored.model != _name(teacher):
            raise BadFlag(
                f"--probabilities {path}: were given by {scored.model}, not by {_name(teacher)}"
            )
        return scored.probabilities
    names = [f"of index {index}" for index in indices]
    classifier = load_classifier(flags.teacher, taxonomy)
    raw = score(local(classifier), [row.review for row in rows], names)
    return served(raw, teacher.calibration)


def _name(teacher: Manifest) -> str:
    return f"{teacher.name} {teacher.version}"
