"""Photos of reviews in the group: an album below the card, sent once, given up one by one."""

from io import BytesIO

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    DeleteMessage,
    EditMessageMedia,
    SendMediaGroup,
    SendPhoto,
)
from aiogram.types import InputMediaPhoto
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.personal_data import PersonalData
from bot.archive.photo_store import PhotoStore
from bot.archive.reviews import Reviews
from bot.dialogue.blank_picture import HEIGHT_PX, WIDTH_PX, blank_png
from bot.dialogue.group_post import GroupPost
from bot.dialogue.message_clearing import SentMessage, clear_message
from bot.dialogue.photo_sender import PhotoSender
from bot.telegram.retry import messages_of
from tests.bot.archive.test_authors import AUTHOR, with_photos
from tests.bot.fake_telegram import Telegram, refused
from tests.bot.group import GROUP, not_counted, set_group
from tests.bot.samples import SEAL, TEXTS

WRONG_FILE = refused("Bad Request: wrong file identifier/HTTP URL specified")


@pytest.fixture
def store(sqlite_engine: AsyncEngine) -> PhotoStore:
    return PhotoStore(sqlite_engine, SEAL)


def sender(bot: Bot, reviews: Reviews, store: PhotoStore, *, paced: bool = False) -> PhotoSender:
    post = GroupPost(bot, set_group(), not_counted, paced=paced)
    return PhotoSender(bot, store, post, TEXTS["ru"])


async def test_photos_are_sent_once_as_one_album_below_the_card(
    bot: Bot, telegram: Telegram, reviews: Reviews, store: PhotoStore
) -> None:
    review = await with_photos(reviews, file_ids=("a", "b", "c"))
    for _ in range(2):
        await sender(bot, reviews, store).round()
    [album] = telegram.said(SendMediaGroup)
    assert [medium.media for medium in album.media] == ["a", "b", "c"]
    assert album.reply_parameters.message_id == 70
    assert album.media[0].caption == f"Фото к отзыву № {review.number}"
    assert [photo.message_id for photo in await store.messages_of(AUTHOR)] == [2000, 2001, 2002]
    assert messages_of(album) == 3, "each photo of an album counts in the group"


async def test_a_single_photo_is_not_sent_as_an_album(
    bot: Bot, telegram: Telegram, reviews: Reviews, store: PhotoStore
) -> None:
    await with_photos(reviews, file_ids=("a",))
    await sender(bot, reviews, store).round()
    assert telegram.said(SendMediaGroup) == []
    [sent] = telegram.said(SendPhoto)
    assert (sent.photo, sent.reply_parameters.message_id) == ("a", 70)


async def test_the_valid_photos_of_a_refused_album_are_sent_one_by_one(
    bot: Bot, telegram: Telegram, reviews: Reviews, store: PhotoStore
) -> None:
    await with_photos(reviews)
    telegram.next.extend([WRONG_FILE, WRONG_FILE])  # the album, then its first photo
    await sender(bot, reviews, store).round()
    assert [sent.photo for sent in telegram.said(SendPhoto)] == ["a", "b"]
    assert await store.waiting(GROUP) == []
    assert len(await store.messages_of(AUTHOR)) == 1


async def test_photos_stay_pending_if_the_topic_is_closed(
    bot: Bot, telegram: Telegram, reviews: Reviews, store: PhotoStore
) -> None:
    await with_photos(reviews)
    telegram.next.append(refused("Bad Request: TOPIC_CLOSED"))
    with pytest.raises(TelegramBadRequest):
        await sender(bot, reviews, store).round()
    assert len(await store.waiting(GROUP)) == 1


async def test_photos_of_a_review_that_is_erased_meanwhile_are_deleted(
    bot: Bot, telegram: Telegram, reviews: Reviews, store: PhotoStore
) -> None:
    await with_photos(reviews)
    [album] = await store.waiting(GROUP)
    await PersonalData(reviews._engine).erase(AUTHOR)
    await sender(bot, reviews, store)._send(album)
    assert [gone.message_id for gone in telegram.said(DeleteMessage)] == [2000, 2001]


async def test_an_old_photo_of_an_album_is_replaced_by_a_picture_not_by_a_file(
    bot: Bot, telegram: Telegram
) -> None:
    telegram.next.append(refused("Bad Request: message can't be deleted for everyone"))
    photo = SentMessage(GROUP, 71, has_file=True, is_bots=True, is_photo=True)
    assert await clear_message(bot, photo, "Удалено")
    [edit] = telegram.said(EditMessageMedia)
    assert isinstance(edit.media, InputMediaPhoto)


def test_the_blank_picture_is_a_valid_image_of_one_colour() -> None:
    with Image.open(BytesIO(blank_png())) as image:
        assert image.size == (WIDTH_PX, HEIGHT_PX)
        assert image.getcolors() == [(WIDTH_PX * HEIGHT_PX, 0xC0)]
