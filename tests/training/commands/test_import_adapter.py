"""python -m training import-adapter: a published adapter becomes a model that is served."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import TinyModel
from tests.worker.tiny import TAXONOMY
from training.__main__ import main
from training.dataset.leaks import TRAINED_ON, read_trained_on, trained_on, write_trained_on
from triage.manifest import read_manifest
from triage.taxonomy import load_taxonomy
from worker.classifiers.loading import load_classifier


@pytest.fixture
def parts(tiny_model: TinyModel, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return an adapter and a base that the test may spoil, and where the model is to be."""
    model = tiny_model("gemma-2-9b")
    copies = [shutil.copytree(model / name, tmp_path / name) for name in ("adapter", "base")]
    return copies[0], copies[1], tmp_path / "model"


Parts = tuple[Path, Path, Path]


def import_adapter(parts: Parts, *flags: str) -> int:
    adapter, base, out = parts
    places = [f"--adapter={adapter}", f"--base={base}", f"--out={out}"]
    return main(["import-adapter", "gemma-2-9b", *places, *flags])


def test_an_imported_adapter_is_served(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_adapter(parts) == 0
    manifest = read_manifest(parts[2])
    assert f"gemma-2-9b {manifest.version} is in {parts[2]}" in capsys.readouterr().out
    assert load_classifier(parts[2], TAXONOMY).manifest == manifest
    assert manifest.prompt == "assessment-v1"
    assert manifest.rule.fallback.model_dump(by_alias=True) == {"class": 19}  # type: ignore[union-attr]


def test_without_class_19_the_fallback_is_the_most_probable_class(
    parts: Parts, tmp_path: Path
) -> None:
    classes = json.loads(TAXONOMY.model_dump_json())
    classes["fallback"] = None
    for one in classes["classes"]:
        one["id"] += 100
    classes["fallback"] = None
    own = tmp_path / "classes.json"
    own.write_text(json.dumps(classes), encoding="utf-8")

    assert import_adapter(parts, f"--taxonomy={own}") == 0

    assert read_manifest(parts[2]).rule.fallback == "most_probable"
    assert load_classifier(parts[2], load_taxonomy(own)).manifest.labels[0] == 100


def test_an_imported_adapter_has_a_card(parts: Parts) -> None:
    import_adapter(parts)

    card = (parts[2] / "README.md").read_text(encoding="utf-8")
    assert card.startswith(f"# gemma-2-9b {read_manifest(parts[2]).version}\n")
    assert "prompt `assessment-v1`" in card
    assert "It does not say on which texts it was fitted." in card


def test_an_adapter_with_a_custom_prompt_is_served_with_it(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    template = "{rating} <sep> {tags} <sep> {text}"

    assert import_adapter(parts, f"--prompt={template}") == 0

    manifest = load_classifier(parts[2], TAXONOMY).manifest
    assert (manifest.name, manifest.prompt) == ("gemma-2-9b-template", template)
    assert "is assumed" not in capsys.readouterr().out


def test_the_output_names_the_assumed_prompt(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_adapter(parts) == 0
    assert "assessment-v1 is assumed, --prompt names another" in capsys.readouterr().out


def test_reimporting_an_adapter_keeps_its_prompt(parts: Parts) -> None:
    assert import_adapter(parts, "--prompt={text} {tags}") == 0
    again = parts[2].parent / "again"
    places = [f"--adapter={parts[2]}", f"--base={parts[1]}", f"--out={again}"]

    assert main(["import-adapter", "gemma-2-9b", *places]) == 0

    assert read_manifest(again).prompt == "{text} {tags}"


def test_the_competition_prompt_can_be_chosen_and_gets_its_own_folder(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(parts[2].parent)
    places = [f"--adapter={parts[0]}", f"--base={parts[1]}"]

    assert main(["import-adapter", "gemma-2-9b", *places]) == 0
    assert main(["import-adapter", "gemma-2-9b", *places, "--prompt=competition-v1"]) == 0

    models = parts[2].parent / "models"
    assert load_classifier(models / "gemma-2-9b", TAXONOMY).manifest.prompt == "assessment-v1"
    other = load_classifier(models / "gemma-2-9b-competition-v1", TAXONOMY).manifest
    assert (other.name, other.prompt) == ("gemma-2-9b-competition-v1", "competition-v1")


def test_the_training_text_list_is_imported_with_the_adapter(parts: Parts) -> None:
    write_trained_on(parts[0] / TRAINED_ON, trained_on(["Долго везли"]))

    assert import_adapter(parts) == 0

    assert read_trained_on(parts[2] / TRAINED_ON) == trained_on(["Долго везли"])
    assert TRAINED_ON in read_manifest(parts[2]).sha256


def spoil_config(parts: Parts, **changes: object) -> None:
    path = parts[0] / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        (["--prompt=raw-tags-v1"], "gemma-2-9b knows assessment-v1 and competition-v1"),
        (["--adapter=nobody/nothing at all"], "is not a repository"),
    ],
)
def test_invalid_flags_give_a_one_line_error(
    parts: Parts, flags: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_adapter(parts, *flags) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert what in line
    assert not parts[2].exists()


def test_a_damaged_adapter_gives_a_one_line_error_and_keeps_the_old_model(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    import_adapter(parts)
    before = read_manifest(parts[2])
    spoil_config(parts, r=8)
    assert import_adapter(parts) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "does not fit its base" in line
    assert read_manifest(parts[2]) == before


def test_an_import_does_not_replace_its_adapter_or_its_base(
    parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_adapter(parts) == 0
    adapter, base, out = parts
    inside = shutil.copytree(base, out / "base")
    capsys.readouterr()

    assert import_adapter((out, base, out)) == 1
    assert "is named as adapter too; must be another folder" in capsys.readouterr().err
    assert import_adapter((adapter, inside, out)) == 1
    assert f"is replaced as a whole, and base {inside} is in it" in capsys.readouterr().err
    assert inside.is_dir()
