"""How each recipe's tokenizer frames a review, and what a customer may type."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests.conftest import SERVED, TinyModel
from triage.review import ReviewInput
from worker.classifiers.errors import BadModel
from worker.classifiers.language.presets import PRESETS
from worker.classifiers.language.tokens import ReviewTokens, load_tokens

REVIEW = ReviewInput(3, ("PRICE", "DELIVERY"), "Цены выше, чем в магазине")


def base_of(model: Path) -> Path:
    return model / "base" if (model / "base").exists() else model


def tokens_of(folder: Path, preset: str, *, max_tokens: int = 512) -> ReviewTokens:
    recipe = PRESETS[preset]
    return load_tokens(folder, recipe, prompt=recipe.prompts[0], max_tokens=max_tokens)


@pytest.fixture(params=SERVED)
def preset(request: pytest.FixtureRequest) -> str:
    """Run the test for each recipe."""
    name: str = request.param
    return name


@pytest.fixture
def base(tiny_model: TinyModel, preset: str) -> Path:
    return base_of(tiny_model(preset))


FRAMES = {
    "gemma-2-9b": ("<bos>", "<eos>"),
    "mistral-7b": ("<s>", None),
    "xlm-roberta": ("<s>", "</s>"),
}


def test_a_review_has_the_frame_tokens_of_its_recipe(base: Path, preset: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    first, last = (tokenizer.convert_tokens_to_ids(t) if t else None for t in FRAMES[preset])
    ids = tokens_of(base, preset).ids(REVIEW)

    assert ids[0] == first
    assert first not in ids[1:]
    if last is not None:
        assert ids[-1] == last
        assert last not in ids[:-1]
    else:
        assert tokenizer.eos_token_id not in ids


def test_start_and_end_tokens_are_both_set_explicitly(tiny_model: TinyModel) -> None:
    base = base_of(tiny_model("gemma-2-9b"))
    assert AutoTokenizer.from_pretrained(base, add_eos_token=True)("")["input_ids"] == [1]
    assert tokens_of(base, "gemma-2-9b").encode("") == (2, 1)


def test_truncation_keeps_the_end_token(base: Path, preset: str) -> None:
    whole = tokens_of(base, preset).ids(REVIEW)
    cut = tokens_of(base, preset, max_tokens=12).ids(REVIEW)
    framed_end = FRAMES[preset][1] is not None

    assert len(cut) == 12
    assert len(whole) > 12
    assert cut[0] == whole[0]
    assert (cut[-1] == whole[-1]) is framed_end
    assert cut[1:11] == whole[1:11]


@given(
    text=st.lists(st.sampled_from(["<eos>", "<bos>", "<pad>", "<s>", "</s>", "<mask>", " ", "да"]))
)
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("preset", SERVED)
def test_special_tokens_in_a_review_are_treated_as_plain_text(
    tiny_model: TinyModel, preset: str, text: list[str]
) -> None:
    base = base_of(tiny_model(preset))
    special = set(AutoTokenizer.from_pretrained(base).all_special_ids)
    first, *middle, last = tokens_of(base, preset).encode("".join(text) + "!")
    unknown = AutoTokenizer.from_pretrained(base).unk_token_id

    inside = [*middle] if FRAMES[preset][1] else [*middle, last]
    assert not (set(inside) & special) - {unknown}
    assert first in special


def test_token_ids_are_cached_between_cost_and_inference(base: Path, preset: str) -> None:
    tokens = tokens_of(base, preset)
    assert tokens.ids(REVIEW) is tokens.ids(ReviewInput(*(3, ("PRICE", "DELIVERY"), REVIEW.text)))


def test_the_order_of_tags_changes_the_input(tiny_model: TinyModel) -> None:
    tokens = tokens_of(base_of(tiny_model("gemma-2-9b")), "gemma-2-9b")
    assert tokens.ids(REVIEW) != tokens.ids(ReviewInput(3, ("DELIVERY", "PRICE"), REVIEW.text))


def test_the_error_for_other_frame_tokens_shows_both_frames(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    foreign = shutil.copytree(base_of(tiny_model("xlm-roberta")), tmp_path / "foreign")
    path = foreign / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"post_processor": None}), encoding="utf-8")
    with pytest.raises(BadModel, match=r"frames an empty text as \[\], the recipe needs \[0, 2\]"):
        tokens_of(foreign, "xlm-roberta")


def test_a_folder_without_a_tokenizer_gives_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="its tokenizer cannot be read") as caught:
        tokens_of(tmp_path, "gemma-2-9b")
    assert "\n" not in str(caught.value)
