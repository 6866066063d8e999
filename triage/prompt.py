"""
The one place that turns a review into the text that a language model reads.

A prompt version is part of a model: it is named in the manifest and pinned by golden files.
Change no wording here; add a version. The tokenizer adds special tokens; they never appear in
these strings.

A third-party model may have been trained on another wording: its manifest then contains a template
(a text with placeholders) instead of a version.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from triage.errors import ManifestMismatch
from triage.review import ReviewInput


def _assessment(review: ReviewInput) -> str:
    """Render as the published Gemma-2 adapters were trained; "assesment" is their spelling."""
    rating = "" if review.rating is None else f"user assesment: {float(review.rating)}\n\n"
    return f"{rating}Tags: {','.join(review.tags)}\n\nReview: {review.text.strip()}"


def _competition(review: ReviewInput) -> str:
    """Render as in the measurement of the 27b adapter's leaderboard scores (0.603, 0.607)."""
    rating = "" if review.rating is None else f"User assesment: {float(review.rating)}, "
    return f"{rating}tags: {','.join(review.tags)}\n\nReview: {review.text.strip()}"


def _raw_tags(review: ReviewInput) -> str:
    """Render as the Mistral-7B recipe does: tags with their braces, no rating."""
    return f"tags: {_braced(review.tags)}\n\nReview: {review.text}"


def _raw_tags_lower(review: ReviewInput) -> str:
    """Render as the XLM-RoBERTa recipe does: one line, lower-cased text, no rating."""
    return f"{_braced(review.tags)} {review.text.lower().strip()}"


def _braced(tags: tuple[str, ...]) -> str:
    return "{" + ",".join(tags) + "}" if tags else ""


PROMPTS: Mapping[str, Callable[[ReviewInput], str]] = MappingProxyType(
    {
        "assessment-v1": _assessment,
        "competition-v1": _competition,
        "raw-tags-v1": _raw_tags,
        "raw-tags-lower-v1": _raw_tags_lower,
    }
)


# The values that a template may name.
PLACEHOLDERS: Mapping[str, Callable[[ReviewInput], str]] = MappingProxyType(
    {
        "rating": lambda review: "" if review.rating is None else str(float(review.rating)),
        "tags": lambda review: ",".join(review.tags),
        "raw_tags": lambda review: _braced(review.tags),
        "text": lambda review: review.text.strip(),
    }
)
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def is_template(prompt: str) -> bool:
    """Return whether a prompt is a template; the name of a version has no placeholder."""
    return "{text}" in prompt


def check_template(template: str) -> None:
    """Raise ManifestMismatch if a template names unknown values, or the text more than once."""
    named = _PLACEHOLDER.findall(template)
    unknown = sorted(set(named) - set(PLACEHOLDERS))
    if unknown or named.count("text") != 1:
        raise ManifestMismatch(
            f"prompt template {template!r}: must name {{text}} once, and otherwise only "
            f"{', '.join(f'{{{name}}}' for name in PLACEHOLDERS if name != 'text')}"
        )


def render(prompt: str, review: ReviewInput) -> str:
    """
    Return the text of `review` in the wording `prompt`, a version or a template.

    ManifestMismatch names an unknown version. Braces in a review's text stay as they are.
    """
    if is_template(prompt):
        return _PLACEHOLDER.sub(lambda found: PLACEHOLDERS[found[1]](review), prompt)
    try:
        return PROMPTS[prompt](review)
    except KeyError as e:
        raise ManifestMismatch(
            f"prompt version {prompt!r} is unknown; this code knows {', '.join(PROMPTS)}"
        ) from e
