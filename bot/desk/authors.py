"""What cards show about the author of a review."""

from dataclasses import dataclass

from bot.archive.author_notes import AuthorNote, AuthorNotes
from bot.archive.text_marks import TextMarks
from bot.desk.customer_names import CustomerNames


@dataclass(frozen=True, slots=True)
class AuthorView:
    """An author; `same_text` counts the other people who sent the same text."""

    note: AuthorNote
    name: str = ""
    same_text: int = 0


UNKNOWN_AUTHOR = AuthorView(AuthorNote(0))


class Authors:
    """Reads what cards show about authors."""

    def __init__(self, notes: AuthorNotes, marks: TextMarks, names: CustomerNames) -> None:
        self._notes = notes
        self._marks = marks
        self._names = names

    async def of(self, number: int) -> AuthorView:
        """Return the author of a review."""
        note = await self._notes.of(number)
        if note is None:
            return UNKNOWN_AUTHOR
        name = await self._names.name(note.user_id)
        return AuthorView(note, name, await self._marks.other_authors(number))
