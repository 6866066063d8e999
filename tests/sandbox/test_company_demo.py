"""The sandbox with a company's own taxonomy and model: form, queue, worker, chart and card."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import script
from sandbox.demo import populate
from sandbox.telegram.world import World
from triage.taxonomy import load_taxonomy

CAFE = Path("examples/cafe")


async def played(folder: Path, review: dict[str, Any], *, taxonomy_file: Path, model: Path) -> int:
    lines = folder / "reviews.jsonl"
    lines.write_text(json.dumps(review), encoding="utf-8")
    return await script.run(
        lines, model=model, taxonomy_file=taxonomy_file, paced=False, timeout_s=30
    )


async def test_the_cafe_demo_answers_an_english_review_with_its_shipped_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    review = {"rating": 2, "tags": ["drinks"], "text": "My coffee was cold", "language": "en"}

    code = await played(
        tmp_path, review, taxonomy_file=CAFE / "taxonomy.json", model=CAFE / "model"
    )

    (result,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert "Coffee and drinks" in result["titles"]
    assert result["confidence"] == "sure"


def test_demo_people_use_the_languages_of_the_taxonomy() -> None:
    codes = {}
    for name, taxonomy in (
        ("grocery", load_taxonomy()),
        ("cafe", load_taxonomy(CAFE / "taxonomy.json")),
    ):
        world = World()
        world.add_group("Moderators")
        populate(world, taxonomy, "en")
        codes[name] = {user.language_code for user in world.users.values() if not user.is_bot}
    assert codes == {"grocery": {"ru", "en"}, "cafe": {"en"}}
