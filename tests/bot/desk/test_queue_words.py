"""What /queue says besides the queue itself."""

from bot.desk import cards
from tests.bot.samples import TEXTS
from triage.queue.backlog import Backlog, StreamBacklog

EMPTY = Backlog(StreamBacklog(), StreamBacklog(), StreamBacklog(), 3, 1)


def test_the_queue_shows_erasures_only_while_some_are_pending() -> None:
    say = TEXTS["en"]
    words = say("queue-erasures", count=3, stuck=1)
    assert "3" in words
    assert words.endswith("1")
    assert words in cards.queue(EMPTY, 0, 5, say, erasures=(3, 1)).as_kwargs()["text"]
    assert "Erasures" not in cards.queue(EMPTY, 0, 5, say).as_kwargs()["text"]
