"""
Tunes rules on out-of-fold probabilities, and measures the gain by nested cross-validation.

The search within a kind of rule is exact. Its hyperparameters (kind of rule, number of rungs,
shrinkage) are searched by Optuna and validated on folds that the exact search did not use. Nested:
for each fold all of this uses the other folds only, so no gain is measured on its own training
data. The models behind the other folds' probabilities were trained on the fold; this holds for the
default ladder too, so the comparison is fair.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import optuna
from numpy.typing import NDArray
from tqdm import tqdm

from training.dataset.folds_file import FoldOf
from training.dataset.review_files import Labels
from training.evaluation.held_out import HeldOut
from training.evaluation.scores import micro_f1
from training.prediction.decisions import answer
from training.tuning.class_thresholds import best_thresholds
from training.tuning.gains import Gain, Objective, maximise
from training.tuning.rungs import best_rungs
from triage.cascade import KNOWN_RUNGS, FallbackClass, Ladder, PerClass, Rule

# Below it a person decides. The product promises this limit, so the search does not change it.
FLOOR = KNOWN_RUNGS[-1]


@dataclass(frozen=True, slots=True)
class Sample:
    """Labels and out-of-fold probabilities of reviews."""

    truth: Labels
    probabilities: NDArray[np.floating]
    fold: FoldOf
    labels: tuple[int, ...]

    @classmethod
    def of(cls, held: HeldOut) -> "Sample":
        """Return the out-of-fold probabilities before calibration."""
        assert held.fold is not None, "out-of-fold probabilities come with their folds"
        return cls(held.labels, held.raw, held.fold, held.manifest.labels)

    def select(self, chosen: NDArray[np.bool_]) -> "Sample":
        """Return the chosen reviews."""
        return Sample(
            self.truth[chosen], self.probabilities[chosen], self.fold[chosen], self.labels
        )

    def splits(self) -> Iterator[tuple["Sample", "Sample"]]:
        """Yield, for each fold, the reviews of the others and its own."""
        for fold in np.unique(self.fold):
            yield self.select(self.fold != fold), self.select(self.fold == fold)


Prepare = Callable[[Sample, Sample], tuple[Sample, Sample]]


@dataclass(frozen=True, slots=True)
class Knobs:
    """Hyperparameters of the exact search: `rungs` of a ladder, `shrinkage` per class."""

    kind: str
    rungs: int = 0
    shrinkage: float = 0.0


@dataclass(frozen=True, slots=True)
class Search:
    """The configuration of a search for a rule; `fallback` is the model's own."""

    objective: Objective
    fallback: FallbackClass | str
    trials: int
    seed: int

    def known_ladder(self) -> Ladder:
        """Return the ladder that every tuned rule is compared with."""
        return Ladder(fallback=self.fallback)

    def metric(self, rule: Rule, sample: Sample) -> float:
        """Return the metric of the objective."""
        answers = answer(sample.probabilities, sample.labels, rule)
        if self.objective is Objective.EXACT:
            return float((sample.truth == answers).all(axis=1).mean())
        return micro_f1(sample.truth, answers)

    def tune(self, knobs: Knobs, sample: Sample) -> Rule:
        """Return the best rule with these hyperparameters on `sample`."""

        def find(gain: Gain) -> Rule:
            if knobs.kind == "ladder":
                rungs = best_rungs(
                    sample.truth, sample.probabilities, gain, count=knobs.rungs, lowest=FLOOR
                )
                return Ladder(rungs=rungs, fallback=self.fallback)
            thresholds = best_thresholds(
                sample.truth,
                sample.probabilities,
                gain,
                shrinkage=knobs.shrinkage,
                lowest=FLOOR,
                fallback=self._fallback_position(sample),
            )
            return PerClass(thresholds=thresholds, floor=FLOOR, fallback=self.fallback)

        return maximise(self.objective, find, lambda rule: self.metric(rule, sample))

    def _fallback_position(self, sample: Sample) -> int | None:
        """Return the position of the fallback class, None if it is the most probable one."""
        if isinstance(self.fallback, FallbackClass):
            return sample.labels.index(self.fallback.class_id)
        return None

    def choose(self, sample: Sample) -> Knobs:
        """Return the hyperparameters with the best rules on folds that they were not tuned on."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        splits = list(sample.splits())

        def mean_figure(trial: optuna.Trial) -> float:
            knobs = _suggest(trial)
            return float(np.mean([self.metric(self.tune(knobs, a), b) for a, b in splits]))

        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=self.seed)
        )
        study.optimize(mean_figure, n_trials=self.trials)
        return _suggest(study.best_trial)

    def nested(self, sample: Sample, prepare: Prepare = lambda rest, own: (rest, own)) -> "Nested":
        """
        Return nested answers: each fold answered by a rule tuned on the other folds only.

        `prepare` may transform both by what it fits on the other folds, for example calibrate.
        """
        answers = np.zeros_like(sample.truth)
        chosen = []
        for fold, split in zip(np.unique(sample.fold), _bar(sample.splits()), strict=True):
            rest, own = prepare(*split)
            knobs = self.choose(rest)
            chosen.append(knobs)
            rule = self.tune(knobs, rest)
            answers[sample.fold == fold] = answer(own.probabilities, own.labels, rule)
        return Nested(answers, tuple(chosen))


@dataclass(frozen=True, slots=True)
class Nested:
    """Answers of rules that were not tuned on their reviews, and each fold's hyperparameters."""

    answers: Labels
    knobs: tuple[Knobs, ...]


def _suggest(trial: optuna.trial.BaseTrial) -> Knobs:
    kind = trial.suggest_categorical("kind", ["ladder", "per_class"])
    if kind == "ladder":
        return Knobs(kind, rungs=trial.suggest_int("rungs", 1, len(KNOWN_RUNGS)))
    return Knobs(kind, shrinkage=trial.suggest_float("shrinkage", 1, 1000, log=True))


def _bar(splits: Iterable[tuple[Sample, Sample]]) -> Iterable[tuple[Sample, Sample]]:
    bar: Iterable[tuple[Sample, Sample]] = tqdm(
        list(splits), unit="fold", desc="nested", leave=False
    )
    return bar
