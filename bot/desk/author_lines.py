"""The lines of a card about the review's author. Pure."""

from bot.archive.author_checks import SOMETHING_ELSE
from bot.archive.author_notes import AuthorNote
from bot.desk.authors import AuthorView
from bot.form.validation import clipped
from bot.texts import Say
from triage.taxonomy import Taxonomy

# If at least this many other people sent an equal text, the card says so.
CAMPAIGN_FROM = 2

# The class that an author names, UTF-16 units.
ABOUT_LENGTH = 40


def author_lines(author: AuthorView, taxonomy: Taxonomy, say: Say) -> list[str]:
    """Return one line about the author, or none."""
    note, parts = author.note, []
    if note.photos:
        parts.append(say("card-photos", count=note.photos))
    if note.check is not None:
        parts.append(_checked(note, taxonomy, say))
    if author.same_text >= CAMPAIGN_FROM:
        parts.append(say("card-same-text", count=author.same_text))
    if note.ban is not None:
        parts.append(say(f"card-ban-{note.ban}"))
    return [" · ".join(parts)] if parts else []


def training_line(note: AuthorNote, say: Say, *, is_disputed: bool) -> str:
    """Return whether the classes that people settled on enter training, and why not."""
    if not note.has_consent:
        return say("card-training-no-consent")
    if not note.may_train:
        return say("card-training-excluded")
    return say("card-training-disputed" if is_disputed else "card-training")


def _checked(note: AuthorNote, taxonomy: Taxonomy, say: Say) -> str:
    assert note.check is not None, "the author said something"
    if note.check.is_right:
        return say("card-author-yes")
    about = note.check.about
    if about == SOMETHING_ELSE:
        return say("card-author-no-else")
    if about is None or about not in taxonomy.by_id:
        return say("card-author-no")
    title = clipped(taxonomy.title(about, say.language), ABOUT_LENGTH)
    return say("card-author-no-about", title=title)
