"""The labels in the archive compared with what moderators did."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.archive.desk_records import Label
from bot.desk.cases import Act
from bot.desk.standing import standing
from tests.faults.corrector import Classes, Corrector
from tests.faults.desk_bench import DeskBench

# Of a label that a tap settled, and of one that its draft became by itself.
TAP, DRAFT = "tap:", "draft:"


@dataclass
class LabelLedger:
    """Lines that say what is wrong, by kind; `labels` counts those that are stored."""

    labels: int = 0
    by_draft: int = 0
    disputed: int = 0
    lost: list[str] = field(default_factory=list)  # an act without its label
    invented: list[str] = field(default_factory=list)  # a label without its act
    doubled: list[str] = field(default_factory=list)  # the same label again
    broken: list[str] = field(default_factory=list)  # version, events and labels disagree
    unshown: list[str] = field(default_factory=list)  # a card or an answer that is not up to date

    @property
    def wrong(self) -> Sequence[str]:
        """All that is wrong."""
        return [*self.lost, *self.invented, *self.doubled, *self.broken, *self.unshown]

    def __str__(self) -> str:
        return (
            f"{self.labels} labels ({self.by_draft} by a draft left alone), {self.disputed} "
            f"reviews disputed; {len(self.lost)} lost, {len(self.invented)} invented, "
            f"{len(self.doubled)} doubled, {len(self.broken)} broken, {len(self.unshown)} not shown"
        )


async def label_ledger(
    bench: DeskBench, people: Collection[Corrector], numbers: Collection[int]
) -> LabelLedger:
    """Compare acts with labels, and labels with what is shown, for these reviews."""
    found = LabelLedger()
    settled = {act.source: act for person in people for act in person.settled}
    stored: dict[tuple[int, int], list[Classes]] = defaultdict(list)
    for number in numbers:
        labels = await bench.cases.labels(number)
        for source, label in await _with_sources(bench, number, labels, found):
            classes, by_id = frozenset(label.content.classes), label.content.by_id
            line = f"review {number}: {source} by {by_id} of {sorted(classes)}"
            person = next(p for p in people if p.user_id == by_id)
            if stored[number, by_id][-1:] == [classes]:
                found.doubled.append(line)
            stored[number, by_id].append(classes)
            if source.startswith(DRAFT):
                found.by_draft += 1
                if classes not in person.drafts.get(number, []):
                    found.invented.append(line)
            elif (act := settled.pop(source, None)) is None or act.classes != classes:
                found.invented.append(line)
        await _check_shown(bench, number, labels, found)
    _check_lost(people, stored, found)
    found.lost += [
        f"review {act.number}: {act.source} of {sorted(act.classes)} has no label"
        for act in settled.values()
        if not any(act.classes in stored[act.number, p.user_id] for p in people)
    ]
    return found


async def _with_sources(
    bench: DeskBench, number: int, labels: Sequence[Label], found: LabelLedger
) -> list[tuple[str, Label]]:
    """Return each label with the source of its event, both in the order of storing."""
    case, events = await bench.cases.case(number), await bench.cases.events(number)
    sources = [event for event in events if event.kind == Act.LABEL]
    found.labels += len(labels)
    if case.version != len(events) or len(sources) != len(labels):
        counts = f"version {case.version}, {len(events)} events, {len(labels)} labels"
        found.broken.append(f"review {number}: {counts}")
    if [e.actor_id for e in sources] != [label.content.by_id for label in labels]:
        found.broken.append(f"review {number}: labels and events are of different people")
    return list(zip((event.source_id for event in sources), labels, strict=False))


def _check_lost(
    people: Collection[Corrector],
    stored: dict[tuple[int, int], list[Classes]],
    found: LabelLedger,
) -> None:
    """Compare what each person last wanted with their last label of the review."""
    for person in people:
        for number, wanted in person.wanted.items():
            last = stored[number, person.user_id][-1:]
            if last != [wanted]:
                line = f"review {number}: {person.name} wanted {sorted(wanted)}, last is {last}"
                found.lost.append(line)


async def _check_shown(
    bench: DeskBench, number: int, labels: Sequence[Label], found: LabelLedger
) -> None:
    held = standing(labels)
    found.disputed += held.is_disputed
    mark = "Спор" if held.is_disputed else "Проверил человек"
    cards = await bench.cards(number)
    if labels and any(mark not in card.text for card in cards):
        found.unshown.append(f"review {number}: a card does not say {mark}: {cards}")
    if held.classes is not None and "Проверил человек" not in (await bench.answer(number)).text:
        found.unshown.append(f"review {number}: the author is not told")
