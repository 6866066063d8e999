"""What the archive holds about authors: consents, own checks, bans, marks of texts, photos."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_checks import SOMETHING_ELSE, AuthorCheck, AuthorChecks
from bot.archive.author_notes import AuthorNote, AuthorNotes
from bot.archive.author_tables import consents, photos
from bot.archive.bans import Ban, BanKind, Bans
from bot.archive.case_store import CaseStore
from bot.archive.consents import Consents
from bot.archive.desk_records import Case, CaseEvent, CaseState, LabelKind, NewLabel
from bot.archive.erasure_store import ErasureStore
from bot.archive.link_store import DueLink, LinkStore
from bot.archive.old_reviews import OldReviews
from bot.archive.personal_data import PersonalData
from bot.archive.photo_store import PhotoStore, ShownPhoto
from bot.archive.queue_store import QueueStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.shown_cards import ShownCards
from bot.archive.tables import reviews as rows
from bot.archive.text_marks import TextMarks, mark_of, normalized
from tests.bot.group import GROUP, answered
from tests.bot.samples import SEAL, new
from triage.sealing import Seal

AUTHOR, OTHER, NOW = 555, 556, 1_700_000_000_000
COMPLAINT = "Курьер опоздал на два часа"
NO = AuthorCheck(is_right=False, about=None, at_ms=100)


async def change(cases: CaseStore, number: int, state: CaseState, *classes: int, at: int) -> None:
    """Change the state of a case, and settle on classes if there are any."""
    before = await cases.case(number)
    after = replace(before, state=state, version=before.version + 1)
    label = NewLabel(7, LabelKind.CORRECT, classes, "m", "1", "t", at) if classes else None
    event = CaseEvent("test", f"test:{number}:{after.version}", at, 7)
    await cases.change(before, after, event, label)


async def test_consent_is_asked_once_and_has_no_default(engine: AsyncEngine) -> None:
    known = Consents(engine)
    assert await known.claim_question(AUTHOR, 1)
    assert not await known.claim_question(AUTHOR, 2)
    assert (await known.of(AUTHOR)).is_given is None

    await known.was_not_asked(AUTHOR)
    assert await known.claim_question(AUTHOR, 3)


async def test_consent_can_be_revoked_and_is_not_asked_for_again(engine: AsyncEngine) -> None:
    known = Consents(engine)
    assert await known.decide(AUTHOR, is_given=True, now_ms=5)
    assert not await known.decide(AUTHOR, is_given=True, now_ms=6)
    assert (await known.of(AUTHOR)).decided_ms == 5, "the same choice stores nothing"
    await known.was_not_asked(AUTHOR)
    assert (await known.of(AUTHOR)).is_given is True
    assert await known.decide(AUTHOR, is_given=False, now_ms=7)
    assert not await known.claim_question(AUTHOR, 8)


async def test_only_a_consented_review_without_spam_or_ban_may_be_used_for_training(
    engine: AsyncEngine, archive: Reviews
) -> None:
    review = await answered(archive)
    known, cases, bans = Consents(engine), CaseStore(engine, SEAL), Bans(engine)
    assert not await known.may_train(review.number)
    await known.decide(AUTHOR, is_given=True, now_ms=5)
    assert await known.may_train(review.number)

    await change(cases, review.number, CaseState.SPAM, at=6)
    assert not await known.may_train(review.number)
    await change(cases, review.number, CaseState.NEW, at=7)
    await bans.put(Ban(AUTHOR, BanKind.SILENT, review.number, 8), 7)
    assert not await known.may_train(review.number)
    await bans.lift(AUTHOR)
    assert await known.may_train(review.number)

    await OldReviews(engine, SEAL).expire([review.number], 9)
    assert not await known.may_train(review.number)
    await known.decide(AUTHOR, is_given=False, now_ms=10)
    assert not await known.may_train(999)


async def test_a_review_disputed_by_its_author_is_listed_until_a_moderator_labels_it(
    engine: AsyncEngine, archive: Reviews
) -> None:
    checks, cases = AuthorChecks(engine), CaseStore(engine, SEAL)
    numbers = [(await answered(archive)).number for _ in range(4)]
    for place, number in enumerate(numbers):
        assert await checks.put(number, replace(NO, at_ms=100 + place))
    await checks.put(numbers[0], AuthorCheck(is_right=True, about=None, at_ms=200))
    await change(cases, numbers[1], CaseState.SPAM, at=300)
    await change(cases, numbers[2], CaseState.NEW, 3, at=50)  # before the author said no
    queue = QueueStore(engine, SEAL)
    assert await queue.author_said_no(7, 400) == [numbers[3], numbers[2]]

    await change(cases, numbers[3], CaseState.NEW, 5, at=300)
    assert await queue.author_said_no(7, 400) == [numbers[2]]


async def test_an_author_check_is_not_stored_as_a_label(
    engine: AsyncEngine, archive: Reviews
) -> None:
    checks, review = AuthorChecks(engine), await answered(archive)
    await checks.put(review.number, replace(NO, about=SOMETHING_ELSE))

    assert await CaseStore(engine, SEAL).labels(review.number) == []
    assert await checks.of(review.number) == replace(NO, about=SOMETHING_ELSE)
    assert not await checks.put(999, NO)


async def test_the_same_author_check_again_stores_nothing(
    engine: AsyncEngine, archive: Reviews
) -> None:
    checks, number = AuthorChecks(engine), (await answered(archive)).number
    for at_ms in (100, 200):
        assert await checks.put(number, replace(NO, at_ms=at_ms)) == NO
    other = replace(NO, about=SOMETHING_ELSE, at_ms=300)
    assert await checks.put(number, other) == other
    assert await checks.put(number, replace(other, at_ms=400)) == other


async def test_a_silent_ban_holds_back_cards_until_it_is_lifted(
    engine: AsyncEngine, archive: Reviews
) -> None:
    bans = Bans(engine)
    hidden = await answered(archive)
    heard = await answered(archive, user_id=OTHER)
    await bans.put(Ban(AUTHOR, BanKind.SILENT, hidden.number, 5), 7)
    assert [review.number for review in await archive.without_card(9)] == [heard.number]
    assert await archive.count_without_card() == 1
    assert await archive.count_passed_over() == 0

    await bans.put(Ban(AUTHOR, BanKind.OPEN, hidden.number, 6), 7)
    assert await bans.newest() == [Ban(AUTHOR, BanKind.OPEN, hidden.number, 6)]
    assert await archive.count_without_card() == 2
    assert await bans.lift(AUTHOR)
    assert not await bans.lift(AUTHOR)
    assert await bans.of(AUTHOR) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("курьер ОПОЗДАЛ на два часа!!!", True),
        ("Курьер  опоздал\nна два часа.", True),
        ("Курьер опоздал на три часа", False),
    ],
)
async def test_a_text_repeated_within_a_day_is_recognised_in_another_spelling(
    engine: AsyncEngine, archive: Reviews, text: str, same: bool
) -> None:
    sent = await archive.accept(new(text=COMPLAINT, accepted_ms=NOW))
    marks = TextMarks(engine, SEAL)
    found = await marks.repeated(AUTHOR, text, "another form", NOW + 1000)
    assert found == (sent.number if same else None)
    assert await marks.repeated(OTHER, text, "another form", NOW + 1000) is None
    assert await marks.repeated(AUTHOR, text, "another form", NOW + 25 * 3_600_000) is None


async def test_a_sent_form_is_not_a_duplicate_of_itself(
    engine: AsyncEngine, archive: Reviews
) -> None:
    await archive.accept(new(text=COMPLAINT, accepted_ms=NOW, form_id="one"))
    assert await TextMarks(engine, SEAL).repeated(AUTHOR, COMPLAINT, "one", NOW) is None


async def test_other_authors_of_the_same_long_text_are_counted_once_each(
    engine: AsyncEngine, archive: Reviews
) -> None:
    sent = [
        await archive.accept(new(text=text, user_id=user, accepted_ms=NOW))
        for text in (COMPLAINT, "Хорошо")
        for user in (AUTHOR, AUTHOR, OTHER, 557)
    ]
    marks = TextMarks(engine, SEAL)
    assert await marks.other_authors(sent[0].number) == 2
    assert await marks.other_authors(sent[4].number) == 0, "short texts are equal by chance"
    assert await marks.other_authors(999) == 0


def test_a_text_mark_depends_on_the_key() -> None:
    assert mark_of(COMPLAINT, SEAL) == mark_of(COMPLAINT.upper(), SEAL)
    assert mark_of(COMPLAINT, SEAL) != mark_of(COMPLAINT, Seal([b"A" * 43 + b"="]))
    assert normalized("🙂 !") == "🙂 !"


async def with_photos(archive: Reviews, *, file_ids: tuple[str, ...] = ("a", "b")) -> Review:
    """Return an answered review with photos and a card (message 70) in the group."""
    review = await answered(archive, photos=file_ids)
    shown = {"chat_id": GROUP, "message_id": 70, "digest": False}
    await archive.record_card([review.number], **shown, now_ms=7)
    return review


async def test_photo_file_ids_are_encrypted_and_wait_for_the_card_of_the_review(
    engine: AsyncEngine, archive: Reviews
) -> None:
    store = PhotoStore(engine, SEAL)
    uncarded = await answered(archive, photos=("only",))
    review = await with_photos(archive)
    [album] = await store.waiting(GROUP)
    assert (album.number, album.card_id, album.file_ids) == (review.number, 70, ("a", "b"))
    assert await store.count(uncarded.number) == 1
    for number, count in ((uncarded.number, 1), (review.number, 2)):
        found = await archive.by_number(number)
        assert found is not None
        assert found.photos == count
    link = DueLink(uncarded.number, 7, GROUP, 70)
    assert await LinkStore(engine).sent(link, 99, 7)
    assert len(await store.waiting(GROUP)) == 1, "a line is no card"
    async with engine.connect() as connection:
        sealed = list(await connection.scalars(select(photos.c.sealed_file_id)))
    assert all(b"only" not in each and each not in (b"a", b"b") for each in sealed)

    for photo_id, message_id in zip(album.ids, (71, 72), strict=True):
        assert await store.shown(photo_id, GROUP, message_id, 8)
    assert await store.waiting(GROUP) == []
    shown = await store.messages_of(AUTHOR)
    assert shown == [ShownPhoto(album.ids[0], GROUP, 71), ShownPhoto(album.ids[1], GROUP, 72)]


async def test_photos_of_an_expired_review_are_deleted_after_their_messages(
    engine: AsyncEngine, archive: Reviews
) -> None:
    store, review = PhotoStore(engine, SEAL), await with_photos(archive)
    [album] = await store.waiting(GROUP)
    await store.shown(album.ids[0], GROUP, 71, 8)
    await OldReviews(engine, SEAL).expire([review.number], 9)
    [left] = await store.expired_messages(5)
    assert (left.photo_id, await store.count(review.number)) == (album.ids[0], 1)
    await store.delete([left.photo_id])
    assert await store.expired_messages(5) == []


async def test_an_erasure_deletes_everything_except_the_ban(
    engine: AsyncEngine, archive: Reviews
) -> None:
    review = await with_photos(archive)
    await Consents(engine).decide(AUTHOR, is_given=True, now_ms=5)
    await AuthorChecks(engine).put(review.number, NO)
    await Bans(engine).put(Ban(AUTHOR, BanKind.OPEN, review.number, 5), 7)
    await ErasureStore(engine).ask(AUTHOR, 7, "ru", None, 6)
    await PersonalData(engine).erase(AUTHOR)

    async with engine.connect() as connection:
        for table in (photos, consents, rows):
            assert await connection.scalar(select(func.count()).select_from(table)) == 0
    assert await AuthorChecks(engine).of(review.number) is None
    assert await Bans(engine).of(AUTHOR) is not None


async def test_an_author_note_contains_all_author_data_of_a_card(
    engine: AsyncEngine, archive: Reviews
) -> None:
    review, notes = await with_photos(archive), AuthorNotes(engine)
    assert await notes.of(review.number) == AuthorNote(AUTHOR, photos=2)
    await Consents(engine).decide(AUTHOR, is_given=True, now_ms=5)
    await AuthorChecks(engine).put(review.number, NO)
    assert await notes.of(review.number) == AuthorNote(AUTHOR, True, True, NO, None, 2)

    await Bans(engine).put(Ban(AUTHOR, BanKind.SILENT, review.number, 5), 7)
    noted = await notes.of(review.number)
    assert noted == AuthorNote(AUTHOR, False, True, NO, BanKind.SILENT, 2)
    assert await notes.of(999) is None


async def test_all_cards_of_an_author_are_edited_even_if_their_cases_are_unchanged(
    engine: AsyncEngine, archive: Reviews
) -> None:
    review, shown = await with_photos(archive), ShownCards(engine)
    assert await shown.next_stale(GROUP, NOW) is None
    consents, bans = Consents(engine), Bans(engine)

    async def edited() -> bool:
        card = await shown.next_stale(GROUP, NOW)
        if card is not None:
            assert card.number == review.number
            await shown.edited(card, Case(review.number).version, -NOW)
        return card is not None

    for given in (True, False):
        assert await consents.decide(AUTHOR, is_given=given, now_ms=5)
        assert (await edited(), await edited()) == (True, False)
    assert not await consents.decide(AUTHOR, is_given=False, now_ms=6)
    assert not await edited(), "the same choice again changes nothing"
    await bans.put(Ban(AUTHOR, BanKind.OPEN, review.number, 5), 7)
    assert (await edited(), await edited()) == (True, False)
    assert await bans.lift(AUTHOR)
    assert (await edited(), await edited()) == (True, False)


async def test_what_an_author_chooses_during_an_edit_is_shown_by_another_edit(
    engine: AsyncEngine, archive: Reviews
) -> None:
    review, shown = await with_photos(archive), ShownCards(engine)
    await Consents(engine).decide(AUTHOR, is_given=True, now_ms=5)
    begun = await shown.next_stale(GROUP, NOW)
    assert begun is not None
    await Consents(engine).decide(AUTHOR, is_given=False, now_ms=6)
    await shown.edited(begun, Case(review.number).version, NOW)
    assert await shown.next_stale(GROUP, NOW) is None, "an edit in five seconds at most"
    assert await shown.next_stale(GROUP, 2 * NOW) is not None
