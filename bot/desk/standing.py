"""
Which classes of a review people have settled on, from its append-only labels. Pure.

The latest label of each person counts, unless it was undone. If two people have different sets,
both stay valid until one of them settles on the other's set or a third person decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.archive.desk_records import Label, LabelKind

# A label can be undone for this long.
UNDO_MS = 10 * 60_000

# Kinds that are not a moderator's judgement.
_APART = frozenset({LabelKind.AUTHOR, LabelKind.KNOWN, LabelKind.AUDIT})


@dataclass(frozen=True, slots=True)
class Standing:
    """What people have settled on: nothing, one set, or different ones (disputed)."""

    labels: tuple[Label, ...] = ()

    @property
    def is_disputed(self) -> bool:
        """Whether people have settled on different sets."""
        return len({frozenset(label.content.classes) for label in self.labels}) > 1

    @property
    def classes(self) -> tuple[int, ...] | None:
        """The classes that people agree on, None if there are none."""
        return self.labels[-1].content.classes if self.labels and not self.is_disputed else None

    def of(self, user_id: int) -> Label | None:
        """Return the label of one person."""
        return next((label for label in self.labels if label.content.by_id == user_id), None)


NOTHING = Standing()


def standing(labels: Sequence[Label]) -> Standing:
    """Return what is valid after `labels`, which are in the order in which they were stored."""
    undone = {label.content.base_label for label in labels if label.content.kind is LabelKind.UNDO}
    latest: dict[int, Label] = {}
    for label in labels:
        content = label.content
        if content.kind in _APART or content.kind is LabelKind.UNDO or label.label_id in undone:
            continue
        if content.kind is LabelKind.ADJUDICATED:
            latest.clear()
        latest.pop(content.by_id, None)
        latest[content.by_id] = label
    return Standing(tuple(latest.values()))


def kind_of(classes: Sequence[int], shown: Sequence[int], now: Standing, by_id: int) -> LabelKind:
    """
    Return the kind of a new label of `by_id`.

    `shown` are the classes that the model answered. The label of a third person on a disputed
    review decides the dispute.
    """
    if now.is_disputed and now.of(by_id) is None:
        return LabelKind.ADJUDICATED
    same = frozenset(classes) == frozenset(shown)
    return LabelKind.CONFIRM if same else LabelKind.CORRECT


def is_undoable(now: Standing, now_ms: int) -> bool:
    """Return whether anybody may still take a label back."""
    return any(undoable(now, label.content.by_id, now_ms) for label in now.labels)


def undoable(now: Standing, user_id: int, now_ms: int) -> Label | None:
    """Return the label that the person may still undo."""
    label = now.of(user_id)
    recent = label is not None and now_ms - label.content.settled_ms <= UNDO_MS
    return label if recent else None
