"""
Classifies a file of reviews, labelled or unlabelled, as the worker would; writes a submission.

The submission is a CSV `index,target` with the class ids of each review separated by spaces, in the
order of the data. The file may be larger than the memory. All rows are checked before the first
review is scored, and an interrupted run resumes if it is repeated with the same flags.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.commands.flag_checks import check_at_least, check_output_files
from training.commands.shared_flags import (
    add_data,
    add_hardware,
    add_taxonomy,
    hardware_of,
    values,
)
from training.dataset.review_files import check_reviews
from training.errors import BadFlag
from training.prediction.chunks import Chunks
from training.prediction.probability_file import Scored, write_scored
from training.prediction.ray_settings import set_up_ray
from training.prediction.resume_file import ResumeFile
from training.prediction.scoring import MAX_TOKENS, Engine, local_engine, score_resumable
from training.prediction.submission import all_calibrated, write_submission
from training.results.provenance import resolve, save_flags
from triage.manifest import Manifest, digest, read_manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import ModelSource, load_classifier
from worker.classifiers.protocol import Probabilities

ENGINES = ("local", "ray")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("predict", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    add_data(parser, "file of reviews: CSV or JSON Lines")
    parser.add_argument("--out", type=Path, required=True, help="CSV index,target to write")
    parser.add_argument(
        "--probabilities",
        type=Path,
        metavar="FILE",
        help="also write all probabilities, as NumPy's .npz",
    )
    parser.add_argument(
        "--max-tokens",
        type=int,
        default=MAX_TOKENS,
        help="tokens of a batch after padding (default: %(default)s)",
    )
    add_hardware(parser)
    _add_engine(parser)
    add_taxonomy(parser)
    parser.set_defaults(run=run)


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        help="this process, or Ray Data on many processes and hosts (default: %(default)s)",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="number of scoring processes; with --engine ray"
    )
    parser.add_argument(
        "--address",
        metavar="HOST:PORT",
        help="address of the Ray cluster; by default --engine ray starts one on this host",
    )


def run(flags: argparse.Namespace) -> None:
    """Score and write; nothing is overwritten before all rows are scored."""
    _check_flags(flags)
    manifest = read_manifest(flags.model)
    taxonomy = load_taxonomy(flags.taxonomy)
    indices = check_reviews(flags.data, taxonomy, flags.separator)
    kept = _resume_file(manifest, flags)
    with _engine(manifest, flags) as engine:
        chunks_after = partial(Chunks, flags.data.resolve(), taxonomy, flags.separator)
        raw = score_resumable(engine, chunks_after, indices, kept)
    if flags.probabilities:
        write_scored(flags.probabilities, _scored(manifest, indices, raw, flags.data))
    write_submission(flags.out, indices, raw, taxonomy.ids, manifest.rule, manifest.calibration)
    files = {"data": flags.data}
    resolved = resolve("predict", values(flags), files=files, model=_name(manifest))
    save_flags(flags.out, resolved)
    kept.remove()
    print(f"{len(indices)} answers of {_name(manifest)} are in {flags.out}")


def _check_flags(flags: argparse.Namespace) -> None:
    check_output_files(flags, "out", "probabilities")
    if flags.engine == "local" and (flags.workers is not None or flags.address):
        raise BadFlag("--workers and --address: need --engine ray")
    check_at_least(flags, 1, "max_tokens", "workers")


@contextmanager
def _engine(manifest: Manifest, flags: argparse.Namespace) -> Iterator[Engine]:
    if flags.engine == "local":
        source = ModelSource(hardware_of(flags))
        classifier = load_classifier(flags.model, load_taxonomy(flags.taxonomy), source)
        yield local_engine(classifier, max_tokens=flags.max_tokens)
        return
    set_up_ray(flags.address)
    try:
        from training.prediction.ray_engine import ScorerModel, ray_engine
    except ImportError as e:
        raise BadFlag(
            "--engine ray: Ray is not installed; pip install 'feedback-triage[training,ray]'"
        ) from e
    model = ScorerModel(
        flags.model.resolve(), flags.taxonomy.resolve(), manifest, hardware_of(flags)
    )
    with ray_engine(
        model, max_tokens=flags.max_tokens, workers=flags.workers, address=flags.address
    ) as engine:
        yield engine


def _resume_file(manifest: Manifest, flags: argparse.Namespace) -> ResumeFile:
    belongs_to = {
        "model": _name(manifest),
        "weights": " ".join(sorted(manifest.sha256.values())),
        "prompt": manifest.prompt,
        "hardware": f"{flags.device} {flags.weights}",
        "taxonomy": digest(flags.taxonomy),
        "data": f"{digest(flags.data)} {flags.separator or ''}".strip(),
    }
    return ResumeFile(flags.out, belongs_to=belongs_to, classes=len(manifest.labels))


def _scored(
    manifest: Manifest, indices: NDArray[np.int64], raw: Probabilities, data: Path
) -> Scored:
    return Scored(
        index=indices,
        probabilities=all_calibrated(raw, manifest.calibration),
        classes=np.array(manifest.labels, np.int64),
        model=_name(manifest),
        data=digest(data),
    )


def _name(manifest: Manifest) -> str:
    return f"{manifest.name} {manifest.version}"
