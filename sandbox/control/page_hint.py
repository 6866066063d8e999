"""The first hint that the page shows to a visitor."""

from dataclasses import dataclass

from triage.taxonomy import Taxonomy

_START = (
    "You are a customer. Write a few words to the bot, or press /start; the answer comes in a "
    "moment, and the moderators' group gets a card."
)
_FILLS = (
    "The group fills with invented reviews of the last three days; they pause while you are active."
)
_SHIPPED = (
    "The model that ships has learnt from Russian reviews; in another language it answers what it "
    "is sure of:"
)
_COMPANY = "Classes and topics are those of a company: write as one of its customers"


@dataclass(frozen=True, slots=True)
class PageHint:
    """The words of the hint, and a review that a click writes; empty for none."""

    text: str
    example: str = ""


def shipped_hint(*, fills: bool = False) -> PageHint:
    """Return the hint for the taxonomy that ships; `fills`: example reviews are played."""
    return PageHint(_joined(fills, _SHIPPED), "Долго везли заказ, помидоры гнилые")


def company_hint(taxonomy: Taxonomy, *, fills: bool = False) -> PageHint:
    """Return the hint for a company's own taxonomy, for which there is no example review."""
    only_english = taxonomy.speaks("en") and not taxonomy.speaks("ru")
    return PageHint(_joined(fills, f"{_COMPANY}, in English." if only_english else f"{_COMPANY}."))


def _joined(fills: bool, end: str) -> str:
    return " ".join([_START, *([_FILLS] if fills else []), end])
