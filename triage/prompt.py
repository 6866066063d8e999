"""
The one place that turns a review into the text that a language model reads.

A prompt version is part of a model: it is named in the manifest and pinned by golden files.
Change no wording here; add a version. The tokenizer adds special tokens; they never appear in
these strings.
"""

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


def render(version: str, review: ReviewInput) -> str:
    """Return the text of `review` in the wording `version`; ManifestMismatch names unknown ones."""
    try:
        return PROMPTS[version](review)
    except KeyError as e:
        raise ManifestMismatch(
            f"prompt version {version!r} is unknown; this code knows {', '.join(PROMPTS)}"
        ) from e
