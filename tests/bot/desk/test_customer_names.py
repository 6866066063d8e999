import pytest
from aiogram import Bot
from aiogram.methods import GetChat
from aiogram.types import ChatFullInfo

from bot.desk.customer_names import CACHE_S, CustomerNames, alias
from tests.bot.fake_telegram import Telegram, blocked
from tests.bot.samples import SEAL, TEXTS
from triage.sealing import Seal

RU = TEXTS["ru"]


class Asked:
    """A bot that knows one first name, and counts how often it was asked."""

    def __init__(self, name: str) -> None:
        self.name, self.times = name, 0

    async def get_chat(self, user_id: int) -> ChatFullInfo:
        self.times += 1
        return ChatFullInfo.model_construct(id=user_id, first_name=self.name)


async def test_the_style_number_shows_no_name(bot: Bot, telegram: Telegram) -> None:
    assert await CustomerNames(bot, SEAL, RU, "number").name(555) == ""
    assert telegram.calls == []


async def test_an_alias_is_stable_for_a_person_and_depends_on_the_key(bot: Bot) -> None:
    names = CustomerNames(bot, SEAL, RU, "alias")
    first = await names.name(555)
    assert first == await names.name(555) == alias(555, SEAL, RU)
    assert first != alias(556, SEAL, RU)
    assert first != alias(555, Seal([b"A" * 43 + b"="]), RU)
    animal, number = first.split()
    assert animal in RU("alias-animals").split()
    assert 1000 <= int(number) <= 9999
    assert len({alias(person, SEAL, RU) for person in range(500)}) > 490


def test_both_languages_have_the_same_number_of_animals() -> None:
    counts = {len(set(TEXTS[language]("alias-animals").split())) for language in ("ru", "en")}
    assert counts == {40}


@pytest.mark.parametrize(
    ("told", "shown"), [("Анна\n\u202eПетровна", "Анна Петровна"), ("я" * 30, "я" * 23 + "…")]
)
async def test_a_first_name_is_requested_cleaned_and_cached(told: str, shown: str) -> None:
    asked, now_s = Asked(told), [0.0]
    names = CustomerNames(asked, SEAL, RU, "first_name", lambda: now_s[0])  # type: ignore[arg-type]
    assert [await names.name(555), await names.name(555)] == [shown, shown]
    assert asked.times == 1
    now_s[0] = CACHE_S + 1
    await names.name(555)
    assert asked.times == 2


async def test_a_first_name_that_telegram_does_not_return_is_omitted(
    bot: Bot, telegram: Telegram
) -> None:
    telegram.next.append(blocked)
    assert await CustomerNames(bot, SEAL, RU, "first_name").name(555) == ""
    assert len(telegram.said(GetChat)) == 1
