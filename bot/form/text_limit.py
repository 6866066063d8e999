"""How long a review may be; by itself, so that reading settings loads nothing that draws cards."""

# The longest text that a moderators' card has room for in a caption (1,024 units,
# https://core.telegram.org/bots/api#sendphoto), beside everything else at its longest.
MAX_TEXT_LENGTH = 400
