"""The traps of the pinned libraries, each with its remedy: every test fails without it."""

import gc
import json
import logging
import os
import shutil
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import bitsandbytes as bnb
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    BitsAndBytesConfig,
)

from tests.conftest import TinyModel
from tests.worker.classifiers.language.test_tokens import base_of
from tests.worker.tiny import CLASSES, CPU, _gemma
from worker.classifiers.errors import BadModel, DoesNotFit, GpuFailed
from worker.classifiers.language.adapter import read_adapter
from worker.classifiers.language.lora_layers import attach_adapter
from worker.classifiers.language.network import Network, is_packed, load_base, load_network
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import PRESETS, Pooling
from worker.classifiers.language.quantisation import unpack

GEMMA, MISTRAL, ROBERTA = (PRESETS[n] for n in ("gemma-2-9b", "mistral-7b", "xlm-roberta"))
ROWS = [[2, 40, 41, 42, 1], [2, 50, 1], [2, 60, 61, 62, 63, 64, 65, 1]]


@pytest.fixture
def gemma(tiny_model: TinyModel) -> Path:
    return tiny_model("gemma-2-9b")


def network(folder: Path, placement: Placement = CPU) -> Network:
    adapter = read_adapter(folder, classes=CLASSES)
    return load_network(base_of(folder), GEMMA, adapter, CLASSES, placement)


def test_inference_does_not_change_the_packed_weights(gemma: Path) -> None:
    # On a processor with AVX512-BF16, bitsandbytes repacks weights at the first pass.
    model = load_base(base_of(gemma), GEMMA, CLASSES, CPU).eval()
    before = model.model.layers[0].self_attn.q_proj.weight.data.clone()
    ids = torch.tensor([ROWS[0]])
    with torch.no_grad():
        first = model(ids).logits
        model.state_dict()  # what saving an adapter calls
        second = model(ids).logits
    assert torch.equal(model.model.layers[0].self_attn.q_proj.weight.data, before)
    assert torch.equal(first, second)


def test_an_evaluation_does_not_change_the_gradients(gemma: Path) -> None:
    model = load_base(base_of(gemma), GEMMA, CLASSES, CPU)
    ids = torch.tensor([ROWS[0]])
    embeddings = model.get_input_embeddings().weight

    def gradient() -> torch.Tensor:
        model.zero_grad()
        model.train()
        model(ids).logits.square().sum().backward()
        assert embeddings.grad is not None
        return embeddings.grad.clone()

    before = gradient()
    with torch.no_grad():
        model.eval()(ids)
    torch.testing.assert_close(gradient(), before)


def test_a_layer_width_unsupported_by_repacking_is_served(tmp_path: Path) -> None:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    config = Gemma2Config(
        vocab_size=64,
        hidden_size=48,
        intermediate_size=80,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=24,
    )
    Gemma2ForCausalLM(config).save_pretrained(tmp_path)
    model = load_base(tmp_path, GEMMA, CLASSES, CPU).eval()
    found = Network(model, model.score, Pooling.LAST).logits(ROWS[:1], 0)
    assert np.isfinite(found).all()


def with_skipped(base: Path, into: Path, modules: list[str]) -> Path:
    """Return a copy of a packed base whose own settings leave out other modules than the head."""
    copy = shutil.copytree(base, into)
    config = json.loads((copy / "config.json").read_text())
    config["quantization_config"]["llm_int8_skip_modules"] = modules
    (copy / "config.json").write_text(json.dumps(config))
    return copy


@pytest.mark.parametrize("modules", [[], ["lm_head"]])
def test_the_head_is_not_quantised_even_if_the_base_does_not_skip_it(
    gemma: Path, tmp_path: Path, modules: list[str]
) -> None:
    base = with_skipped(base_of(gemma), tmp_path / "base", modules)
    model = load_base(base, GEMMA, CLASSES, CPU)
    assert type(model.score) is torch.nn.Linear
    assert model.score.weight.is_floating_point()


def test_layers_that_a_base_does_not_quantise_stay_unquantised(tmp_path: Path) -> None:
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        llm_int8_skip_modules=["lm_head", "model.layers.0.self_attn"],
    )
    _gemma().save_pretrained(tmp_path / "wide")
    packed = AutoModelForCausalLM.from_pretrained(tmp_path / "wide", quantization_config=config)
    packed.save_pretrained(tmp_path / "base")
    model = load_base(tmp_path / "base", GEMMA, CLASSES, CPU)
    kept, other = (model.model.layers[place].self_attn.q_proj for place in (0, 1))
    assert (type(kept), type(other)) == (torch.nn.Linear, bnb.nn.Linear4bit)
    assert type(model.score) is torch.nn.Linear


