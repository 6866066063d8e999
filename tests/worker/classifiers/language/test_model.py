"""The language models on the CPU: tiny ones of each architecture, loaded as they are served."""

import json
import shutil
import weakref
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.conftest import SERVED, TinyModel
from tests.worker.classifiers.language.test_tokens import base_of
from tests.worker.tiny import TAXONOMY, TEXTS
from triage.cascade import Decision, decide
from triage.errors import BadManifest, ManifestMismatch
from triage.manifest import read_manifest, write_manifest
from triage.review import ReviewInput
from worker.classifiers.errors import BadModel, DoesNotFit, GpuFailed
from worker.classifiers.language.memory import Hardware, WeightFormat
from worker.classifiers.language.model import LanguageModel, ModelParts, load_model
from worker.classifiers.language.placement import Placement, gpu_failures
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.protocol import SELF_TEST

REVIEWS = tuple(
    ReviewInput(rating, tags, text * times)
    for rating, tags, text, times in zip(
        (0, 1, 2, 3, 4, 6),
        (("DELIVERY",), (), ("PRICE", "DELIVERY"), (), ("CATALOG_NAVIGATION",), ("PAYMENT",)),
        TEXTS,
        (1, 2, 1, 3, 1, 2),
        strict=True,
    )
)


@pytest.fixture(params=SERVED)
def folder(request: pytest.FixtureRequest, tiny_model: TinyModel) -> Path:
    """Run the test for a tiny model of each recipe."""
    return tiny_model(request.param)


@cache
def load(folder: Path, weights: WeightFormat = WeightFormat.NF4) -> LanguageModel:
    return load_model(folder, base_of(folder), TAXONOMY, Hardware(weights=weights))


def decisions(model: LanguageModel, reviews: Sequence[ReviewInput]) -> list[Decision]:
    manifest = model.manifest
    rows = model.classify(reviews).tolist()
    return [decide(row, manifest.labels, manifest.rule) for row in rows]


def test_the_model_gives_a_probability_for_each_review_and_class(folder: Path) -> None:
    rows = load(folder).classify(REVIEWS)
    assert rows.shape == (len(REVIEWS), len(TAXONOMY.ids))
    assert rows.dtype == np.float32
    assert ((rows > 0) & (rows < 1)).all()
    assert np.abs(rows[0] - rows[1]).max() > 0.01, "the model reads its input"


@given(order=st.lists(st.sampled_from(range(len(REVIEWS))), min_size=1, max_size=9))
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("preset", SERVED)
def test_a_decision_does_not_depend_on_the_batch_or_its_order(
    tiny_model: TinyModel, preset: str, order: list[int]
) -> None:
    model = load(tiny_model(preset))
    alone = [decisions(model, [review])[0] for review in REVIEWS]
    assert decisions(model, [REVIEWS[place] for place in order]) == [alone[n] for n in order]


@pytest.mark.parametrize("preset", ["gemma-2-9b", "mistral-7b"])
def test_4_bit_weights_and_unpacked_weights_give_equal_answers(
    tiny_model: TinyModel, preset: str
) -> None:
    folder = tiny_model(preset)
    packed, unpacked = load(folder), load(folder, WeightFormat.BF16)
    # The unpacked ones have the adapter merged into them, so the order of sums differs.
    np.testing.assert_allclose(packed.classify(REVIEWS), unpacked.classify(REVIEWS), atol=1e-5)


@pytest.mark.parametrize("preset", PRESETS)
def test_loading_a_model_twice_gives_identical_probabilities(
    tiny_model: TinyModel, preset: str
) -> None:
    folder = tiny_model(preset)
    again = load_model(folder, base_of(folder), TAXONOMY)
    np.testing.assert_array_equal(load(folder).classify(REVIEWS), again.classify(REVIEWS))


def test_the_cost_of_a_review_grows_with_its_tokens(folder: Path) -> None:
    model = load(folder)
    assert model.cost(REVIEWS[3]) > model.cost(REVIEWS[0]) > 10


def test_an_adapter_in_the_layout_of_peft_0_13_is_served(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("gemma-2-9b"), tmp_path / "old")
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    kept = {key: config[key] for key in PEFT_0_13 if key in config}
    assert set(config) - set(kept), "newer keys were left out"
    path.write_text(json.dumps(kept))
    np.testing.assert_array_equal(
        load_model(folder, base_of(folder), TAXONOMY).classify(REVIEWS),
        load(tiny_model("gemma-2-9b")).classify(REVIEWS),
    )


