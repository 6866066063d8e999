"""Formats all faults of a record's fields as one line of text."""

from pydantic import ValidationError


def field_faults(error: ValidationError, whole: str = "") -> str:
    """
    Return all faults; fields with the same fault are listed together.

    `whole` names the line itself, for a fault that is not one of a field.
    """
    fields: dict[str, list[str]] = {}
    for one in error.errors(include_input=False, include_url=False):
        name = ".".join(map(str, one["loc"])) or whole
        fields.setdefault(one["msg"].removeprefix("Value error, "), []).append(name)
    faults = ((", ".join(filter(None, names)), message) for message, names in fields.items())
    return "; ".join(f"{names}: {message}" if names else message for names, message in faults)
