"""Which topics a review belongs to, and which groups of classes words name."""

from dataclasses import replace

import pytest

from bot.archive.desk_records import Label, LabelKind, NewLabel
from bot.archive.groups import TopicRefusal
from bot.archive.records import Review
from bot.archive.route_store import Route
from bot.desk.routing import (
    TRY_AGAIN_MS,
    added_topics,
    named_groups,
    routed_classes,
    topics_of,
)
from tests.bot.samples import REVIEW, TAXONOMY, answer
from triage.cascade import Confidence

DELIVERY = Route(-5, "delivery-time", 10, "Delivery")
COURIER = Route(-5, "courier", 20, "Couriers")
PRICE = Route(-5, "price", 10, "Delivery")


def classified(*classes: int, confidence: Confidence = Confidence.SURE) -> Review:
    return replace(REVIEW, answer=answer(classes, confidence))


@pytest.mark.parametrize(
    ("classes", "routes", "topics"),
    [
        ((3, 16), [DELIVERY, COURIER], (10, 20)),
        ((16, 3), [DELIVERY, COURIER], (20, 10)),
        ((3, 8), [DELIVERY, PRICE], (10,)),
        ((3, 16), [COURIER], (20,)),
        ((8,), [COURIER], ()),
        ((3,), [], ()),
    ],
)
def test_a_review_belongs_once_to_each_topic_of_its_classes(
    classes: tuple[int, ...], routes: list[Route], topics: tuple[int, ...]
) -> None:
    assert topics_of(classes, routes, TAXONOMY, 0) == topics


def test_undecided_and_unread_reviews_are_not_routed_by_class() -> None:
    unsure = classified(3, confidence=Confidence.PERSON)
    assert routed_classes(unsure, [], TAXONOMY) == ()
    assert routed_classes(replace(unsure, answer=None), [], TAXONOMY) == ()
    assert routed_classes(classified(3), [], TAXONOMY) == (3,)


def test_a_refused_topic_is_retried_later_even_if_the_clock_was_set_back() -> None:
    closed = replace(DELIVERY, refusal=TopicRefusal.CLOSED, refused_ms=1_000_000)
    found = {
        now: topics_of((3,), [closed], TAXONOMY, now)
        for now in (1_000_000, 1_000_000 + TRY_AGAIN_MS, 999_999)
    }
    assert list(found.values()) == [(), (10,), (10,)]


def label(*classes: int, by_id: int = 7, label_id: int = 1) -> Label:
    said = NewLabel(by_id, LabelKind.CORRECT, classes, "m", "1", TAXONOMY.digest, settled_ms=0)
    return Label(label_id, 1, said)


def added(review: Review, *labels: Label, others: int | None = None) -> tuple[int, ...]:
    return added_topics(review, labels, [DELIVERY, COURIER], TAXONOMY, 0, others=others)


def test_a_label_adds_only_topics_that_the_review_was_not_in() -> None:
    assert added(classified(3), label(16)) == (20,)
    assert added(classified(3), label(3, 16)) == (20,)
    assert added(classified(3), label(8)) == ()
    assert added(classified(3), label(3)) == ()


def test_a_repeated_correction_or_an_open_dispute_adds_no_topic() -> None:
    assert added(classified(3), label(16), label(3), label(16)) == ()
    assert added(classified(8), label(16), label(3, by_id=8)) == ()
    assert added(classified(8), label(16), label(3, by_id=8), label(3, by_id=7)) == (10,)


def test_an_undecided_review_is_not_added_again_to_the_topic_of_other_cards() -> None:
    unsure = classified(3, confidence=Confidence.PERSON)
    assert added(unsure, label(3), others=99) == (10,)
    assert added(unsure, label(3), others=10) == ()


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("courier", ["courier"]),
        (" КУРЬЕРЫ ", ["courier"]),
        ("курьер", ["courier"]),
        ("Couriers", ["courier"]),
        ("заказ", ["order", "price"]),
        ("", []),
        ("нет", []),
    ],
)
def test_a_class_group_is_found_by_slug_or_title_or_a_part_of_one(
    words: str, slugs: list[str]
) -> None:
    assert [group.slug for group in named_groups(words, TAXONOMY)] == slugs
