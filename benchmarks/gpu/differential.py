"""
Compares the worker's network with stock transformers and PEFT on tiny random models.

python -m benchmarks differential [--device cuda]. Both load the same folders; all arithmetic is
float32. It compares batches padded on either side, single rows, and a merged adapter. Controls
show that the comparison detects a missing sliding window, softcapping or adapter.
"""

# Imported first: it blocks a package whose binary bitsandbytes would download and run.
from worker.classifiers.language.network import Network, load_network
from worker.classifiers.language.quantisation import nf4

# isort: split

import argparse
import json
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import bitsandbytes as bnb
import numpy as np
import torch
from numpy.typing import NDArray
from peft import PeftModel
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel

from benchmarks.gpu.full_size import CannotMeasure, device_of
from benchmarks.gpu.tiny_models import CLASSES, VOCABULARY, TinyModel, write_tiny_model
from worker.classifiers.language.adapter import read_adapter
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import PRESETS, Pooling, Preset

Logits = NDArray[np.float32]
Rows = Sequence[Sequence[int]]

# Float32 on one kind of device: what differs is the order of sums. A GPU has other kernels for
# other shapes of a batch.
TOLERANCE = MappingProxyType({"cpu": 1e-5, "cuda": 1e-4})

# A control must differ by more than this.
VISIBLE = 0.01

LENGTHS = (3, 8, 15, 16, 17, 24, 40, 75, 120, 200)
_PAD = 0


@dataclass(frozen=True, slots=True)
class Combination:
    """One tiny model: the recipe that gives its architecture, its adapter and its weights."""

    name: str
    preset: str
    dora: bool = False
    quantised: bool = False


CASES = (
    Combination("gemma2 lora", "gemma-2-9b"),
    Combination("gemma2 dora", "gemma-2-27b", dora=True),
    Combination("gemma2 lora nf4", "gemma-2-27b", quantised=True),
    Combination("mistral lora", "mistral-7b"),
    Combination("mistral lora nf4", "mistral-7b", quantised=True),
    Combination("xlm-roberta", "xlm-roberta"),
)

# What a control removes from the stock model, by changes to its configuration.
CONTROLS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "without window": {"sliding_window": 4096},
        "without softcapping": {"attn_logit_softcapping": None},
    }
)


@dataclass(frozen=True, slots=True)
class LogitDifference:
    """The largest difference of a logit in one comparison; a `control` must be large."""

    case: str
    comparison: str
    kind: Literal["equal", "control"]
    largest: float

    def holds(self, tolerance: float) -> bool:
        """Return whether the difference is what it must be."""
        return self.largest > VISIBLE if self.kind == "control" else self.largest <= tolerance


def differences(case: Combination, device: str, *, seed: int = 0) -> list[LogitDifference]:
    """Return all comparisons of one case on a device ("cpu" or "cuda:0")."""
    preset = replace(PRESETS[case.preset], quantised=case.quantised)
    rows = _rows(seed)
    with tempfile.TemporaryDirectory() as folder:
        files = write_tiny_model(Path(folder), preset, dora=case.dora, seed=seed)
        ours = _ours(files, preset, device)
        batch = ours.logits(rows, _PAD)
        equal = {
            "own rows one by one": np.concatenate([ours.logits([row], _PAD) for row in rows]),
            **_stock_logits(files, preset, device, rows),
        }
        controls = _control_logits(files, preset, device, rows)
    return [
        *(
            LogitDifference(case.name, name, "equal", _gap(batch, them))
            for name, them in equal.items()
        ),
        *(
            LogitDifference(case.name, n, "control", _gap(batch, them))
            for n, them in controls.items()
        ),
    ]


def tolerance(device: str) -> float:
    """Return the largest allowed difference of two float32 logits on a device."""
    return TOLERANCE[device.partition(":")[0]]


def _rows(seed: int) -> Rows:
    draw = np.random.default_rng(seed)
    return [[2, *draw.integers(3, VOCABULARY, n - 2).tolist(), 1] for n in LENGTHS]


