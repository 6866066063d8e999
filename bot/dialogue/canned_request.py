"""For which class a new prepared answer is, from what a lead wrote. Pure."""

import re

from triage.taxonomy import Taxonomy

# "12: the text" or "Late delivery: the text". A longer beginning is a sentence, not a title.
_FOR_CLASS = re.compile(r"([^:\n]{1,200}):\s*(.+)", re.DOTALL)


def for_class(text: str, taxonomy: Taxonomy) -> tuple[str | int | None, str]:
    """
    Return the class and the words for the customer; without a class, None and the whole text.

    The class is named by its id, slug or title. A number that is no id is returned as text.
    """
    found = _FOR_CLASS.fullmatch(text)
    if found is None:
        return None, text
    name = " ".join(found[1].split()).casefold()
    for one in taxonomy.classes:
        titles = (" ".join(title.split()).casefold() for title in one.title.root.values())
        if name in {str(one.id), one.slug, *titles}:
            return one.id, found[2]
    return (name, found[2]) if re.fullmatch(r"\d{1,9}", name) else (None, text)
