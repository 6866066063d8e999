import time
from collections import deque
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    RestartingTelegram,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    CopyMessage,
    EditMessageText,
    ForwardMessage,
    GetUpdates,
    Response,
    SendMessage,
    SendPhoto,
    SetMyCommands,
    TelegramMethod,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.metrics import BotMetrics
from bot.telegram.outgoing import OutgoingQueue
from bot.telegram.retry import ATTEMPTS, FIRST_PAUSE_S, Retrying, pause_s
from triage.queue.streams import Connections

EDIT = EditMessageText(text="x", chat_id=1, message_id=1)
SEND = SendMessage(chat_id=1, text="x")

SENDS = ("sendMessage", "sendPhoto", "sendDocument", "forwardMessage", "copyMessage")
REPEATABLE = ("editMessageText", "editMessageMedia", "answerCallbackQuery", "getFile")


def network(method: TelegramMethod[Any]) -> TelegramAPIError:
    return TelegramNetworkError(method, "Request timeout error")


def server(method: TelegramMethod[Any]) -> TelegramAPIError:
    return TelegramServerError(method, "Internal Server Error")


def restarting(method: TelegramMethod[Any]) -> TelegramAPIError:
    return RestartingTelegram(method, "restart")


def bad(method: TelegramMethod[Any]) -> TelegramAPIError:
    return TelegramBadRequest(method, "Bad Request: chat not found")


def blocked(method: TelegramMethod[Any]) -> TelegramAPIError:
    return TelegramForbiddenError(method, "Forbidden: bot was blocked by the user")


def flood(method: TelegramMethod[Any], retry_after: int = 7) -> TelegramAPIError:
    return TelegramRetryAfter(method, "Too Many Requests", retry_after=retry_after)


def unreadable(_: TelegramMethod[Any]) -> Exception:
    return ClientDecodeError("Failed to decode object", ValueError(), "<html>502</html> text")


@pytest.mark.parametrize("error", [network, server, restarting])
def test_retryable_errors_are_retried_with_doubling_pauses(error: Any) -> None:
    pauses = [pause_s(error(EDIT), "editMessageText", n) for n in range(1, ATTEMPTS + 1)]
    assert pauses == [0.25, 0.5, 1.0, 2.0, None]


@pytest.mark.parametrize("method", SENDS)
@pytest.mark.parametrize("error", [network, server, restarting])
def test_a_send_that_may_have_been_delivered_is_not_retried(error: Any, method: str) -> None:
    assert pause_s(error(SEND), method, 1) is None


@pytest.mark.parametrize("method", [*SENDS, *REPEATABLE])
@pytest.mark.parametrize("error", [bad, blocked])
def test_permanent_errors_are_not_retried(error: Any, method: str) -> None:
    assert pause_s(error(EDIT), method, 1) is None


@given(
    st.integers(1, 5000),
    st.integers(1, 100),
    st.sampled_from([*SENDS, *REPEATABLE]),
)
def test_no_retry_is_earlier_than_telegram_asked(after_s: int, attempt: int, method: str) -> None:
    """It refused the call, so that even a send may be repeated."""
    waited_s = pause_s(flood(SEND, after_s), method, attempt)
    assert waited_s is not None
    assert waited_s >= after_s


@pytest.fixture
def retrying(fake_connections: Connections) -> Retrying:
    return Retrying(BotMetrics(), OutgoingQueue(fake_connections.commands))


class Line:
    """A connection that fails as told and then works; keeps when it was used."""

    def __init__(self, *failures: Any) -> None:
        self._failures = deque(failures)
        self.moments_s: list[float] = []

    async def __call__(self, _: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        self.moments_s.append(time.monotonic())
        if self._failures:
            raise self._failures.popleft()(method)
        return Response(ok=True, result=True)


async def test_an_edit_is_retried_after_a_network_error(retrying: Retrying, bot: Bot) -> None:
    line = Line(network)
    assert (await retrying(line, bot, EDIT)).ok
    first_s, second_s = line.moments_s
    assert second_s - first_s >= FIRST_PAUSE_S


async def test_a_rate_limited_send_waits_as_long_as_telegram_asked(
    retrying: Retrying, bot: Bot
) -> None:
    line = Line(lambda method: flood(method, 1))
    assert (await retrying(line, bot, SEND)).ok
    first_s, second_s = line.moments_s
    assert second_s - first_s >= 1


@pytest.mark.parametrize(
    "method",
    [
        SEND,
        SendPhoto(chat_id=1, photo="x"),
        ForwardMessage(chat_id=1, from_chat_id=2, message_id=3),
        CopyMessage(chat_id=1, from_chat_id=2, message_id=3),
    ],
)
@pytest.mark.parametrize("failure", [network, server, unreadable])
async def test_a_send_is_made_only_once_after_a_network_or_server_error(
    retrying: Retrying, bot: Bot, method: TelegramMethod[Any], failure: Any
) -> None:
    line = Line(failure)
    with pytest.raises(TelegramAPIError):
        await retrying(line, bot, method)
    assert len(line.moments_s) == 1


@pytest.mark.parametrize("failure", [network, unreadable])
async def test_an_answer_to_a_tap_is_retried(retrying: Retrying, bot: Bot, failure: Any) -> None:
    line = Line(failure)
    assert (await retrying(line, bot, AnswerCallbackQuery(callback_query_id="1"))).ok
    assert len(line.moments_s) == 2


async def test_an_unreadable_response_is_a_server_error_that_does_not_quote_it(
    retrying: Retrying,
    bot: Bot,
) -> None:
    with pytest.raises(TelegramServerError, match="unreadable answer") as caught:
        await retrying(Line(unreadable), bot, SEND)
    assert "502" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("method", [GetUpdates(), SetMyCommands(commands=[])])
@pytest.mark.parametrize("failure", [network, flood])
async def test_polling_and_menu_calls_are_not_retried(
    retrying: Retrying, bot: Bot, method: TelegramMethod[Any], failure: Any
) -> None:
    line = Line(failure)
    with pytest.raises(TelegramAPIError):
        await retrying(line, bot, method)
    assert len(line.moments_s) == 1
