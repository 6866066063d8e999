"""Invented reviews, about as long as those of real customers, and the same for the same seed."""

import random
from uuid import UUID

from benchmarks.reviews.lengths import SYNTHETIC_LONGEST, SYNTHETIC_MEAN
from triage.queue.messages import Job
from triage.review import LANGUAGES

WORDS = (
    "курьер",
    "заказ",
    "привезли",
    "опоздал",
    "долго",
    "быстро",
    "дорого",
    "цена",
    "скидка",
    "магазин",
    "товар",
    "молоко",
    "хлеб",
    "испорчен",
    "свежий",
    "спасибо",
    "приложение",
    "зависает",
    "поддержка",
    "не",
    "ответила",
    "промокод",
    "сняли",
    "деньги",
    "два",
    "часа",
    "снова",
    "опять",
    "очень",
    "плохо",
    "хорошо",
    "удобно",
    "пакет",
    "разорван",
    "вежливый",
)
TAGS = ("DELIVERY", "PRICE", "ASSORTMENT", "PROMOTIONS")


def jobs(count: int, seed: int = 0) -> list[Job]:
    """Return jobs of different reviews."""
    chance = random.Random(seed)
    return [_job(chance, number) for number in range(count)]


def _job(chance: random.Random, number: int) -> Job:
    return Job(
        review_id=UUID(int=chance.getrandbits(128)),
        rating=chance.randrange(7),
        tags=tuple(chance.sample(TAGS, chance.randrange(3))),
        text=_text(chance),
        language=LANGUAGES[number % len(LANGUAGES)],
        enqueued_ms=1_700_000_000_000 + number,
    )


def _text(chance: random.Random) -> str:
    length = min(SYNTHETIC_LONGEST, 10 + round(chance.expovariate(1 / SYNTHETIC_MEAN)))
    return " ".join(chance.choices(WORDS, k=length))[:length].strip()
