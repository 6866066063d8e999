import pytest

from triage.prompt import PROMPTS
from worker.presets import GB, PRESETS, Pooling, largest_for

GIB = 2**30


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


@pytest.mark.parametrize(
    ("memory", "name"),
    [
        (8 * GB, None),
        (round(9.50 * GIB), "gemma-2-9b"),  # a slice of an H100: "1g.10gb"
        (round(9.78 * GIB), "gemma-2-9b"),  # RTX 3080 of 10 GB
        (16 * GB, "gemma-2-9b"),
        (round(19.5 * GIB), "gemma-2-9b"),  # "2g.20gb" of an A100
        (round(22.03 * GIB), "gemma-2-27b"),  # L4 of 24 GB, with error correction
        (round(22.49 * GIB), "gemma-2-27b"),  # A10G of 24 GB
        (round(23.68 * GIB), "gemma-2-27b"),  # RTX 4090 of 24 GB
        (141 * GB, "gemma-2-27b"),
    ],
)
def test_auto_takes_the_largest_recipe_that_fits(memory: int, name: str | None) -> None:
    found = largest_for(memory, has_bf16=True)
    assert (found.name if found else None) == name


def test_auto_takes_no_recipe_that_would_be_refused_for_its_lack_of_bfloat16() -> None:
    found = largest_for(round(44.5 * GIB), has_bf16=False)  # Quadro RTX 8000
    assert found is not None
    assert found.name == "gemma-2-9b"


def test_only_causal_models_are_read_at_their_last_token() -> None:
    assert {p.architecture for p in PRESETS.values() if p.pooling is Pooling.FIRST} == {
        "xlm-roberta"
    }
