"""Which labels hold: one for each person, disputes, a third person's decision, undo."""

from bot.archive.desk_records import Label, LabelKind, NewLabel
from bot.desk.standing import UNDO_MS, Standing, is_undoable, kind_of, standing, undoable

ANN, BOB, EVE = 1, 2, 3


def label(
    label_id: int,
    by_id: int,
    *classes: int,
    kind: LabelKind = LabelKind.CORRECT,
    base: int | None = None,
) -> Label:
    content = NewLabel(by_id, kind, classes, "linear", "1", "t", label_id * 1000, base_label=base)
    return Label(label_id, 12, content)


def sets(found: Standing) -> list[tuple[int, ...]]:
    return [held.content.classes for held in found.labels]


def test_only_the_latest_label_of_a_person_counts() -> None:
    found = standing([label(1, ANN, 3), label(2, ANN, 5)])
    assert (found.classes, found.is_disputed) == ((5,), False)


def test_two_people_with_the_same_set_agree_in_any_order_of_classes() -> None:
    found = standing([label(1, ANN, 3, 5), label(2, BOB, 5, 3)])
    assert found.classes == (5, 3)
    assert not found.is_disputed


def test_two_different_sets_are_both_retained_as_a_dispute() -> None:
    found = standing([label(1, ANN, 3), label(2, BOB, 5)])
    assert found.is_disputed
    assert found.classes is None
    assert sets(found) == [(3,), (5,)]


def test_a_dispute_ends_by_agreement_or_by_a_third_person() -> None:
    before = [label(1, ANN, 3), label(2, BOB, 5)]
    assert standing([*before, label(3, ANN, 5)]).classes == (5,)
    third = kind_of((7,), (3,), standing(before), EVE)
    assert third is LabelKind.ADJUDICATED
    found = standing([*before, label(3, EVE, 7, kind=third)])
    assert found.classes == (7,)
    assert kind_of((5,), (3,), standing(before), ANN) is LabelKind.CORRECT


def test_undoing_a_label_restores_the_previous_one() -> None:
    before = [label(1, ANN, 3), label(2, ANN, 5)]
    undone = [*before, label(3, ANN, 5, kind=LabelKind.UNDO, base=2)]
    assert standing(undone).classes == (3,)
    assert standing([*undone, label(4, ANN, 3, kind=LabelKind.UNDO, base=1)]).labels == ()


def test_author_labels_do_not_count_as_moderator_labels() -> None:
    assert standing([label(1, ANN, 3, kind=LabelKind.AUTHOR)]).labels == ()


def test_a_label_equal_to_the_set_of_the_model_is_a_confirmation() -> None:
    assert kind_of((5, 3), (3, 5), standing([]), ANN) is LabelKind.CONFIRM
    assert kind_of((3,), (3, 5), standing([]), ANN) is LabelKind.CORRECT
    assert kind_of((3,), (), standing([]), ANN) is LabelKind.CORRECT


def test_a_person_can_undo_only_their_own_label_and_only_for_ten_minutes() -> None:
    found = standing([label(1, ANN, 3)])
    last = undoable(found, ANN, 1000 + UNDO_MS)
    assert last is not None
    assert last.label_id == 1
    assert undoable(found, ANN, 1001 + UNDO_MS) is None
    assert undoable(found, BOB, 1000) is None
    assert is_undoable(found, 1000 + UNDO_MS)
    assert not is_undoable(found, 1001 + UNDO_MS)
