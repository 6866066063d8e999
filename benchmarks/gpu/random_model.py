"""
A servable model with random weights in a folder, as the worker finds a published one.

Base in NF4, adapter, tokenizer and manifest. The tokenizer is trained on invented reviews, because
those of the known bases need a licence.
"""

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from worker.classifiers.language.adapter_import import ImportedModel, Made, describe

# isort: split

import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, trainers
from transformers import PreTrainedTokenizerFast

from benchmarks.gpu.full_size import CannotMeasure
from benchmarks.gpu.random_weights import random_adapter, random_base
from benchmarks.gpu.shapes import configuration, parameters, recipe
from benchmarks.reviews.invented import jobs
from training.finetuning.adapting import save_adapter
from triage.manifest import BaseModelRef
from triage.prompt import render
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.adapter import WEIGHTS
from worker.classifiers.language.adapter_import import LOCAL
from worker.classifiers.language.memory import NF4_OF_16_BIT, Hardware
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import GB, Preset

# Where a worker looks for the base of a model in a folder.
BASE = "base"

# In the order of their ids, which are those of Gemma-2.
SPECIAL = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}

# So small that an invented review has about as many tokens as a real one with Gemma-2's tokenizer.
VOCABULARY = 200
TRAINING_REVIEWS = 500

# Other files are written too, and a full disk breaks other programs.
SPARE_BYTES = GB


def write_random_files(folder: Path, name: str, device: str, *, tiny: bool, seed: int) -> None:
    """
    Write base, adapter and tokenizer of a recipe into the empty `folder`.

    Raises CannotMeasure if the disk is too small, and torch.OutOfMemoryError.
    """
    preset = recipe(name, tiny=tiny)
    _check_disk(folder, preset, tiny=tiny)
    config, classes = configuration(preset, tiny=tiny), len(load_taxonomy().ids)
    placement = Placement(device, torch.bfloat16)
    model = random_base(config, preset, classes, placement, seed=seed)
    model.save_pretrained(folder / BASE)
    save_adapter(random_adapter(model, preset), folder, _ref(preset))
    _tokenizer(preset).save_pretrained(folder / BASE)


def import_random_model(folder: Path, name: str, device: str, *, tiny: bool) -> ImportedModel:
    """Load the model of these files from `folder`, write its manifest there and return both."""
    preset = recipe(name, tiny=tiny)
    hardware = Hardware("cpu" if device == "cpu" else "cuda")
    made = Made(_ref(preset), (WEIGHTS,))
    return describe(folder, folder / BASE, preset, load_taxonomy(), made, hardware)


def _ref(preset: Preset) -> BaseModelRef:
    return BaseModelRef(id=preset.base, revision=LOCAL)


def _check_disk(folder: Path, preset: Preset, *, tiny: bool) -> None:
    size = 2 * parameters(configuration(preset, tiny=tiny)) * NF4_OF_16_BIT
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        raise CannotMeasure(
            f"{folder.parent} has {free / GB:.1f} GB free, a model of {size / GB:.1f} GB is "
            "written there; TMPDIR names another folder"
        )


def _tokenizer(preset: Preset) -> PreTrainedTokenizerFast:
    """Return a BPE without a frame: the recipe says which ids frame a review."""
    bpe = Tokenizer(models.BPE(unk_token=SPECIAL["unk_token"]))
    bpe.normalizer = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=list(SPECIAL.values()), show_progress=False
    )
    texts = (render(preset.prompts[0], job.review()) for job in jobs(TRAINING_REVIEWS))
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, **SPECIAL)
