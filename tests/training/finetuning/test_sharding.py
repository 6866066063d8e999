"""A frozen base that is divided among processes trains as a whole one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import PartialState
from safetensors.numpy import load_file

from tests.training.conftest import TinyBase
from tests.training.fits import arguments, fit
from training.errors import BadFlag
from training.finetuning import single_fit
from training.finetuning.sharding import check_shards
from worker.classifiers.language.adapter import WEIGHTS
from worker.classifiers.language.memory import DEFAULT_HARDWARE
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import PRESETS

# Twelve rows are learnt, in three steps of four.
PLAN = ("--validation=0.33", "--batch=2", "--dropout=0", "--learning-rate=0.01")
PLAIN = "--optimizer=adamw_torch"
TWO_PROCESSES = (
    sys.executable,
    "-m",
    "torch.distributed.run",
    "--standalone",
    "--nproc_per_node=2",
)


@pytest.mark.timeout(400)
def test_a_fit_sharded_over_two_processes_equals_a_single_process_fit(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path
) -> None:
    base = tiny_base("gemma-2-9b")
    whole, divided = tmp_path / "whole", tmp_path / "divided"
    assert fit("gemma-2-9b", base, reviews_file, whole, *PLAN, PLAIN, "--accumulation=2") == 0
    command = arguments("gemma-2-9b", base, reviews_file, divided, *PLAN, PLAIN)
    more = ("--accumulation=1", "--shard", "--gradient-checkpointing")
    done = subprocess.run(
        [*TWO_PROCESSES, "-m", "training", *command, *more],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    said = re.search(r"divided among 2 processes: (\d+) of (\d+) bytes", done.stdout)
    assert said is not None
    assert 0 < int(said[1]) <= int(said[2]) / 2
    expected, found = (load_file(folder / WEIGHTS) for folder in (whole, divided))
    assert expected.keys() == found.keys()
    assert max(abs(expected[name]).max() for name in expected if "lora_B" in name) > 0.01
    for name, weights in expected.items():
        np.testing.assert_allclose(found[name], weights, atol=1e-4, err_msg=name)


def test_each_process_is_assigned_its_gpu_before_placement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PartialState, "_shared_state", {})

    def look(*_: object) -> Placement:
        assert PartialState._shared_state, "all processes would look at the first GPU"
        return Placement("cuda:0", torch.bfloat16)

    monkeypatch.setattr(single_fit, "placement_of", look)
    found = single_fit.process_placement(Path(), PRESETS["gemma-2-9b"], DEFAULT_HARDWARE)

    assert found.device == "cuda:0"


def test_sharding_needs_several_processes_and_an_adapter(
    tiny_base: TinyBase, reviews_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tiny_base("gemma-2-9b")
    assert fit("gemma-2-9b", base, reviews_file, tmp_path / "model", "--shard") == 1
    assert "--shard: needs several processes" in capsys.readouterr().err
    with pytest.raises(BadFlag, match="trains all weights"):
        check_shards(adapts=False, processes=2)