def _gap(one: Logits, other: Logits) -> float:
    return float(np.abs(one - other).max())


def _ours(files: TinyModel, preset: Preset, device: str) -> Network:
    adapter = None if files.adapter is None else read_adapter(files.adapter, classes=CLASSES)
    return load_network(files.base, preset, adapter, CLASSES, Placement(device, torch.float32))


def _stock_logits(files: TinyModel, preset: Preset, device: str, rows: Rows) -> dict[str, Logits]:
    stock = _stock(files, preset, device)
    found = {
        "stock, padded right": _forward(stock, rows, device),
        "stock, one by one": np.concatenate([_forward(stock, [row], device) for row in rows]),
    }
    if preset.pooling is Pooling.LAST:
        # A bidirectional model reads the first position, which left padding would move.
        found["stock, padded left"] = _forward(stock, rows, device, side="left")
    if files.adapter is not None and not preset.quantised:
        # Merging into 4-bit weights rounds them again, so only float weights can be equal.
        found["stock, merged"] = _forward(stock.merge_and_unload(), rows, device)
    return found


def _control_logits(files: TinyModel, preset: Preset, device: str, rows: Rows) -> dict[str, Logits]:
    config = AutoConfig.from_pretrained(files.base)
    found = {
        name: _forward(_stock(files, preset, device, changes), rows, device)
        for name, changes in CONTROLS.items()
        if all(getattr(config, key, None) is not None for key in changes)
    }
    if files.adapter is not None:
        bare = replace(files, adapter=None)
        found["without adapter"] = _forward(_stock(bare, preset, device), rows, device)
    return found


def _stock(
    files: TinyModel, preset: Preset, device: str, changes: Mapping[str, object] | None = None
) -> PreTrainedModel:
    """Return the model as the libraries load it, with changes to its configuration."""
    model = AutoModelForSequenceClassification.from_pretrained(
        files.base,
        dtype=torch.float32,
        device_map={"": device},
        attn_implementation=preset.attention,
        quantization_config=nf4(torch.float32) if preset.quantised else None,
        local_files_only=True,
        **(changes or {}),
    )
    for module in model.modules():
        if isinstance(module, bnb.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False  # it computes in bfloat16
    if files.adapter is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # PEFT uses an old name
            model = PeftModel.from_pretrained(model, files.adapter, torch_device=device)
    return model.eval()


def _forward(
    model: PreTrainedModel, rows: Rows, device: str, *, side: Literal["left", "right"] = "right"
) -> Logits:
    ids = [torch.tensor(row) for row in rows]
    mask = [torch.ones_like(row) for row in ids]
    padded = [
        torch.nn.utils.rnn.pad_sequence(part, batch_first=True, padding_side=side).to(device)
        for part in (ids, mask)
    ]
    with torch.no_grad():
        output = model(input_ids=padded[0], attention_mask=padded[1])
    logits: Logits = output.logits.float().cpu().numpy()
    return logits


def report(device: str, cases: Sequence[Combination] = CASES) -> dict[str, object]:
    """Return the comparisons of `cases` as plain values, and whether all of them hold."""
    limit = tolerance(device)
    found = [one for case in cases for one in differences(case, device)]
    return {
        "device": device,
        "tolerance": limit,
        "control_above": VISIBLE,
        "all_hold": all(one.holds(limit) for one in found),
        "comparisons": [{**asdict(one), "holds": one.holds(limit)} for one in found],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report; 1 if a comparison does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks differential",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cpu")
    try:
        device = device_of(parser.parse_args(argv).device, tiny=True)
    except CannotMeasure as e:
        print(f"benchmarks differential: {e}", file=sys.stderr)
        return 1
    found = report(device)
    print(json.dumps(found, indent=2))
    return 0 if found["all_hold"] else 1


if __name__ == "__main__":
    sys.exit(main())
