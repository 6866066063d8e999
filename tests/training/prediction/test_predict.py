"""Submissions: every row answered in order, gone on with after a kill, never half there."""

import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reviews.lengths import synthetic_lengths
from tests.training.bench import Bench
from tests.training.samples import HEADER, TAXONOMY, table, write_csv
from tests.worker.samples import NAN, RuleModel
from training.__main__ import main
from training.dataset.review_files import read_reviews
from training.errors import BadAnswer
from training.prediction.probability_file import read_scored
from training.prediction.resume_file import ResumeFile
from training.prediction.scoring import CHUNK, local_engine, score, score_resumable
from triage.cascade import decide
from triage.manifest import read_manifest
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.language.memory import Hardware, WeightFormat
from worker.classifiers.linear import matrix
from worker.classifiers.loading import ModelSource, load_classifier
from worker.classifiers.protocol import Classifier, Probabilities

SHARED = Path(__file__).parents[4] / "shared" / "data" / "test.csv"
LINEAR_MODEL = Path(__file__).parents[3] / "models" / "linear"


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_predict_answers_rows_in_data_order_like_the_worker(bench: Bench) -> None:
    model, out = bench.fit("model"), bench.folder / "out.csv"
    data = write_csv(
        bench.folder / "new.csv",
        [("9", "6.0", "", "Спасибо, дорого и долго"), ("4", "0.0", "{PRICE}", "")],
        HEADER[:4],
    )

    bench.do("predict", f"--model={model}", f"--data={data}", f"--out={out}")

    classifier = load_classifier(model, TAXONOMY)
    rule = classifier.manifest.rule
    expected = [["index", "target"]]
    for row in read_reviews(data, TAXONOMY):
        decision = decide(classifier.classify([row.review])[0].tolist(), TAXONOMY.ids, rule)
        expected.append([str(row.index), " ".join(map(str, sorted(decision.classes)))])
    assert rows_of(out) == expected
    assert json.loads((bench.folder / "out.csv.flags.json").read_text())["command"] == "predict"


def test_predict_accepts_a_labelled_file_and_can_store_probabilities(bench: Bench) -> None:
    model, out = bench.fit("model"), bench.folder / "out.csv"
    kept = bench.folder / "p.npz"

    bench.do(
        "predict",
        f"--model={model}",
        f"--data={bench.data}",
        f"--out={out}",
        f"--probabilities={kept}",
    )

    scored = read_scored(kept, TAXONOMY.ids)
    assert scored.index.tolist() == [int(row[0]) for row in table()]
    assert scored.probabilities.shape == (24, 3)
    assert scored.fold is None
    manifest = read_manifest(model)
    assert scored.model == f"linear {manifest.version}"


def test_an_invalid_file_leaves_the_old_submission_unchanged(bench: Bench) -> None:
    model, out = bench.fit("model"), bench.folder / "out.csv"
    out.write_text("old")
    data = write_csv(bench.folder / "new.csv", [("9", "7.0", "", "Долго")], HEADER[:4])

    line = bench.refused("predict", f"--model={model}", f"--data={data}", f"--out={out}")

    assert line.endswith("row 2, column assessment: '7.0' is not a rating from 0 to 6")
    assert out.read_text() == "old"
    assert {path.name for path in bench.folder.iterdir() if "out.csv" in path.name} == {"out.csv"}


@pytest.mark.parametrize("flag", ["--out", "--probabilities"])
def test_predict_never_overwrites_its_data(bench: Bench, flag: str) -> None:
    flags = {"--model": bench.fit("model"), "--data": bench.data, "--out": bench.folder / "o.csv"}
    flags[flag] = bench.data

    line = bench.refused("predict", *(f"{name}={value}" for name, value in flags.items()))

    assert "is named as data too" in line


class CountedModel(RuleModel):
    """Counts the tokens of reviews whose text is their number of tokens, and the padding."""

    tokens = padded = 0

    def cost(self, review: ReviewInput) -> int:
        return int(review.text)

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        costs = [self.cost(review) for review in reviews]
        self.tokens += sum(costs)
        self.padded += len(costs) * max(costs)
        return super().classify(reviews)


def test_at_most_six_percent_of_the_tokens_are_padding() -> None:
    lengths = synthetic_lengths(seed=0).tokens
    model = CountedModel()

    score(local_engine(model), [ReviewInput(3, (), str(n)) for n in lengths], lengths)

    assert model.tokens == sum(lengths)
    assert 1 - model.tokens / model.padded <= 0.06


@pytest.mark.parametrize(
    ("given", "hardware"),
    [
        ((), Hardware("auto", WeightFormat.AUTO)),
        (("--device=cpu", "--weights=bf16"), Hardware("cpu", WeightFormat.BF16)),
    ],
)
def test_the_model_is_loaded_onto_the_requested_device(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], hardware: Hardware
) -> None:
    asked: list[Hardware] = []

    def load(folder: Path, taxonomy: Taxonomy, source: ModelSource) -> Classifier:
        asked.append(source.hardware)
        return load_classifier(folder, taxonomy, source)

    monkeypatch.setattr("training.commands.predict.load_classifier", load)
    model, out = bench.fit("model"), bench.folder / "out.csv"
    bench.do("predict", f"--model={model}", f"--data={bench.data}", f"--out={out}", *given)

    assert asked == [hardware]


class Killed(BaseException):
    """The process ends here."""


