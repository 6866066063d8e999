from triage.prompt import PROMPTS
from worker.classifiers.language.presets import PRESETS, Pooling


def test_the_four_known_recipes_are_there() -> None:
    assert set(PRESETS) == {"gemma-2-27b", "gemma-2-9b", "mistral-7b", "xlm-roberta"}


def test_every_wording_of_a_recipe_is_known() -> None:
    for preset in PRESETS.values():
        assert set(preset.prompts) <= set(PROMPTS)


def test_both_gemmas_may_be_asked_in_the_wording_of_their_leaderboard_figures() -> None:
    assert all(
        PRESETS[name].prompts == ("assessment-v1", "competition-v1")
        for name in ("gemma-2-27b", "gemma-2-9b")
    )


def test_the_adapters_sit_where_the_published_ones_do() -> None:
    large, small = PRESETS["gemma-2-27b"].lora, PRESETS["gemma-2-9b"].lora
    assert large is not None
    assert small is not None
    assert large.layers == small.layers == tuple(range(16, 42))
    assert len(large.modules) == 7
    assert small.modules == ("q_proj", "k_proj", "v_proj")


def test_only_causal_models_are_read_at_their_last_token() -> None:
    assert {p.architecture for p in PRESETS.values() if p.pooling is Pooling.FIRST} == {
        "xlm-roberta"
    }
