"""The students of `distil`: the n-gram model, or the CPU model with its encoder."""

import argparse
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from training.commands.flag_checks import check_at_least
from training.commands.shared_flags import add_seed
from training.dataset.taught_reviews import TaughtReviews
from training.errors import Missing
from training.linear.guard import learn_familiarity
from training.linear.logistic_regression import fit, save
from training.loop.unfinished_fit import open_draft
from triage.manifest import Manifest
from triage.taxonomy import Taxonomy
from worker.classifiers.linear import matrix

LINEAR, CPU = "linear", "cpu"


def add_student(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what is fitted."""
    add = parser.add_argument
    add(
        "--student",
        choices=(LINEAR, CPU),
        default=LINEAR,
        help="n-grams alone, or with the fine-tuned encoder as of fit cpu (default: %(default)s)",
    )
    add(
        "--epochs",
        type=int,
        default=6,
        help="passes over the reviews, with --student cpu (default: %(default)s)",
    )
    add_seed(parser)
    add(
        "--restart", action="store_true", help="with --student cpu: do not resume an unfinished fit"
    )


def check_student(flags: argparse.Namespace) -> None:
    """Check the flags before anything is read; BadFlag, or Missing without PyTorch."""
    check_at_least(flags, 1, "epochs")
    if flags.student == CPU:
        try:
            from training.encoder import cpu_model  # noqa: F401
        except ImportError as e:
            raise Missing(
                "--student cpu needs PyTorch; pip install 'feedback-triage[training,gpu]'"
            ) from e


@dataclass(frozen=True, slots=True)
class StudentRequest:
    """What a student learns from, and the flags; `resolved` are all values that determine it."""

    taught: TaughtReviews
    taxonomy: Taxonomy
    flags: argparse.Namespace
    resolved: str


def fit_student(folder: Path, request: StudentRequest) -> Manifest:
    """Fit the student and write it into `folder`."""
    fit_kind = _fit_cpu if request.flags.student == CPU else _fit_linear
    return fit_kind(folder, request)


def _fit_linear(folder: Path, request: StudentRequest) -> Manifest:
    taught, flags = request.taught, request.flags
    weights = fit(
        matrix(taught.reviews, request.taxonomy.rating),
        taught.targets,
        strength=flags.strength,
        sample_weight=taught.weights,
    )
    known = learn_familiarity(review.text for review in taught.reviews)
    return save(folder, weights, request.taxonomy, name=flags.name, metrics=(), familiarity=known)


def _fit_cpu(folder: Path, request: StudentRequest) -> Manifest:
    """Fit n-grams and encoder; an interrupted fit continues after its last whole epoch."""
    from training.encoder import cpu_model
    from training.encoder.fine_tuning import RECIPE
    from training.encoder.makeup import FULL, MAKEUPS

    flags = request.flags
    recipe = cpu_model.CpuRecipe(flags.strength, flags.seed, replace(RECIPE, epochs=flags.epochs))
    draft = open_draft(flags.out, request.resolved, restart=flags.restart)
    parts = cpu_model.fit_as(request.taught, request.taxonomy, draft, recipe, MAKEUPS[FULL])
    manifest = cpu_model.save(folder, parts, name=flags.name)
    shutil.rmtree(draft)
    return manifest
