from triage.prompt import PROMPTS
from worker.classifiers.language.presets import PRESETS, Pooling


def test_the_four_known_recipes_exist() -> None:
    assert set(PRESETS) == {"gemma-2-27b", "gemma-2-9b", "mistral-7b", "xlm-roberta"}


def test_every_prompt_of_a_recipe_exists() -> None:
    for preset in PRESETS.values():
        assert set(preset.prompts) <= set(PROMPTS)


def test_both_gemma_recipes_allow_the_competition_prompt() -> None:
    assert all(
        PRESETS[name].prompts == ("assessment-v1", "competition-v1")
        for name in ("gemma-2-27b", "gemma-2-9b")
    )


def test_adapter_layers_and_modules_equal_the_published_ones() -> None:
    large, small = PRESETS["gemma-2-27b"].lora, PRESETS["gemma-2-9b"].lora
    assert large is not None
    assert small is not None
    assert large.layers == small.layers == tuple(range(16, 42))
    assert len(large.modules) == 7
    assert small.modules == ("q_proj", "k_proj", "v_proj")


def test_only_xlm_roberta_pools_at_its_first_token() -> None:
    assert {p.architecture for p in PRESETS.values() if p.pooling is Pooling.FIRST} == {
        "xlm-roberta"
    }
