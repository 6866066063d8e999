"""The form in which the CPU models read a text. Training and serving use the same one."""

import unicodedata

# A combining grave or acute accent marks the stress of a Russian word and is not part of it.
# NFKC has already composed the accents that belong to a letter.
_STRESS_MARKS = dict.fromkeys((0x300, 0x301))


def normalize(text: str) -> str:
    """Return `text` in NFKC and lower case, with е for ё and without stress marks."""
    composed = unicodedata.normalize("NFKC", text).translate(_STRESS_MARKS)
    return composed.lower().replace("ё", "е")
