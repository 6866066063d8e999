"""The page for people that lies beside a model's weights, made from its manifest."""

from triage.manifest import Manifest, Metrics

CARD = """\
# {name} {version}

Sorts a customer's review (rating 0-6, tags, Russian text) into {classes} classes on any CPU, by a
logistic regression per class over hashed words, stems, pairs of stems and runs of letters. Fitted
on {rows} labelled reviews; `fit.json` holds the command's flags and the versions of the libraries.

## How good it is

{figures}

*Exact match*: the whole set of classes is right. *Fallback*: what a review is filed under when no
probability is above {lowest_rung}; the model's own rule is `{fallback}`. Each review was answered
by a model that was fitted without it, weights rounded as they are stored.

## What it cannot do

- It knows words, not meaning: irony, hints and words that it has not seen are lost on it.
- Classes with few examples it hardly ever names; that is why macro-F1 is far below micro-F1.
- Where no review in training has some rating, that rating counts as half-way between its
  neighbours.
- An answer with the confidence "person" is its best guess and no more: let a person look.

## What is in the folder

Numbers only: the weights name hash buckets, and no word or text of a review is stored. The files
are written by `python -m training fit linear`; edit none by hand, their digests are checked.
"""

HEAD = """\
| measured by | exact match | micro-F1 | macro-F1 | reviews |
|---|---|---|---|---|
"""


def render_card(manifest: Manifest, *, rows: int) -> str:
    """Return the page in Markdown; `rows` is how many reviews the model was fitted on."""
    return CARD.format(
        name=manifest.name,
        version=manifest.version,
        classes=len(manifest.labels),
        rows=rows,
        figures=_table(manifest.metrics) if manifest.metrics else "It was not measured.",
        lowest_rung=manifest.rule.rungs[-1],
        fallback=manifest.rule.fallback,
    )


def _table(metrics: tuple[Metrics, ...]) -> str:
    return HEAD + "\n".join(map(_line, metrics))


def _line(figures: Metrics) -> str:
    spread = f" ± {figures.exact_match_std:.3f}" if figures.exact_match_std is not None else ""
    return (
        f"| {figures.how} | {figures.exact_match:.3f}{spread} | {figures.micro_f1:.3f} "
        f"| {figures.macro_f1:.3f} | {figures.n} |"
    )
