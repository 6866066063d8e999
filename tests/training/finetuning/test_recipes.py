"""The recipes' hyper-parameters, and what flags make of their adapters."""

import pytest

from training.errors import BadFlag
from training.finetuning.recipes import RECIPES, lora_config, parse_layers
from worker.classifiers.language.presets import PRESETS


def test_every_served_preset_has_a_training_recipe() -> None:
    assert RECIPES.keys() == PRESETS.keys()


def test_the_recipes_have_the_published_values() -> None:
    large, small = RECIPES["gemma-2-27b"], RECIPES["gemma-2-9b"]
    assert (large.epochs, large.stop_after, large.batch, large.warmup) == (2, 1, 1, 20)
    assert (small.epochs, small.batch, small.accumulation) == (2, 2, 2)
    assert {large.learning_rate, small.learning_rate} == {2e-4}
    assert {large.optimizer, small.optimizer} == {"adamw_8bit"}
    mistral, roberta = RECIPES["mistral-7b"], RECIPES["xlm-roberta"]
    assert (mistral.epochs, mistral.batch, mistral.learning_rate) == (3, 4, 1e-4)
    assert (roberta.epochs, roberta.batch) == (3, 16)
    assert [name for name, recipe in RECIPES.items() if recipe.keep_best] == ["mistral-7b"]
    assert {mistral.weight_decay, roberta.weight_decay} == {0.01}


def test_without_flags_the_adapter_configuration_is_that_of_the_recipe() -> None:
    assert lora_config("gemma-2-9b") == PRESETS["gemma-2-9b"].lora
    assert lora_config("xlm-roberta") is None


def test_flags_change_only_the_named_values() -> None:
    lora = lora_config("gemma-2-9b", rank=4, layers="all", modules="q_proj,down_proj")
    assert lora is not None
    assert (lora.rank, lora.layers, lora.modules) == (4, None, ("q_proj", "down_proj"))
    assert (lora.alpha, lora.dropout) == (32, 0.05)


@pytest.mark.parametrize(
    ("text", "layers"),
    [("3", (3,)), ("0,2", (0, 2)), ("16-18", (16, 17, 18)), ("1-2,0,2", (0, 1, 2))],
)
def test_layers_may_be_numbers_and_ranges(text: str, layers: tuple[int, ...]) -> None:
    assert parse_layers(text) == layers


@pytest.mark.parametrize(
    ("preset", "flag", "what"),
    [
        ("gemma-2-9b", {"layers": "4-x"}, "--layers 4-x: '4-x' is neither"),
        ("gemma-2-9b", {"layers": ""}, "--layers : '' is neither"),
        ("gemma-2-9b", {"layers": "5-3"}, "--layers 5-3: names no layer"),
        ("gemma-2-9b", {"rank": 0}, "--rank 0: must be at least 1"),
        ("gemma-2-9b", {"alpha": 0}, "--alpha 0: must be at least 1"),
        ("gemma-2-9b", {"dropout": 1.0}, "--dropout 1.0: must be"),
        ("xlm-roberta", {"rank": 4}, "--rank: recipe xlm-roberta trains the whole model"),
    ],
)
def test_invalid_adapter_flags_are_refused(preset: str, flag: dict[str, object], what: str) -> None:
    with pytest.raises(BadFlag) as refused:
        lora_config(preset, **flag)  # type: ignore[arg-type]
    assert str(refused.value).startswith(what)