REVIEWS = [ReviewInput(3, (), f"text {number}") for number in range(3 * CHUNK + 5)]


def after(done: int) -> list[Sequence[ReviewInput]]:
    return [REVIEWS[at : at + CHUNK] for at in range(done, len(REVIEWS), CHUNK)]


def dies_after(chunks: int, model: RuleModel):
    """Return an engine that scores some chunks and is then killed."""

    def run(work: Sequence[Sequence[ReviewInput]]):
        for number, rows in enumerate(local_engine(model)(work)):
            if number == chunks:
                raise Killed
            yield rows

    return run


def test_a_killed_run_resumes_where_it_stopped(tmp_path: Path) -> None:
    model = RuleModel()
    classes = len(model.manifest.labels)

    def resume_file(data: str = "a") -> ResumeFile:
        return ResumeFile(tmp_path / "out.csv", belongs_to={"data": data}, classes=classes)

    indices = np.arange(len(REVIEWS))
    with pytest.raises(Killed):
        score_resumable(dies_after(2, model), after, indices, resume_file())
    with (tmp_path / "out.csv.part").open("ab") as file:
        file.write(bytes(classes * 4) + b"and half a row")
    again = RuleModel()
    found = score_resumable(local_engine(again), after, indices, resume_file())

    assert sum(map(len, again.batches)) == len(REVIEWS) - 2 * CHUNK
    assert np.array_equal(found, score(local_engine(RuleModel()), REVIEWS, REVIEWS))

    other = RuleModel()
    score_resumable(local_engine(other), after, indices, resume_file("b"))
    assert sum(map(len, other.batches)) == len(REVIEWS), "rows of other data must not be taken"


class NanInCompany(RuleModel):
    """Fails a review that is not alone, as a batch that overflows does."""

    def classify(self, reviews: Sequence[ReviewInput]) -> Probabilities:
        rows = super().classify(reviews)
        if len(reviews) > 1:
            rows[0] = np.nan
        return rows


def test_a_run_does_not_resume_with_an_edited_taxonomy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The titles of two topics are exchanged, so the same file names other topics."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    model, data = bench.fit("model"), bench.folder / "new.csv"
    price = next(topic.title.into("en") for topic in TAXONOMY.topics if topic.id == "PRICE")
    data.write_text(f"text,rating,topics\nДорого и долго,2,{price}\n", encoding="utf-8")
    predict = ["predict", f"--model={model}", f"--data={data}", bench.taxonomy]
    before, out, fresh = (
        [f"--out={bench.folder / name}", f"--probabilities={bench.folder / name}.npz"]
        for name in ("before", "out", "fresh")
    )
    assert main([*predict, *before]) == 0
    with monkeypatch.context() as patched:
        patched.setattr("training.commands.predict.write_submission", interrupted)
        assert main([*predict, *out]) == 130

    taxonomy = Path(bench.taxonomy.removeprefix("--taxonomy="))
    content = json.loads(taxonomy.read_text(encoding="utf-8"))
    one, two = (topic for topic in content["topics"] if topic["id"] in ("PRICE", "DELIVERY"))
    one["title"], two["title"] = two["title"], one["title"]
    taxonomy.write_text(json.dumps(content), encoding="utf-8")
    assert (main([*predict, *out]), main([*predict, *fresh])) == (0, 0)

    old, resumed, new = (
        read_scored(bench.folder / f"{name}.npz", TAXONOMY.ids).probabilities
        for name in ("before", "out", "fresh")
    )
    assert not np.array_equal(old, new)
    assert np.array_equal(resumed, new)


def test_a_row_that_failed_in_a_batch_is_scored_alone() -> None:
    found = score(local_engine(NanInCompany()), REVIEWS[:20], REVIEWS)

    assert ((found >= 0) & (found <= 1)).all()


def test_the_error_names_a_row_that_fails_alone_and_no_answers_are_written() -> None:
    reviews = [*REVIEWS[:5], ReviewInput(1, (), NAN)]

    with pytest.raises(BadAnswer, match="row of index 5: the model gave nan as a probability"):
        score(local_engine(RuleModel()), reviews, [f"of index {number}" for number in range(6)])


@pytest.mark.shared
def test_the_linear_model_scores_the_test_file_in_little_more_than_feature_time(
    tmp_path: Path,
) -> None:
    if not SHARED.exists():
        pytest.skip(f"NO REVIEWS: {SHARED} is needed to measure the linear model")
    out = tmp_path / "submission.csv"

    started_s = time.process_time()
    assert main(["predict", f"--model={LINEAR_MODEL}", f"--data={SHARED}", f"--out={out}"]) == 0
    took_s = time.process_time() - started_s

    head, *rows = rows_of(out)
    assert head == ["index", "target"]
    assert [int(index) for index, _ in rows] == [
        row.index for row in read_reviews(SHARED, load_taxonomy())
    ]
    labels = set(map(str, read_manifest(LINEAR_MODEL).labels))
    assert all(target and set(target.split(" ")) <= labels for _, target in rows)
    # Processor time, and beside the same machine's time for the features alone: a ratio says the
    # same on a slow machine.
    started_s = time.process_time()
    matrix([row.review for row in read_reviews(SHARED, load_taxonomy())], load_taxonomy().rating)
    features_s = time.process_time() - started_s
    assert took_s < 3 * features_s, f"{took_s:.1f} s, the features alone take {features_s:.1f} s"
