"""
Acts of people on cases: read the case, decide, store; repeat if another change came first.

A tap is bound to the version that its card showed. It counts on a newer one only if all changes
in between are the tapper's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.archive.case_store import CaseStore, Stored
from bot.archive.desk_records import Case, CaseEvent, Label, LabelDraft, LabelKind, NewLabel
from bot.archive.records import Review
from bot.desk.cases import BYSTANDERS, Act, CaseRefusal, Why, current, decide
from bot.desk.standing import is_undoable, kind_of, standing, undoable
from triage.taxonomy import Taxonomy

# Kinds of labels by which a moderator chooses classes.
_JUDGEMENTS = frozenset({LabelKind.CONFIRM, LabelKind.CORRECT, LabelKind.ADJUDICATED})

# Each try fails only if somebody else has changed the case meanwhile.
MAX_TRIES = 20


@dataclass(frozen=True, slots=True)
class Acted:
    """The act is stored; `case` is the case after it."""

    case: Case


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same tap or update acted before, or chooses the same classes; nothing was changed."""

    case: Case


@dataclass(frozen=True, slots=True)
class ActRefused:
    """The case is in a state in which the act is impossible."""

    case: Case
    why: Why


@dataclass(frozen=True, slots=True)
class Overtaken:
    """
    Another person has changed the case since the card was shown.

    `tapper_id` tapped; `actor_id` made the last change, None if no moderator did.
    """

    case: Case
    tapper_id: int | None = None
    actor_id: int | None = None


@dataclass(frozen=True, slots=True)
class TooLate:
    """
    The person has no label that can still be undone.

    `is_over` is whether no label of the case can be undone: a card with Undo is outdated.
    """

    case: Case
    is_over: bool = False


ActResult = Acted | Repeated | ActRefused | Overtaken | TooLate


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, by which update or tap, and when; `seen` is the version that their card showed."""

    user_id: int | None
    source_id: str
    now_ms: int
    seen: int | None = None


class CaseDesk:
    """Performs acts on cases."""

    def __init__(self, store: CaseStore, taxonomy: Taxonomy) -> None:
        self._store = store
        self._taxonomy = taxonomy

    async def act(
        self,
        number: int,
        act: Act,
        doer: Doer,
        *,
        note: str = "",
        label: NewLabel | None = None,
        draft: LabelDraft | None = None,
    ) -> ActResult:
        """
        Perform `act`; `label` is stored with it, unless its author's label has the same classes.

        The label deletes its author's draft; if it was made from `draft`, only an unchanged one.
        """
        event = CaseEvent(act, doer.source_id, doer.now_ms, doer.user_id, note)
        for _ in range(MAX_TRIES):
            case = await self._store.case(number)
            if (overtaken := await self._overtaken(case, doer)) is not None:
                return await self._or_repeated(overtaken, doer)
            after = decide(case, act, doer.user_id, doer.now_ms)
            if isinstance(after, CaseRefusal):
                now = current(case, doer.now_ms)
                return await self._or_repeated(ActRefused(now, after.why), doer)
            if label is not None and await self._is_said(number, label):
                return Repeated(current(case, doer.now_ms))
            match await self._store.change(case, after, event, label, draft):
                case Stored.DONE:
                    return Acted(after)
                case Stored.REPEATED:
                    return Repeated(await self._store.case(number))
        return Overtaken(await self._store.case(number), doer.user_id)

    async def settle(
        self,
        review: Review,
        classes: Sequence[int],
        doer: Doer,
        draft: LabelDraft | None = None,
    ) -> ActResult:
        """Store that the person has settled on `classes`, which must not be empty."""
        assert classes, "people settle on at least one class"
        assert doer.user_id is not None, "a label has an author"
        now = standing(await self._store.labels(review.number))
        decision = review.answer.under(self._taxonomy) if review.answer else None
        kind = kind_of(classes, decision.classes if decision else (), now, doer.user_id)
        label = self._label(review, doer, kind, classes, draft.base_label if draft else None)
        if draft is not None:
            label = replace(label, took_ms=max(0, doer.now_ms - draft.opened_ms))
        return await self.act(review.number, Act.LABEL, doer, label=label, draft=draft)

    async def undo(self, review: Review, doer: Doer) -> ActResult:
        """Undo the person's own label, if it is not older than ten minutes."""
        assert doer.user_id is not None, "people undo their own labels"
        now = standing(await self._store.labels(review.number))
        last = undoable(now, doer.user_id, doer.now_ms)
        if last is None:
            is_over = not is_undoable(now, doer.now_ms)
            late = TooLate(await self._store.case(review.number), is_over)
            return await self._or_repeated(late, doer)
        classes = last.content.classes
        undone = self._label(review, doer, LabelKind.UNDO, classes, last.label_id)
        return await self.act(review.number, Act.LABEL, doer, label=undone)

    async def labels(self, number: int) -> list[Label]:
        """Return all labels of a review, oldest first."""
        return await self._store.labels(number)

    async def case(self, number: int, now_ms: int) -> Case:
        """Return the case as it is at `now_ms`."""
        return current(await self._store.case(number), now_ms)

    def _label(
        self,
        review: Review,
        doer: Doer,
        kind: LabelKind,
        classes: Sequence[int],
        base_label: int | None,
    ) -> NewLabel:
        model = review.answer.model if review.answer else None
        assert doer.user_id is not None, "a label has an author"
        return NewLabel(
            by_id=doer.user_id,
            kind=kind,
            classes=tuple(classes),
            model=model.name if model else "none",
            model_version=model.version if model else "0",
            taxonomy=self._taxonomy.digest,
            settled_ms=doer.now_ms,
            base_label=base_label,
        )

    async def _overtaken(self, case: Case, doer: Doer) -> Overtaken | None:
        """Return the refusal of a tap if others have changed the case since, otherwise None."""
        if doer.seen is None or doer.seen >= case.version:
            return None
        since = (await self._store.events(case.number))[doer.seen :]
        actors = [event.actor_id for event in since if event.kind not in BYSTANDERS]
        if all(actor == doer.user_id for actor in actors):
            return None
        return Overtaken(current(case, doer.now_ms), doer.user_id, actors[-1])

    async def _is_said(self, number: int, label: NewLabel) -> bool:
        """Return whether the author's valid label has the same classes."""
        if label.kind not in _JUDGEMENTS:
            return False
        own = standing(await self._store.labels(number)).of(label.by_id)
        return own is not None and frozenset(own.content.classes) == frozenset(label.classes)

    async def _or_repeated(self, result: ActResult, doer: Doer) -> ActResult:
        """Return `result`, or Repeated if this tap acted before."""
        repeated = await self._store.happened(doer.source_id)
        return Repeated(result.case) if repeated else result