# The keys of an adapter_config.json that PEFT 0.13 writes for LoRA.
PEFT_0_13 = (
    "alpha_pattern",
    "auto_mapping",
    "base_model_name_or_path",
    "bias",
    "fan_in_fan_out",
    "inference_mode",
    "init_lora_weights",
    "layer_replication",
    "layers_pattern",
    "layers_to_transform",
    "loftq_config",
    "lora_alpha",
    "lora_dropout",
    "megatron_config",
    "megatron_core",
    "modules_to_save",
    "peft_type",
    "r",
    "rank_pattern",
    "revision",
    "target_modules",
    "task_type",
    "use_dora",
    "use_rslora",
)


class Narrow:
    """A network whose memory ends at `rows` rows; it remembers how many it was given."""

    def __init__(self, rows: int, spoilt: int | None = None) -> None:
        self.given: list[int] = []
        self._rows = rows
        self._spoilt = spoilt

    def logits(self, rows: Sequence[Sequence[int]], pad_id: int) -> NDArray[np.float32]:
        self.given.append(len(rows))
        if len(rows) > self._rows:
            raise torch.OutOfMemoryError("CUDA out of memory")
        logits = np.zeros((len(rows), len(TAXONOMY.ids)), np.float32)
        logits[:, 0] = [len(row) for row in rows]
        return logits


@pytest.fixture
def narrow(tiny_model: TinyModel) -> Callable[[int], tuple[LanguageModel, Narrow]]:
    """Return how to get a model whose network has room for a number of rows."""

    def make(rows: int) -> tuple[LanguageModel, Narrow]:
        whole, network = load(tiny_model("gemma-2-9b")), Narrow(rows)
        return LanguageModel(whole.manifest, whole._tokens, network), network

    return make


def test_a_batch_that_does_not_fit_in_memory_is_halved(
    narrow: Callable[[int], tuple[LanguageModel, Narrow]],
) -> None:
    model, network = narrow(2)
    found = model.classify(REVIEWS)
    expected = 1 / (1 + np.exp(-np.array([model.cost(review) for review in REVIEWS], np.float32)))
    np.testing.assert_allclose(found[:, 0], expected)
    assert network.given[0] == len(REVIEWS)
    assert max(network.given[1:]) < len(REVIEWS)


class Hungry(Narrow):
    """One that keeps an object for as long as it reads; it remembers how many were alive."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.alive: list[int] = []
        self._kept: list[weakref.ref[NDArray[np.float32]]] = []

    def logits(self, rows: Sequence[Sequence[int]], pad_id: int) -> NDArray[np.float32]:
        self.alive.append(sum(kept() is not None for kept in self._kept))
        with gpu_failures():
            activations = np.zeros((len(rows), 1), np.float32)
            self._kept.append(weakref.ref(activations))
            return super().logits(rows, pad_id) + activations


def test_memory_of_a_failed_batch_is_released_before_its_halves_run(
    tiny_model: TinyModel,
) -> None:
    whole, network = load(tiny_model("gemma-2-9b")), Hungry(2)
    LanguageModel(whole.manifest, whole._tokens, network).classify(REVIEWS)
    assert len(network.given) > 3
    assert set(network.alive) == {0}


def test_a_batch_size_that_did_not_fit_is_not_tried_again(
    narrow: Callable[[int], tuple[LanguageModel, Narrow]],
) -> None:
    model, network = narrow(2)
    model.classify(REVIEWS)
    network.given.clear()
    model.classify(REVIEWS)
    assert max(network.given) <= 2


def test_a_single_review_that_does_not_fit_raises_gpu_failed(
    narrow: Callable[[int], tuple[LanguageModel, Narrow]],
) -> None:
    model, _ = narrow(0)
    with pytest.raises(GpuFailed, match="no memory is left on the GPU to read one review"):
        model.classify(REVIEWS[:1])


class Failing:
    """A network that gives what it was made with, or raises it."""

    def __init__(self, result: float | Exception) -> None:
        self._result = result

    def logits(self, rows: Sequence[Sequence[int]], pad_id: int) -> NDArray[np.float32]:
        if isinstance(self._result, Exception):
            raise self._result
        return np.full((len(rows), len(TAXONOMY.ids)), self._result, np.float32)


@pytest.mark.parametrize(
    ("result", "refusal", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory.\nTried"), DoesNotFit, "no memory is left to"),
        (RuntimeError("library not loaded\nat"), BadModel, "cannot be run here: library not"),
        (GpuFailed("the GPU failed: CUDA error"), GpuFailed, "the GPU failed"),
        (float("nan"), BadModel, "its logits are not finite in float16"),
        (float("inf"), BadModel, "its logits are not finite in float16"),
    ],
)
def test_a_failed_self_check_gives_a_one_line_error(
    tiny_model: TinyModel, result: float | Exception, refusal: type[Exception], words: str
) -> None:
    tokens = load(tiny_model("gemma-2-9b"))._tokens
    parts = ModelParts(
        PRESETS["gemma-2-9b"], tokens, Failing(result), Placement("cuda:0", torch.float16)
    )
    with pytest.raises(refusal, match=words) as caught:
        parts.self_check()
    assert "\n" not in str(caught.value)


def parts_on(device: str, folder: Path, network: Narrow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loading end with `network` on a device, whose self-check gives what is stored."""
    whole, stored = load(folder), read_manifest(folder).self_check
    parts = ModelParts(
        PRESETS["gemma-2-9b"], whole._tokens, network, Placement(device, torch.bfloat16)
    )
    monkeypatch.setattr("worker.classifiers.language.model.assemble", lambda *_, **__: parts)
    monkeypatch.setattr(ModelParts, "self_check", lambda _: stored)


