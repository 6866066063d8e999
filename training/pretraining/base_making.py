"""
A whole pretraining: texts, tokenizer, network, and the folder that `fit --base` takes.

Everything that the command `pretrain` does after reading its flags.
"""

import argparse
import shutil

from accelerate import PartialState

from training.dataset.review_files import read_reviews
from training.errors import BadFlag, OutputInTheWay
from training.flag_checks import above_zero, at_least
from training.loop.unfinished_fit import open_draft
from training.pretraining.language_model import Pretraining, pretrain
from training.pretraining.small_models import Shape
from training.pretraining.vocabulary import smallest
from training.results.provenance import LIBRARIES, resolve
from worker.classifiers.language.presets import PRESETS

BASE = "base"


def make_base(flags: argparse.Namespace) -> None:
    """Pretrain and write; the folder appears when it is whole."""
    _check(flags)
    reviews = [row.review for path in flags.data for row in read_reviews(path)]
    if flags.out.exists() and (not flags.out.is_dir() or any(flags.out.iterdir())):
        raise OutputInTheWay(f"{flags.out}: is there already; name another folder")
    files = {f"data_{number}": path for number, path in enumerate(flags.data)}
    resolved = resolve(
        "pretrain",
        flags,
        files=files,
        libraries=(*LIBRARIES, "torch", "transformers", "tokenizers"),
        reviews=len(reviews),
    )
    print(resolved)
    process = PartialState()
    with process.main_process_first():
        draft = open_draft(flags.out, resolved, restart=flags.restart and process.is_main_process)
    folder = draft / BASE
    folder.mkdir(exist_ok=True)
    pretrain(folder, draft, reviews, PRESETS[flags.preset], _shape(flags), _plan(flags))
    if not process.is_main_process:
        return
    (folder / "pretrain.json").write_text(resolved + "\n", encoding="utf-8")
    shutil.copyfile(draft / "losses.jsonl", folder / "losses.jsonl")
    flags.out.resolve().parent.mkdir(parents=True, exist_ok=True)
    folder.rename(flags.out.resolve())
    shutil.rmtree(draft)
    print(f"a base for fit {flags.preset} is in {flags.out}")


def _shape(flags: argparse.Namespace) -> Shape:
    return Shape(flags.hidden, flags.layers, flags.heads, flags.kv_heads, flags.inner)


def _plan(flags: argparse.Namespace) -> Pretraining:
    return Pretraining(
        epochs=flags.epochs,
        batch=flags.batch,
        learning_rate=flags.learning_rate,
        weight_decay=flags.weight_decay,
        seed=flags.seed,
        vocabulary=flags.vocabulary,
        save_steps=flags.save_steps,
    )


def _check(flags: argparse.Namespace) -> None:
    """Raise BadFlag for sizes that no network has."""
    at_least(flags, 1, "layers", "heads", "kv_heads", "inner", "epochs", "batch", "save_steps")
    at_least(flags, 0, "weight_decay", "seed")
    above_zero(flags, "learning_rate")
    if flags.hidden < 1 or flags.hidden % (2 * flags.heads):
        raise BadFlag(f"--hidden {flags.hidden}: must be a multiple of twice --heads {flags.heads}")
    if flags.heads % flags.kv_heads:
        raise BadFlag(f"--heads {flags.heads}: must be a multiple of --kv-heads {flags.kv_heads}")
    least = smallest(PRESETS[flags.preset].architecture)
    if flags.vocabulary < least:
        raise BadFlag(f"--vocabulary {flags.vocabulary}: must be at least {least}")
