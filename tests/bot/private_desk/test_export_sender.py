"""/export sends consented labels to a lead, and the archive knows of the file."""

from collections.abc import Mapping, Sequence

import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError
from aiogram.methods import DeleteMessage, SendDocument, SendMessage
from aiogram.types import BufferedInputFile

from bot.archive.consents import Consents
from bot.archive.personal_data import PersonalData
from bot.private_desk.export_file import ExportRequest
from bot.private_desk.export_sender import ExportSender
from bot.private_desk.exporting import ConsentOf
from tests.bot.fake_telegram import Telegram, blocked, cut_off
from tests.bot.private_desk.bench import ANNA, OLGA, SAY, PrivateDesk
from tests.bot.samples import TAXONOMY

MONTH = ExportRequest(30)
AUTHOR = 600


def sender_of(desk: PrivateDesk, consent_of: ConsentOf) -> ExportSender:
    return ExportSender(desk.bot, desk.training_rows, desk.log, consent_of, TAXONOMY, SAY)


@pytest.fixture
async def agreed(private_desk: PrivateDesk) -> ExportSender:
    """Return a sender over three labelled reviews, whose first author agreed, the second not."""
    desk = private_desk
    yes = await desk.review("Согласен", user_id=AUTHOR)
    no = await desk.review("Не согласен", user_id=601)
    silent = await desk.review("Не ответил", user_id=602)
    for review in (yes, no, silent):
        await desk.says(OLGA, review, 5)

    async def consent_of(numbers: Sequence[int]) -> Mapping[int, bool]:
        assert set(numbers) == {yes.number, no.number, silent.number}
        return {yes.number: True, no.number: False}

    return sender_of(desk, consent_of)


async def test_only_consented_reviews_are_in_the_file_and_it_is_recorded(
    private_desk: PrivateDesk, agreed: ExportSender, telegram: Telegram
) -> None:
    await agreed.send(OLGA, MONTH)

    [sent] = telegram.said(SendDocument)
    assert isinstance(sent.document, BufferedInputFile)
    assert sent.chat_id == OLGA
    assert sent.document.filename == "labels-30d.jsonl"
    assert sent.document.data.decode().count("\n") == 1
    assert "Согласен" in sent.document.data.decode()
    assert sent.caption.startswith("1 отзыв за 30 дней")
    [file] = await private_desk.log.with_reviews_of(AUTHOR)
    assert (file.by_id, file.message_id) == (OLGA, 1000 + len(telegram.calls))
    assert await private_desk.log.with_reviews_of(601) == []
    assert await private_desk.log.times_of(AUTHOR) == {1: [file.made_ms]}


async def test_without_a_recorded_consent_no_file_is_sent(
    private_desk: PrivateDesk, telegram: Telegram
) -> None:
    await private_desk.says(OLGA, await private_desk.review(), 5)
    await sender_of(private_desk, Consents(private_desk.engine).agreed).send(OLGA, MONTH)

    assert not telegram.said(SendDocument)
    assert telegram.said(SendMessage)[0].text == SAY("export-empty", days=30)


async def test_a_refused_file_is_not_recorded_and_one_that_may_have_arrived_is(
    private_desk: PrivateDesk, agreed: ExportSender, telegram: Telegram
) -> None:
    telegram.next.append(blocked)
    with pytest.raises(TelegramForbiddenError):
        await agreed.send(OLGA, MONTH)
    assert await private_desk.log.with_reviews_of(AUTHOR) == []

    telegram.next.append(cut_off)
    with pytest.raises(TelegramNetworkError):
        await agreed.send(ANNA, MONTH)
    [file] = await private_desk.log.with_reviews_of(AUTHOR)
    assert (file.by_id, file.message_id) == (ANNA, None)


async def test_a_file_is_deleted_if_its_review_is_erased_during_sending(
    private_desk: PrivateDesk, agreed: ExportSender, telegram: Telegram
) -> None:
    begin = private_desk.log.begin

    class Log(type(private_desk.log)):  # type: ignore[misc]
        async def begin(self, numbers: Sequence[int], by_id: int | None, now_ms: int) -> int | None:
            begun = await begin(numbers, by_id, now_ms)
            await PersonalData(private_desk.engine).erase(AUTHOR)
            return begun

    log = Log(private_desk.engine)
    sender = ExportSender(agreed.bot, agreed.training_rows, log, agreed.consent_of, TAXONOMY, SAY)
    await sender.send(OLGA, MONTH)
    [deleted] = telegram.said(DeleteMessage)
    assert deleted.chat_id == OLGA
    assert telegram.said(SendMessage)[-1].text == SAY("list-removed")
