"""Models that are not what they say, or not made for this installation, are refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from triage.errors import BadManifest, ManifestMismatch
from triage.manifest import MANIFEST, digest
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.linear import WEIGHTS, load_linear

SHIPPED = Path(__file__).parents[3] / "models" / "linear"
TAXONOMY = load_taxonomy()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the shipped model that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


def sign_again(folder: Path) -> None:
    """Let the manifest name the weights that are there, so that only their content is wrong."""
    values = json.loads((folder / MANIFEST).read_text())
    values["sha256"] = {WEIGHTS: digest(folder / WEIGHTS)}
    (folder / MANIFEST).write_text(json.dumps(values))


def spoil_a_byte(folder: Path) -> None:
    with (folder / WEIGHTS).open("r+b") as file:
        file.seek(5000)
        file.write(b"\x01\x02")


def lose_the_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def lose_the_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def cut_the_end(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:-1000])
    sign_again(folder)


def change(name: str, into: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """Return what changes one tensor, with a manifest that agrees."""

    def spoil(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        tensors[name] = np.ascontiguousarray(into(tensors[name]))
        save_file(tensors, folder / WEIGHTS)
        sign_again(folder)

    return spoil


def rename_a_tensor(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors["intercept"] = tensors.pop("bias")
    save_file(tensors, folder / WEIGHTS)
    sign_again(folder)


def name_no_weights(folder: Path) -> None:
    values = json.loads((folder / MANIFEST).read_text())
    values["sha256"] = {}
    (folder / MANIFEST).write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_a_byte, "SHA-256 is"),
        (lose_the_weights, "No such file"),
        (lose_the_manifest, "No such file"),
        (name_no_weights, "names no digest of weights.safetensors"),
        (cut_the_end, "copy the whole folder again"),
        (rename_a_tensor, "intercept"),
        (change("slope", lambda x: x[:-1]), r"float16 \(65541, 50\)"),
        (change("slope", lambda x: x.astype(np.float32)), "float32"),
        (
            change("slope", lambda x: np.where(x == x.max(), np.nan, x).astype(x.dtype)),
            "not finite",
        ),
        (change("bias", lambda x: x * np.inf), "not finite"),
        (change("slope", lambda x: x[::-1]), "a probability of the self-test is"),
        (change("bias", lambda x: x + 0.1), "a probability of the self-test is"),
    ],
)
def test_a_damaged_model_gives_a_one_line_error(
    copied: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(copied)

    with pytest.raises(BadManifest, match=said) as caught:
        load_linear(copied, TAXONOMY)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "peft"), ("prompt", "ngrams-v0"), ("labels", [1, 2])]
)
def test_a_model_for_other_code_is_refused(copied: Path, field: str, value: object) -> None:
    values = json.loads((copied / MANIFEST).read_text())
    (copied / MANIFEST).write_text(json.dumps(values | {field: value}))

    with pytest.raises(ManifestMismatch, match="this installation's is"):
        load_linear(copied, TAXONOMY)


def test_a_model_of_other_classes_is_refused() -> None:
    fewer = Taxonomy(groups=TAXONOMY.groups, classes=TAXONOMY.classes[:-1])

    with pytest.raises(ManifestMismatch, match="taxonomy digest"):
        load_linear(SHIPPED, fewer)
