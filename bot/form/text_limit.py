"""How long a review may be; a module of its own, so that the settings need not import cards."""

# The longest text that fits into a card's caption (1,024 units,
# https://core.telegram.org/bots/api#sendphoto) when everything else is at its longest.
MAX_TEXT_LENGTH = 400