def test_a_base_with_missing_weights_is_refused(gemma: Path, tmp_path: Path) -> None:
    base = shutil.copytree(base_of(gemma), tmp_path / "base")
    path, norm = base / "model.safetensors", "model.layers.1.post_attention_layernorm.weight"
    tensors = {name: tensor for name, tensor in load_file(path).items() if name != norm}
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(BadModel, match=rf"its weights lack 1 tensors, such as {norm}"):
        load_base(base, GEMMA, CLASSES, CPU)


@pytest.mark.parametrize("broken", ["model.safetensors", "config.json"])
def test_a_truncated_base_gives_a_one_line_error(gemma: Path, tmp_path: Path, broken: str) -> None:
    base = shutil.copytree(base_of(gemma), tmp_path / "base")
    (base / broken).write_bytes((base / broken).read_bytes()[:-100])
    with pytest.raises(BadModel) as caught:
        load_base(base, GEMMA, CLASSES, CPU)
    assert "\n" not in str(caught.value)


def test_a_base_without_its_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"its config\.json cannot be read"):
        is_packed(tmp_path)


def test_each_packed_layer_is_released_when_it_is_unpacked(
    gemma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_base(base_of(gemma), GEMMA, CLASSES, CPU)
    layers = [weakref.ref(m) for m in model.modules() if isinstance(m, bnb.nn.Linear4bit)]
    unpack_one, alive = bnb.functional.dequantize_4bit, []

    def watched(*arguments: object) -> torch.Tensor:
        alive.append(sum(layer() is not None for layer in layers))
        return unpack_one(*arguments)

    monkeypatch.setattr(bnb.functional, "dequantize_4bit", watched)
    gc.collect()
    gc.disable()
    try:
        unpack(model, torch.float32)
    finally:
        gc.enable()
    assert alive == list(range(len(layers), 0, -1))
    assert not any(isinstance(m, bnb.nn.Linear4bit) for m in model.modules())


@pytest.mark.parametrize(
    ("error", "refusal", "words"),
    [
        (torch.AcceleratorError("CUDA error: unknown error\nSearch"), GpuFailed, "unknown error"),
        (torch.OutOfMemoryError("CUDA out of memory.\nTried"), DoesNotFit, "out of memory"),
        (RuntimeError("no native library\nIt"), BadModel, "no native library"),
    ],
)
def test_a_failure_while_unpacking_weights_gives_a_one_line_error(
    gemma: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    refusal: type[Exception],
    words: str,
) -> None:
    def fail(*_: object) -> torch.Tensor:
        raise error

    monkeypatch.setattr(bnb.functional, "dequantize_4bit", fail)
    with pytest.raises(refusal, match=words) as caught:
        network(gemma, replace(CPU, dequantised=True))
    assert "\n" not in str(caught.value)


def test_an_adapter_is_loaded_onto_the_device_of_its_model(
    gemma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = read_adapter(gemma, classes=CLASSES)
    model = load_base(base_of(gemma), GEMMA, CLASSES, CPU)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert type(attach_adapter(model, adapter, CPU)) is torch.nn.Linear


def test_a_two_layer_head_is_not_quantised(
    tiny_model: TinyModel,
) -> None:
    base = base_of(tiny_model("xlm-roberta"))
    bare = AutoModelForSequenceClassification.from_pretrained(
        base, quantization_config=BitsAndBytesConfig(load_in_4bit=True)
    )
    assert isinstance(bare.classifier.dense, bnb.nn.Linear4bit), "the trap is still there"
    packing = load_base(base, PACKED_ROBERTA, CLASSES, CPU)
    inner = packing.roberta.encoder.layer[0].attention.self.query
    assert isinstance(inner, bnb.nn.Linear4bit)
    assert {type(m) for m in packing.classifier.children()} == {torch.nn.Linear, torch.nn.Dropout}


PACKED_ROBERTA = replace(ROBERTA, quantised=True)


def test_a_quantised_16_bit_checkpoint_runs_in_float32_on_a_cpu(gemma: Path) -> None:
    # Its embeddings and norms would stay in bfloat16 and meet a new head in float32.
    model = load_base(base_of(gemma), GEMMA, CLASSES, CPU).eval()
    types = {p.dtype for p in model.parameters() if p.is_floating_point()}
    assert types == {torch.float32}
    with torch.no_grad():
        assert model(torch.tensor([ROWS[0]])).logits.dtype is torch.float32


def test_the_head_is_in_float32_with_a_body_in_bfloat16(gemma: Path) -> None:
    half = network(gemma, Placement("cpu", torch.bfloat16))
    stored = load_file(gemma / "adapter_model.safetensors")["base_model.model.score.weight"]
    assert half._head.weight.dtype is torch.float32
    assert torch.equal(half._head.weight, stored.float())
    assert half.logits(ROWS, 0).dtype == np.float32


def test_adapter_weights_have_the_dtype_of_the_body(gemma: Path) -> None:
    half = network(gemma, Placement("cpu", torch.bfloat16))
    lora = [p for n, p in half._body.named_parameters() if "lora_" in n]
    assert lora
    assert {p.dtype for p in lora} == {torch.bfloat16}


def test_softcapping_of_the_base_is_applied(gemma: Path, tmp_path: Path) -> None:
    base = shutil.copytree(base_of(gemma), tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"attn_logit_softcapping": 0.01}))
    adapter = read_adapter(gemma, classes=CLASSES)
    capped = load_network(base, GEMMA, adapter, CLASSES, CPU)
    assert np.abs(capped.logits(ROWS, 0) - network(gemma).logits(ROWS, 0)).max() > 1e-3


