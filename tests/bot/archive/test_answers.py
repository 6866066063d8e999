"""What the archive keeps of answers, on SQLite and on PostgreSQL."""

import asyncio
from uuid import uuid4

from bot.archive.records import Review
from bot.archive.reviews import Reviews
from tests.bot.samples import MODEL, failed, new, outcome
from triage.cascade import Confidence, Decision
from triage.queue.messages import ModelName

NOW_MS = 1_700_000_000_000


async def again(archive: Reviews, review: Review) -> Review:
    found = await archive.by_number(review.number)
    assert found is not None
    return found


async def test_an_outcome_is_stored_with_all_fields_of_the_answer(archive: Reviews) -> None:
    review = await archive.accept(new())
    told = outcome(review.review_id, (3, 5))
    assert await archive.record(review.number, told, NOW_MS)
    answer = (await again(archive, review)).answer
    assert answer is not None
    assert answer.model == MODEL
    assert answer.probabilities == told.probabilities
    assert answer.decision == Decision((3, 5), 0.55, Confidence.SURE)
    assert answer.error is None


async def test_an_undecided_outcome_is_stored_without_a_rung(archive: Reviews) -> None:
    review = await archive.accept(new())
    undecided = Decision((19,), None, Confidence.PERSON)
    await archive.record(review.number, outcome(review.review_id, decision=undecided), NOW_MS)
    answer = (await again(archive, review)).answer
    assert answer is not None
    assert answer.decision == undecided


async def test_the_reason_of_a_failed_outcome_is_stored_truncated(archive: Reviews) -> None:
    review = await archive.accept(new())
    await archive.record(review.number, failed(review.review_id, "x" * 500), NOW_MS)
    answer = (await again(archive, review)).answer
    assert answer is not None
    assert (answer.decision, answer.probabilities) == (None, ())
    assert answer.error == "x" * 200


async def test_an_outcome_with_a_very_long_model_name_is_stored(archive: Reviews) -> None:
    review = await archive.accept(new())
    endless = ModelName(name="n" * 500, version="v" * 500)
    assert await archive.record(review.number, outcome(review.review_id, model=endless), NOW_MS)


async def test_a_second_outcome_of_a_review_is_ignored(archive: Reviews) -> None:
    review = await archive.accept(new())
    assert await archive.record(review.number, outcome(review.review_id, (3,)), NOW_MS)
    assert not await archive.record(review.number, outcome(review.review_id, (5,)), NOW_MS)
    answer = (await again(archive, review)).answer
    assert answer is not None
    assert answer.decision is not None
    assert answer.decision.classes == (3,)


async def test_only_one_of_ten_concurrent_outcomes_is_stored(archive: Reviews) -> None:
    review = await archive.accept(new())
    told = [outcome(review.review_id, (class_id,)) for class_id in range(10)]
    stands = await asyncio.gather(*(archive.record(review.number, o, NOW_MS) for o in told))
    assert sum(stands) == 1
    answer = (await again(archive, review)).answer
    assert answer is not None
    assert answer.decision == told[stands.index(True)].decision


async def test_an_outcome_of_an_erased_review_is_dropped(archive: Reviews) -> None:
    assert not await archive.record(77, outcome(uuid4()), NOW_MS)


async def test_only_the_first_delivery_result_is_stored(archive: Reviews) -> None:
    review = await archive.accept(new())
    await archive.answered(review.number, 5, "file")
    await archive.gave_up(review.number, 6, "message to edit not found")
    await archive.answered(review.number, 7, "other")
    review = await again(archive, review)
    assert (review.answered_ms, review.undelivered, review.chart_file_id) == (5, None, "file")


async def test_giving_up_stores_the_reason(archive: Reviews) -> None:
    review = await archive.accept(new())
    await archive.gave_up(review.number, 5, "Forbidden: " + "x" * 500)
    review = await again(archive, review)
    assert review.answered_ms == 5
    assert review.undelivered == ("Forbidden: " + "x" * 500)[:200]


async def test_only_one_of_several_concurrent_delivery_results_is_stored(archive: Reviews) -> None:
    review = await archive.accept(new())
    ends = [archive.answered(review.number, n, f"file-{n}") for n in range(1, 10)]
    await asyncio.gather(*ends, archive.gave_up(review.number, 10, "blocked"))
    review = await again(archive, review)
    if review.answered_ms == 10:
        assert (review.undelivered, review.chart_file_id) == ("blocked", None)
    else:
        assert (review.undelivered, review.chart_file_id) == (None, f"file-{review.answered_ms}")


async def test_each_picture_has_its_own_file_id(archive: Reviews) -> None:
    review = await archive.accept(new())
    await asyncio.gather(
        archive.keep_picture(review.number, every_class=True, file_id="all"),
        archive.keep_picture(review.number, every_class=False, file_id="chart"),
    )
    review = await again(archive, review)
    assert (review.all_file_id, review.chart_file_id) == ("all", "chart")


async def test_the_late_notice_can_be_claimed_once_for_each_review(archive: Reviews) -> None:
    first, second = await archive.accept(new()), await archive.accept(new())
    rings = await asyncio.gather(*(archive.claim_late_notice(first.number) for _ in range(20)))
    assert sum(rings) == 1
    assert await archive.claim_late_notice(second.number)
    assert not await archive.claim_late_notice(first.number)


async def test_answers_are_counted_within_a_time_range(archive: Reviews) -> None:
    for ended_ms in (NOW_MS - 2, NOW_MS - 1, NOW_MS):
        review = await archive.accept(new())
        await archive.answered(review.number, ended_ms)
    await archive.accept(new())
    assert await archive.count_answered(NOW_MS - 2, NOW_MS + 10_000) == 2
    assert await archive.count_answered(NOW_MS - 2, NOW_MS - 1) == 1, (
        "later moments count for nothing"
    )


async def test_a_digest_counts_as_one_message_to_the_group(archive: Reviews) -> None:
    numbers = [(await archive.accept(new())).number for _ in range(4)]
    shown = {"chat_id": -5, "digest": False}
    await archive.record_card(numbers[:1], message_id=1, now_ms=NOW_MS - 100, **shown)
    await archive.record_card(numbers[1:2], message_id=2, now_ms=NOW_MS - 50, **shown)
    digest = {"chat_id": -5, "digest": True}
    await archive.record_card(numbers[2:], message_id=3, now_ms=NOW_MS, **digest)
    assert sorted(await archive.shown_since(NOW_MS - 100)) == [NOW_MS - 50, NOW_MS]
    assert sorted(await archive.shown_since(0)) == [NOW_MS - 100, NOW_MS - 50, NOW_MS]