def test_a_gpu_model_is_warmed_up_with_a_full_batch(
    tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, network = tiny_model("gemma-2-9b"), Narrow(4096)
    tokens = load(folder).cost(SELF_TEST)
    parts_on("cuda:0", folder, network, monkeypatch)
    load_model(folder, base_of(folder), TAXONOMY)
    assert network.given == [4096 // tokens]


def test_a_cpu_model_is_not_warmed_up(
    tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, network = tiny_model("gemma-2-9b"), Narrow(4096)
    parts_on("cpu", folder, network, monkeypatch)
    load_model(folder, base_of(folder), TAXONOMY)
    assert network.given == []


def test_a_gpu_with_room_for_half_a_batch_is_used_and_one_without_refused(
    tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_model("gemma-2-9b")
    parts_on("cuda:0", folder, half := Narrow(30), monkeypatch)
    load_model(folder, base_of(folder), TAXONOMY).classify(REVIEWS)
    assert half.given[-1] == len(REVIEWS)
    parts_on("cuda:0", folder, Narrow(0), monkeypatch)
    with pytest.raises(DoesNotFit, match="no memory is left to read one review"):
        load_model(folder, base_of(folder), TAXONOMY)


def spoilt(folder: Path, into: Path, **changes: object) -> Path:
    """Return a copy of a model with another manifest."""
    copy = shutil.copytree(folder, into)
    write_manifest(copy, read_manifest(copy).model_copy(update=changes))
    return copy


@pytest.mark.parametrize(
    ("changes", "theirs", "ours"),
    [
        ({"prompt": "raw-tags-v1"}, "raw-tags-v1", "assessment-v1 or competition-v1"),
        ({"labels": TAXONOMY.ids[::-1]}, str(TAXONOMY.ids[::-1]), str(TAXONOMY.ids)),
        ({"taxonomy": "0" * 64}, "0" * 64, TAXONOMY.digest),
        ({"kind": "other"}, "other", "transformer"),
    ],
)
def test_the_error_for_another_transformer_manifest_shows_both_values(
    tiny_model: TinyModel, tmp_path: Path, changes: dict[str, object], theirs: str, ours: str
) -> None:
    folder = spoilt(tiny_model("gemma-2-9b"), tmp_path / "spoilt", **changes)
    with pytest.raises(ManifestMismatch) as caught:
        load_model(folder, base_of(folder), TAXONOMY)
    assert theirs in str(caught.value)
    assert ours in str(caught.value)


def test_a_prompt_with_other_token_ids_than_stored_is_refused(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    folder = spoilt(tiny_model("gemma-2-9b"), tmp_path / "spoilt", prompt="competition-v1")
    with pytest.raises(ManifestMismatch, match="has the token ids") as caught:
        load_model(folder, base_of(folder), TAXONOMY)
    assert "\n" not in str(caught.value)


def test_the_error_for_a_different_tokenizer_shows_the_stored_token_ids(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("gemma-2-9b"), tmp_path / "foreign")
    path = folder / "base" / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["model"]["merges"][:40]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ManifestMismatch, match="this base's tokenizer gives") as caught:
        load_model(folder, base_of(folder), TAXONOMY)
    stored = read_manifest(folder).self_check
    assert stored is not None
    assert str(stored.token_ids) in str(caught.value)


def test_the_error_for_a_too_large_vocabulary_shows_both_sizes(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("gemma-2-9b"), tmp_path / "large")
    path = folder / "base" / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = content["model"]["vocab"]
    vocabulary |= {f"word{n}": len(vocabulary) + n for n in range(1024)}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadModel, match=r"its tokenizer knows \d+ tokens, its weights 1024"):
        load_model(folder, base_of(folder), TAXONOMY)


def test_another_base_of_the_same_shape_is_detected_by_its_logits(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("mistral-7b"), tmp_path / "other")
    from safetensors.torch import load_file, save_file

    weights = folder / "base" / "model.safetensors"
    tensors = load_file(weights)
    name = "model.layers.0.mlp.down_proj.weight"
    save_file(tensors | {name: -tensors[name]}, weights, metadata={"format": "pt"})
    with pytest.raises(ManifestMismatch, match=r"the logit of class \d+ of its self-check is"):
        load_model(folder, base_of(folder), TAXONOMY)


def test_the_error_for_an_unknown_recipe_lists_the_known_ones(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    folder = spoilt(tiny_model("gemma-2-9b"), tmp_path / "spoilt", preset="gemma-9")
    with pytest.raises(BadManifest, match="preset is 'gemma-9', this installation knows gemma-2"):
        load_model(folder, base_of(folder), TAXONOMY)


def test_a_model_without_a_self_check_is_refused(tiny_model: TinyModel, tmp_path: Path) -> None:
    folder = spoilt(tiny_model("gemma-2-9b"), tmp_path / "spoilt", self_check=None)
    with pytest.raises(BadManifest, match="names no self_check; import the model again"):
        load_model(folder, base_of(folder), TAXONOMY)


def test_changed_adapter_weights_are_refused(tiny_model: TinyModel, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model("gemma-2-9b"), tmp_path / "changed")
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(BadManifest, match="SHA-256 is"):
        load_model(folder, base_of(folder), TAXONOMY)


def test_a_base_of_another_architecture_is_refused(tiny_model: TinyModel) -> None:
    other = base_of(tiny_model("mistral-7b"))
    with pytest.raises(BadModel, match=r"frames an empty text|is a mistral, recipe gemma-2-9b"):
        load_model(tiny_model("gemma-2-9b"), other, TAXONOMY)


def test_loading_for_cuda_without_a_gpu_is_refused(tiny_model: TinyModel) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    folder = tiny_model("gemma-2-9b")
    with pytest.raises(DoesNotFit, match="the device cuda was requested, but PyTorch sees no GPU"):
        load_model(folder, base_of(folder), TAXONOMY, Hardware(device="cuda"))


def test_a_large_model_without_a_gpu_is_refused(tiny_model: TinyModel, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    folder = shutil.copytree(tiny_model("gemma-2-9b"), tmp_path / "large")
    with (folder / "base" / "model-00002.safetensors").open("wb") as file:
        file.truncate(6_000_000_000)  # a hole: it takes no room on the disk
    with pytest.raises(DoesNotFit, match=r"6\.0 GB of weights and no GPU; .*WORKER_DEVICE=cpu"):
        load_model(folder, base_of(folder), TAXONOMY)


def test_the_tested_recipes_omit_only_one_that_differs_in_size_only() -> None:
    large, small = PRESETS["gemma-2-27b"], PRESETS["gemma-2-9b"]
    assert set(PRESETS) - set(SERVED) == {"gemma-2-27b"}
    for field in ("architecture", "prompts", "tokens", "pooling", "attention", "quantised"):
        assert getattr(large, field) == getattr(small, field)
