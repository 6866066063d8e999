"""
How many tokens the reviews of a measurement have, and random token ids of those lengths.

The tokenizers of the known bases need a licence, so lengths are estimated from characters.
"""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Estimates: characters of Russian text for one token of Gemma-2, and the tokens of rating, tags and
# frame.
CHARACTERS_PER_TOKEN = 3.2
FRAME_TOKENS = 25

# Without a file, lengths in characters are exponential and end at 298, as in the 9,015 texts of the
# competition's test.csv, whose mean is 88: the mean of these after the cut.
SYNTHETIC_COUNT = 9015
SYNTHETIC_MEAN = 108
SYNTHETIC_LONGEST = 298

# Ids below this one are special in every known tokenizer: padding, begin, end, unknown.
FIRST_PLAIN_ID = 4


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of each review in order of arrival, and a text about their source."""

    tokens: tuple[int, ...]
    source: str


def estimated_tokens(characters: int) -> int:
    """Return how many tokens a text of so many characters has, including its frame."""
    return round(characters / CHARACTERS_PER_TOKEN + FRAME_TOKENS)


def read_lengths(path: Path) -> Lengths:
    """
    Return the estimated lengths of the column `text` of a CSV file.

    Raises OSError, and ValueError if it is not such a file.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if "text" not in (reader.fieldnames or ()):
            raise ValueError("has no column 'text'")
        tokens = tuple(estimated_tokens(len(row["text"] or "")) for row in reader)
    if not tokens:
        raise ValueError("has no rows")
    rule = f"round(characters / {CHARACTERS_PER_TOKEN} + {FRAME_TOKENS})"
    return Lengths(tokens, f"{rule} of the {len(tokens)} texts of {path.name}")


def synthetic_lengths(seed: int) -> Lengths:
    """Return invented lengths, distributed about as those of real reviews."""
    chance = random.Random(seed)
    tokens: list[int] = []
    while len(tokens) < SYNTHETIC_COUNT:
        characters = round(chance.expovariate(1 / SYNTHETIC_MEAN))
        if characters <= SYNTHETIC_LONGEST:
            tokens.append(estimated_tokens(characters))
    return Lengths(
        tuple(tokens),
        f"round(characters / {CHARACTERS_PER_TOKEN} + {FRAME_TOKENS}) of {SYNTHETIC_COUNT} numbers "
        f"of characters, exponential with mean {SYNTHETIC_MEAN}, those over {SYNTHETIC_LONGEST} "
        f"drawn again, seed {seed}",
    )


def random_rows(
    tokens: Sequence[int], vocabulary: int, *, bos: int | None, eos: int | None, seed: int
) -> list[tuple[int, ...]]:
    """Return a row of token ids of each length, random but for the frame, the same for a seed."""
    chance = random.Random(seed)
    begin, end = [() if id_ is None else (id_,) for id_ in (bos, eos)]

    def row(length: int) -> tuple[int, ...]:
        plain = length - len(begin) - len(end)
        return (*begin, *(chance.randrange(FIRST_PLAIN_ID, vocabulary) for _ in range(plain)), *end)

    return [row(length) for length in tokens]
