import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from triage.calibration import Platt, Temperature
from triage.cascade import FallbackClass, Ladder, PerClass
from triage.errors import BadManifest, ManifestMismatch
from triage.manifest import (
    MANIFEST,
    OWN_TAXONOMY,
    Guard,
    Manifest,
    check_manifest,
    check_weights,
    digest,
    made_for,
    read_manifest,
    write_manifest,
)
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
WEIGHTS = b"weights"


def manifest(**changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "name": "linear",
        "version": "1",
        "kind": "linear",
        "prompt": "linear-v1",
        "taxonomy": TAXONOMY.digest,
        "labels": TAXONOMY.ids,
        "max_tokens": 512,
        "rule": Ladder(fallback=FallbackClass.model_validate({"class": TAXONOMY.ids[0]})),
        "sha256": {},
    }
    return Manifest(**(fields | changes))


def check(candidate: Manifest) -> None:
    check_manifest(candidate, kind="linear", prompt="linear-v1", taxonomy=TAXONOMY)


def refusal(folder: Path) -> str:
    """Return what is said about the manifest in `folder`, which must be one line that names it."""
    with pytest.raises(BadManifest) as caught:
        read_manifest(folder)
    said = str(caught.value)
    assert said.startswith(f"{folder / MANIFEST}: ")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"base": {"id": "company/model", "revision": "0123abc"}},
        {"rule": Ladder(rungs=(0.7, 0.3), fallback="most_probable")},
        {"rule": PerClass(thresholds=(0.5,) * len(TAXONOMY.ids), fallback="most_probable")},
        {"calibration": Temperature(temperature=1.25)},
        {"calibration": Platt(slope=(1.0,) * len(TAXONOMY.ids), offset=(0,) * len(TAXONOMY.ids))},
        {
            "metrics": [
                {"how": "5 folds", "n": 90, "exact_match": 0.5, "micro_f1": 0.6, "macro_f1": 0.3}
            ]
        },
    ],
)
def test_a_manifest_is_read_as_it_was_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    write_manifest(tmp_path, manifest(**changes))
    assert read_manifest(tmp_path) == manifest(**changes)


def test_writing_replaces_the_manifest_and_leaves_no_other_files(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest())
    write_manifest(tmp_path, manifest(version="2"))
    assert read_manifest(tmp_path).version == "2"
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    assert "name a folder that holds a model" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe{}", b"kind: linear\n"])
def test_a_manifest_that_is_not_valid_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    assert refusal(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", 2),
        ("name", ""),
        ("max_tokens", 0),
        ("labels", ["slow"]),
        ("rule", {"kind": "per-class"}),
        ("rule", {"rungs": [0.2, 0.5], "fallback": "most_probable"}),
        ("rule", {"kind": "per_class", "thresholds": [0.5], "fallback": "most_probable"}),
        ("calibration", {"kind": "isotonic"}),
        ("calibration", {"kind": "temperature", "temperature": 0}),
        ("colour", "blue"),
    ],
)
def test_the_error_names_an_invalid_manifest_field(
    tmp_path: Path, field: str, value: object
) -> None:
    content = json.loads(manifest().model_dump_json(by_alias=True)) | {field: value}
    (tmp_path / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    said = refusal(tmp_path)
    assert field in said or "1 thresholds for 50 labels" in said


@pytest.mark.parametrize("field", ["kind", "taxonomy", "labels", "rule", "sha256"])
def test_the_error_names_a_missing_manifest_field(tmp_path: Path, field: str) -> None:
    content = json.loads(manifest().model_dump_json(by_alias=True))
    del content[field]
    (tmp_path / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    assert field in refusal(tmp_path)


def test_a_calibration_that_answers_reviews_of_the_guard_is_refused() -> None:
    count = len(TAXONOMY.ids)
    mild, strong = (Platt(slope=(1,) * count, offset=(offset,) * count) for offset in (1, 2))
    guard = Guard(least_known=0.5)

    manifest(calibration=mild, guard=guard)
    manifest(calibration=strong)
    with pytest.raises(ValidationError, match="raises a review for a person to 0"):
        manifest(calibration=strong, guard=guard)


def test_a_model_made_for_this_code_and_these_classes_is_accepted() -> None:
    check(manifest())
    check(manifest(rule=Ladder(fallback="most_probable")))


@pytest.mark.parametrize(
    ("field", "theirs", "ours"),
    [
        ("kind", "gemma2-lora", "linear"),
        ("prompt", "assessment-v1", "linear-v1"),
        ("taxonomy", "0" * 64, TAXONOMY.digest),
        ("labels", tuple(reversed(TAXONOMY.ids)), str(TAXONOMY.ids)),
        ("labels", TAXONOMY.ids[:-1], str(TAXONOMY.ids)),
        ("topics", "0" * 64, TAXONOMY.topics_digest),
        ("rating", "1-5", "0-6"),
        ("rating", "none", "0-6"),
    ],
)
def test_the_error_for_a_mismatching_manifest_shows_both_values(
    field: str, theirs: Any, ours: str
) -> None:
    with pytest.raises(ManifestMismatch) as caught:
        check(manifest(**{field: theirs}))
    assert str(theirs) in str(caught.value)
    assert ours in str(caught.value)
    assert "model linear 1" in str(caught.value)


def test_a_model_for_another_taxonomy_gives_a_one_line_error_with_the_remedy() -> None:
    for field in ("taxonomy", "topics", "rating"):
        with pytest.raises(ManifestMismatch) as caught:
            check(manifest(**{field: "other"}))
        assert str(caught.value).endswith(OWN_TAXONOMY)
        assert "\n" not in str(caught.value)


def test_an_earlier_manifest_implies_the_shipped_topics_and_scale() -> None:
    earlier = json.loads(manifest().model_dump_json(by_alias=True))
    del earlier["topics"], earlier["rating"]
    check(Manifest.model_validate(earlier))


def test_a_manifest_made_for_this_taxonomy_is_accepted() -> None:
    check(manifest(**made_for(TAXONOMY)))


def test_a_fallback_to_an_unknown_class_is_refused() -> None:
    stranger = max(TAXONOMY.ids) + 1
    rule = Ladder(fallback=FallbackClass.model_validate({"class": stranger}))
    with pytest.raises(ManifestMismatch, match=f"fallback class {stranger}"):
        check(manifest(rule=rule))


def test_weights_with_the_stored_digest_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(WEIGHTS)
    check_weights(tmp_path, manifest(sha256={"weights": digest(tmp_path / "weights")}))


def test_the_digest_is_sha_256(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert digest(tmp_path / "empty") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_the_error_for_other_weights_shows_both_digests(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(WEIGHTS)
    with pytest.raises(BadManifest) as caught:
        check_weights(tmp_path, manifest(sha256={"weights": "0" * 64}))
    assert "0" * 64 in str(caught.value)
    assert digest(tmp_path / "weights") in str(caught.value)


def test_the_error_names_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match=r"adapter\.safetensors"):
        check_weights(tmp_path, manifest(sha256={"adapter.safetensors": "0" * 64}))


@pytest.mark.parametrize("name", ["../weights", "/etc/passwd", "sub/weights", ".."])
def test_a_manifest_may_name_only_files_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadManifest, match="which is not a file in it"):
        check_weights(tmp_path, manifest(sha256={name: "0" * 64}))


def test_a_pipe_instead_of_a_weights_file_is_refused_immediately(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights")
    with pytest.raises(BadManifest, match="which is not a file in it"):
        check_weights(tmp_path, manifest(sha256={"weights": "0" * 64}))
