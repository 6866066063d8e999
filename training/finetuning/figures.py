"""
What a fitted transformer is worth on rows that it did not see, through the code that serves it.

Probabilities are asked of the model as a worker loads it, and the guard against leaks is asked
before any figure is given.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from accelerate import PartialState

from training.dataset.extra import without
from training.dataset.folds_file import Folds
from training.dataset.leaks import Seen, check_folds, check_unseen
from training.dataset.material import Material
from training.dataset.reviews import Row, label_matrix
from training.dataset.validation_split import Part
from training.evaluation.metrics import DIGITS, measure_rules
from training.evaluation.scores import score as figures_of
from training.finetuning.fitting import RULE, Fitting
from training.prediction.answers import answer
from training.prediction.scored import OOF, Scored, write_scored
from training.prediction.scoring import local, score
from triage.cascade import FallbackClass, Ladder
from triage.manifest import Metrics, digest
from worker.classifier import Probabilities

ANSWERS = "answers.npy"


def measure_held_out(
    fitting: Fitting, made: Path, part: Part, flags: argparse.Namespace
) -> tuple[Metrics, ...]:
    """Return the figures of the model in `made` on the part's measured rows."""
    texts = [row.review.text for row in part.measured]
    seen = check_unseen(part.trained, texts, whose="the model", allow=flags.seen)
    answered = _answers(fitting, made, part.measured)
    labels = label_matrix(part.measured, fitting.taxonomy)
    found = []
    for rule in _rules(flags):
        figures = asdict(figures_of(labels, answer(answered, fitting.taxonomy.ids, rule)))
        figures.pop("weighted_f1")  # a manifest has no room for it
        rounded = {name: round(value, DIGITS) for name, value in figures.items()}
        how = f"{part.how}, fallback {_name(rule)}{_warning(seen)}"
        found.append(Metrics(how=how, **rounded))
    return tuple(found)


def cross_fit(
    fitting: Fitting, material: Material, draft: Path, flags: argparse.Namespace
) -> tuple[Metrics, ...]:
    """
    Fit a model for each fold and return the figures of all rows, each answered out of fold.

    The probabilities stay in `draft` as oof.npz.
    """
    folds = material.folds
    assert folds is not None, "asked for without folds"
    texts = [row.review.text for row in material.rows]
    seen = check_folds(folds.parts(), texts, whose="the model", allow=flags.seen)
    taught = check_unseen(material.made_by, texts, whose="what made --extra", allow=flags.seen)
    answered = np.full((len(texts), len(fitting.taxonomy.ids)), np.nan, np.float32)
    for number, fold in enumerate(folds.parts()):
        measured = [material.rows[place] for place in fold.test]
        kept = [material.extra[place] for place in without(material.extra, measured)]
        learnt = [*(material.rows[place] for place in fold.train), *kept]
        found = _fold_answers(fitting, learnt, measured, draft / f"fold-{number}")
        if PartialState().is_main_process:
            answered[fold.test] = found
    if not PartialState().is_main_process:
        return ()
    data = digest(flags.data)
    write_scored(draft / OOF, _scored(fitting, material.rows, folds, answered, data))
    metrics = measure_rules(material.rows, answered, folds, fitting.taxonomy, _rules(flags))
    warning = _warning(Seen.NO if {seen, taught} == {Seen.NO} else Seen.YES)
    return tuple(one.model_copy(update={"how": one.how + warning}) for one in metrics)


def _fold_answers(
    fitting: Fitting, learnt: Sequence[Row], measured: Sequence[Row], draft: Path
) -> Probabilities | None:
    """Return what a model that learnt from `learnt` says; None on all processes but the first."""
    path = draft / ANSWERS
    made = fitting.fit(learnt, measured, draft)
    if not PartialState().is_main_process:
        return None
    if not path.exists():
        fresh = path.with_suffix(".part")
        with fresh.open("wb") as file:
            np.save(file, _answers(fitting, made, measured))
        fresh.replace(path)
    answers: Probabilities = np.load(path, allow_pickle=False)
    return answers


def _answers(fitting: Fitting, made: Path, rows: Sequence[Row]) -> Probabilities:
    names = [f"of index {row.index}" for row in rows]
    return score(local(fitting.load(made)), [row.review for row in rows], names)


def _scored(
    fitting: Fitting, rows: Sequence[Row], folds: Folds, answered: Probabilities, data: str
) -> Scored:
    return Scored(
        index=np.array([row.index for row in rows], np.int64),
        probabilities=answered,
        classes=np.array(fitting.taxonomy.ids, np.int64),
        model=fitting.name,
        data=data,
        fold=folds.fold_of,
    )


def _rules(flags: argparse.Namespace) -> tuple[Ladder, ...]:
    """Return the rule of the model, and the known recipes' with its fixed class."""
    return RULE, Ladder(fallback=FallbackClass.model_validate({"class": flags.compare_class}))


def _name(rule: Ladder) -> str:
    fallback = rule.fallback
    return f"class {fallback.class_id}" if isinstance(fallback, FallbackClass) else fallback


def _warning(seen: Seen) -> str:
    return "" if seen is Seen.NO else f", {seen}"
