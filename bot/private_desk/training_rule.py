"""
Which labelled reviews a model may be trained on, and how far each label is trusted. Pure.

The customer must have agreed, and people must have settled on one set of classes. Classes of the
model, of the author or from a list of known texts are not labels for training. Spam is never used.
"""

from bot.archive.desk_records import CaseState, Label, LabelKind
from bot.archive.training_rows import LabelledReview
from bot.desk.standing import Standing, standing
from triage.corrections import Correction, CorrectionKind
from triage.taxonomy import Taxonomy

# How probable it is that a second person, who does not see the model's answer, chooses the same
# set. A confirmation is easier to give than a correction. They are expectations, not measurements:
# blind labels of the same reviews are needed to replace them.
CONFIRM_WEIGHT = 0.6
CORRECT_WEIGHT = 0.75

_KINDS: dict[LabelKind, tuple[CorrectionKind, float]] = {
    LabelKind.CONFIRM: ("confirm", CONFIRM_WEIGHT),
    LabelKind.CORRECT: ("correct", CORRECT_WEIGHT),
    LabelKind.ADJUDICATED: ("adjudicated", 1.0),
}


def belongs_to_training(consented: bool | None, state: CaseState, held: Standing) -> bool:
    """
    Return whether a model may be trained on a review.

    `consented` is its author's answer, None if no answer is recorded: that is not consent.
    """
    return consented is True and state is not CaseState.SPAM and held.classes is not None


def correction_of(
    review: LabelledReview, consented: bool | None, since_ms: int, taxonomy: Taxonomy
) -> Correction | None:
    """
    Return the line of an export, None if the review must not be exported.

    If several people agree, the most trusted label counts. It must have been settled since
    `since_ms`, and its classes must still exist.
    """
    held = standing(review.labels)
    recent = [one for one in held.labels if one.content.settled_ms >= since_ms]
    if not recent or not belongs_to_training(consented, review.state, held):
        return None
    label = max(recent, key=lambda one: (weight(one), one.content.settled_ms)).content
    if label.kind not in _KINDS or not set(label.classes) <= set(taxonomy.ids):
        return None
    return Correction(
        version=2,
        review_id=review.review_id,
        said_ms=label.settled_ms,
        rating=review.rating,
        tags=review.tags,
        text=review.text,
        classes=label.classes,
        consent=True,
        kind=_KINDS[label.kind][0],
        weight=weight_of(label.kind, blind=label.blind),
        blind=label.blind,
        sampling=label.sampling,
    )


def weight(label: Label) -> float:
    """Return how far a label is trusted, from 0 to 1."""
    return weight_of(label.content.kind, blind=label.content.blind)


def weight_of(kind: LabelKind, *, blind: bool) -> float:
    """Return the weight of a kind of label; one that was made without the model's answer has 1."""
    if kind not in _KINDS:
        return 0.0
    return 1.0 if blind else _KINDS[kind][1]
