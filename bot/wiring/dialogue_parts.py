"""Builds the parts of the dialogue between moderators and customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.archive.answering import Answering
from bot.archive.canned_store import CannedAnswers
from bot.archive.card_places import CardPlaces
from bot.archive.case_store import CaseStore
from bot.archive.dialogue import Dialogue
from bot.archive.photo_store import PhotoStore
from bot.archive.reviews import Reviews
from bot.archive.waiting_cases import WaitingCases
from bot.dialogue.answer_bringer import AnswerBringer
from bot.dialogue.answer_desk import AnswerDesk
from bot.dialogue.case_turns import CaseTurns
from bot.dialogue.closings import Closings
from bot.dialogue.group_post import GroupPost
from bot.dialogue.photo_sender import PhotoSender
from bot.dialogue.reminders import Reminders
from bot.dialogue.reply_desk import ReplyDesk
from bot.dialogue.reply_sender import ReplySender
from bot.dialogue.reply_status import ReplyStatus
from bot.wiring.resources import Resources, Service


@dataclass(frozen=True, slots=True)
class DialogueParts:
    """The parts for handlers of a dialogue, and the duties that deliver its messages."""

    replies: ReplyDesk
    answers: AnswerDesk
    canned: CannedAnswers
    duties: Sequence[Service]

    def shared(self) -> dict[str, Any]:
        """Return the arguments that handlers get by name."""
        return {
            "reply_desk": self.replies,
            "answer_desk": self.answers,
            "canned": self.canned,
        }


def dialogue_parts(resources: Resources, reviews: Reviews, photos: PhotoStore) -> DialogueParts:
    """Return the parts of the dialogue between moderators and customers."""
    bot, engine, texts = resources.bot, resources.engine, resources.texts
    say, paced = texts[resources.settings.moderators_language], resources.settings.pace_group
    dialogue, places = Dialogue(engine, resources.seal), CardPlaces(engine)
    post = GroupPost(bot, resources.group, resources.outgoing.recent_writes, paced=paced)
    turns = CaseTurns(CaseStore(engine, resources.seal))
    status = ReplyStatus(bot, dialogue, turns, post, say)
    sender = ReplySender(bot, dialogue, reviews, texts, status)
    bringer = AnswerBringer(bot, dialogue, reviews, places, turns, post, texts, say)
    waiting = WaitingCases(engine)
    closings = Closings(waiting, dialogue, sender)
    reminders = Reminders(waiting, post, resources.settings.office, resources.taxonomy.rating, say)
    photo_sender = PhotoSender(bot, photos, post, say)
    return DialogueParts(
        ReplyDesk(dialogue, places, reviews, status, sender, post),
        AnswerDesk(dialogue, Answering(engine), reviews, turns, bringer),
        CannedAnswers(engine, resources.seal),
        (sender.run, status.run, bringer.run, closings.run, reminders.run, photo_sender.run),
    )
