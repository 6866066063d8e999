"""What a model may be trained on, and how far a label is trusted."""

from dataclasses import replace

import pytest

from bot.archive.desk_records import CaseState, Label, LabelKind, NewLabel
from bot.archive.training_rows import LabelledReview
from bot.desk.standing import NOTHING, Standing, standing
from bot.private_desk.training_rule import belongs_to_training, correction_of
from tests.bot.samples import REVIEW, TAXONOMY

LABEL = NewLabel(7, LabelKind.CONFIRM, (3,), "linear", "1", TAXONOMY.digest, 100)
SETTLED = standing([Label(1, 12, LABEL)])


def labelled(*labels: NewLabel, state: CaseState = CaseState.NEW) -> LabelledReview:
    stored = tuple(Label(place, 12, one) for place, one in enumerate(labels, start=1))
    return LabelledReview(12, REVIEW.review_id, 2, ("PRICE",), "Дорого", state, stored)


@pytest.mark.parametrize(
    ("consented", "state", "held", "allowed"),
    [
        (True, CaseState.NEW, SETTLED, True),
        (True, CaseState.CLOSED, SETTLED, True),
        (None, CaseState.NEW, SETTLED, False),  # no answer is recorded
        (False, CaseState.NEW, SETTLED, False),
        (True, CaseState.SPAM, SETTLED, False),
        (True, CaseState.NEW, NOTHING, False),
    ],
)
def test_training_requires_consent_and_an_undisputed_label(
    consented: bool | None, state: CaseState, held: Standing, allowed: bool
) -> None:
    assert belongs_to_training(consented, state, held) is allowed


def test_a_disputed_review_is_excluded_until_the_dispute_is_decided() -> None:
    other = replace(LABEL, by_id=8, classes=(5,))
    third = replace(LABEL, by_id=9, classes=(5,), kind=LabelKind.ADJUDICATED)
    assert correction_of(labelled(LABEL, other), True, 0, TAXONOMY) is None
    row = correction_of(labelled(LABEL, other, third), True, 0, TAXONOMY)
    assert row is not None
    assert (row.classes, row.kind, row.weight) == ((5,), "adjudicated", 1.0)


@pytest.mark.parametrize(
    ("label", "kind", "weight"),
    [
        (LABEL, "confirm", 0.6),
        (replace(LABEL, kind=LabelKind.CORRECT), "correct", 0.75),
        (replace(LABEL, blind=True, sampling=0.05), "confirm", 1.0),
    ],
)
def test_a_training_row_contains_kind_weight_and_sampling_of_the_label(
    label: NewLabel, kind: str, weight: float
) -> None:
    row = correction_of(labelled(label), True, 0, TAXONOMY)
    assert row is not None
    assert (row.version, row.kind, row.weight, row.said_ms) == (2, kind, weight, 100)
    assert (row.blind, row.sampling) == (label.blind, label.sampling)
    assert (row.text, row.rating, row.tags, row.consent) == ("Дорого", 2, ("PRICE",), True)


def test_among_agreeing_labels_the_most_trusted_one_counts() -> None:
    blind = replace(LABEL, by_id=8, blind=True, settled_ms=50)
    row = correction_of(labelled(blind, LABEL), True, 0, TAXONOMY)
    assert row is not None
    assert row.weight == 1.0
    row = correction_of(labelled(blind, LABEL), True, 60, TAXONOMY)
    assert row is not None
    assert (row.weight, row.said_ms) == (0.6, 100)


@pytest.mark.parametrize(
    "review",
    [
        labelled(replace(LABEL, kind=LabelKind.AUTHOR)),
        labelled(replace(LABEL, kind=LabelKind.AUDIT)),
        labelled(replace(LABEL, kind=LabelKind.KNOWN)),
        labelled(LABEL, replace(LABEL, kind=LabelKind.UNDO, base_label=1)),
        labelled(replace(LABEL, classes=(999,))),
        labelled(replace(LABEL, settled_ms=9)),
        labelled(LABEL, state=CaseState.SPAM),
    ],
)
def test_reviews_without_a_recent_valid_moderator_label_are_excluded(
    review: LabelledReview,
) -> None:
    assert correction_of(review, True, 10, TAXONOMY) is None