def test_an_attention_without_softcapping_is_refused(gemma: Path) -> None:
    fused = replace(GEMMA, attention="sdpa")
    # By the library, or by the check after loading: not all its versions refuse it.
    refusal = "scaled_dot_product_attention|drops the softcapping"
    with pytest.raises(BadModel, match=refusal) as caught:
        load_network(base_of(gemma), fused, None, CLASSES, CPU)
    assert "\n" not in str(caught.value)


def test_no_key_value_cache_is_created(gemma: Path) -> None:
    served, seen = network(gemma), []
    served._body.register_forward_hook(lambda module, given, output: seen.append(output))
    served.logits(ROWS, 0)
    assert seen[0].past_key_values is None


def test_the_padding_token_id_does_not_change_the_logits(gemma: Path) -> None:
    # Mistral's padding is its end of text, which some of its rows could end with.
    served = network(gemma)
    np.testing.assert_array_equal(served.logits(ROWS, 0), served.logits(ROWS, 1))


def test_no_binary_is_requested_from_the_kernels_package(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "__init__.py").write_text(
        "def get_kernel(*a, **k):\n    raise SystemExit('asked a hub for a binary')\n"
    )
    code = "import worker.classifiers.language.network; print('loaded')"
    root = Path(__file__).parents[4]
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{root}"},
        capture_output=True,
        text=True,
    )
    assert found.stdout == "loaded\n", found.stderr
    assert "kernels" not in found.stderr


def test_install_hints_of_bitsandbytes_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("bitsandbytes.backends.cpu.ops").warning("pip install kernels")
    assert not caplog.records


def test_a_base_with_pickled_weights_is_refused(gemma: Path, tmp_path: Path) -> None:
    base = shutil.copytree(base_of(gemma), tmp_path / "base")
    (base / "model.safetensors").rename(base / "pytorch_model.bin")
    with pytest.raises(BadModel, match="holds no safetensors weights; pickles are not read"):
        load_base(base, GEMMA, CLASSES, CPU)


def test_the_error_for_an_8_bit_base_names_the_expected_format(gemma: Path, tmp_path: Path) -> None:
    base = shutil.copytree(base_of(gemma), tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    config["quantization_config"] |= {"load_in_4bit": False, "load_in_8bit": True}
    (base / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadModel, match="recipe gemma-2-9b reads NF4"):
        load_base(base, GEMMA, CLASSES, CPU)


def test_an_adapter_of_another_base_gives_a_one_line_error(
    tiny_model: TinyModel, gemma: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(gemma, tmp_path / "wrong")
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path)
    wide = {n: torch.zeros(4, 96) if "lora_A" in n else t for n, t in tensors.items()}
    save_file(wide, path, metadata={"format": "pt"})
    with pytest.raises(BadModel, match="does not fit its base tiny/base") as caught:
        network(folder)
    assert "\n" not in str(caught.value)
