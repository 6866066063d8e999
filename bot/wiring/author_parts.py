"""Builds the parts about authors: consents, own checks, bans, names, photos."""

from dataclasses import dataclass
from typing import Any

from bot.archive.author_checks import AuthorChecks
from bot.archive.author_notes import AuthorNotes
from bot.archive.bans import Bans
from bot.archive.consents import Consents
from bot.archive.photo_store import PhotoStore
from bot.archive.text_marks import TextMarks
from bot.desk.authors import Authors
from bot.desk.customer_names import CustomerNames
from bot.privacy.author_files import AuthorFiles
from bot.wiring.resources import Resources


@dataclass(frozen=True, slots=True)
class AuthorParts:
    """The parts about authors that desk, delivery and handlers use."""

    consents: Consents
    checks: AuthorChecks
    bans: Bans
    photos: PhotoStore
    marks: TextMarks
    authors: Authors

    def shared(self) -> dict[str, Any]:
        """Return the arguments that handlers get by name."""
        return {
            "consents": self.consents,
            "author_checks": self.checks,
            "bans": self.bans,
            "text_marks": self.marks,
            "author_files": AuthorFiles(self.consents, self.bans, self.checks, self.photos),
        }


def author_parts(resources: Resources) -> AuthorParts:
    """Return the parts about authors."""
    engine, seal, settings = resources.engine, resources.seal, resources.settings
    say = resources.texts[settings.moderators_language]
    marks = TextMarks(engine, seal)
    names = CustomerNames(resources.bot, seal, say, settings.customer_names)
    return AuthorParts(
        Consents(engine),
        AuthorChecks(engine),
        Bans(engine),
        PhotoStore(engine, seal),
        marks,
        Authors(AuthorNotes(engine), marks, names),
    )
