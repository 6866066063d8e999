"""The words and numbers of a chart, in each language, without layout."""

from dataclasses import dataclass

from triage.cascade import Confidence
from triage.review import Language

# Russian sets a space before the sign; this one does not break the line.
_PERCENT_SIGN = {"ru": "\N{NO-BREAK SPACE}%", "en": "%"}


@dataclass(frozen=True, slots=True)
class ChartWords:
    """The texts of the charts in one language; braces are filled in when a chart is drawn."""

    answer: str
    all_classes: str
    person: str
    confidence: dict[Confidence, str]
    reached: str
    not_reached: str
    own_thresholds: str
    ranked: str
    order: str
    more: str


WORDS: dict[Language, ChartWords] = {
    "ru": ChartWords(
        answer="О чём этот отзыв",
        all_classes="Все классы отзыва",
        person="Отзыв посмотрит человек",
        confidence={
            Confidence.SURE: "Модель уверена",
            Confidence.LIKELY: "Скорее всего, так",
            Confidence.GUESS: "Это только догадка",
            Confidence.PERSON: "Модель не знает ответа",
        },
        reached="порог {rung}",
        not_reached="порог {rung} не достигнут",
        own_thresholds="у каждого класса свой порог",
        ranked="Модель не может определить темы",
        order="варианты по убыванию вероятности",
        more="и ещё {count}",
    ),
    "en": ChartWords(
        answer="What this review is about",
        all_classes="All classes of this review",
        person="A person will look at this",
        confidence={
            Confidence.SURE: "The model is sure",
            Confidence.LIKELY: "Most likely so",
            Confidence.GUESS: "Only a guess",
            Confidence.PERSON: "The model does not know",
        },
        reached="threshold {rung}",
        not_reached="threshold {rung} not reached",
        own_thresholds="each class has its own threshold",
        ranked="The model cannot classify this review",
        order="suggestions in order of likelihood",
        more="and {count} more",
    ),
}


def percent(share: float, language: Language) -> str:
    """Return a share of 0 to 1 in whole per cent; a share above zero is never shown as 0."""
    number = "<1" if 0 < share < 0.005 else f"{share * 100:.0f}"
    return number + _PERCENT_SIGN[language]
