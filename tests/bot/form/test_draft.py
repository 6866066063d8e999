from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import TypeAdapter

from bot.form import draft as rules
from bot.form.draft import LEGAL, Do, Draft, FormPart, Step, rewritten
from tests.bot.samples import TAXONOMY

TAGS = TAXONOMY.topic_ids

NEW = Draft(form_id="f", message_id=10)
RATED = replace(NEW, rating=2, step=Step.TAGS)
TAGGED = replace(RATED, tags=("PRICE", "DELIVERY"))
ASKED = replace(TAGGED, tags_done=True, step=Step.TEXT)
FULL = replace(ASKED, parts=(FormPart(1, "Поздно"),), step=Step.PREVIEW)
EDITED = replace(FULL, step=Step.EDIT)

AT = {d.step: d for d in (NEW, TAGGED, ASKED, FULL, EDITED)}
VALUES = {Do.RATE: "4", Do.TAG_ON: "SUPPORT", Do.TAG_OFF: "PRICE", Do.AMEND: "tags"}


def tapped(draft: Draft, do: Do, value: str = "") -> Draft | None:
    return rules.tapped(draft, do, value, TAXONOMY)


def written(draft: Draft, part: FormPart) -> Draft:
    return rules.written(draft, part, TAXONOMY)


def complete(draft: Draft) -> bool:
    return rules.complete(draft, TAXONOMY)


# What each tap makes of the draft shown; every pair that is not here is refused.
TAPS: dict[tuple[Step, Do], Draft] = {
    (Step.RATING, Do.RATE): replace(NEW, rating=4, step=Step.TAGS),
    (Step.RATING, Do.BACK): NEW,
    (Step.RATING, Do.CANCEL): NEW,
    (Step.TAGS, Do.TAG_ON): replace(TAGGED, tags=("PRICE", "DELIVERY", "SUPPORT")),
    (Step.TAGS, Do.TAG_OFF): replace(TAGGED, tags=("DELIVERY",)),
    (Step.TAGS, Do.TAGS_DONE): replace(TAGGED, tags_done=True, step=Step.TEXT),
    (Step.TAGS, Do.BACK): replace(TAGGED, step=Step.RATING),
    (Step.TAGS, Do.CANCEL): TAGGED,
    (Step.TEXT, Do.BACK): replace(ASKED, step=Step.TAGS),
    (Step.TEXT, Do.CANCEL): ASKED,
    (Step.PREVIEW, Do.SEND): FULL,
    (Step.PREVIEW, Do.EDIT): EDITED,
    (Step.PREVIEW, Do.CANCEL): FULL,
    (Step.EDIT, Do.AMEND): replace(FULL, step=Step.TAGS),
    (Step.EDIT, Do.PHOTOS_OFF): FULL,
    (Step.EDIT, Do.BACK): FULL,
    (Step.EDIT, Do.CANCEL): EDITED,
}


@pytest.mark.parametrize("do", Do)
@pytest.mark.parametrize("step", Step)
def test_a_tap_does_what_the_table_says_at_each_step(step: Step, do: Do) -> None:
    assert tapped(AT[step], do, VALUES.get(do, "")) == TAPS.get((step, do))


@pytest.mark.parametrize("missing", [{"rating": None}, {"tags_done": False}, {"parts": ()}])
def test_a_draft_is_complete_when_nothing_is_missing(missing: dict[str, Any]) -> None:
    assert complete(FULL)
    assert not complete(replace(FULL, **missing))


def test_a_rating_of_zero_and_no_tags_are_valid_answers() -> None:
    assert complete(replace(FULL, rating=0, tags=()))


def test_the_tests_cover_exactly_the_legal_taps() -> None:
    assert {(step, do) for step, legal in LEGAL.items() for do in legal} == set(TAPS)


@pytest.mark.parametrize(
    ("draft", "do", "value"),
    [
        (NEW, Do.RATE, "7"),
        (NEW, Do.RATE, "-1"),
        (NEW, Do.RATE, ""),
        (NEW, Do.RATE, "٣"),  # a digit to Python, but no button's
        (NEW, Do.RATE, "03"),
        (TAGGED, Do.TAG_ON, "WEATHER"),
        (TAGGED, Do.TAG_OFF, ""),
        (EDITED, Do.AMEND, "preview"),
        (EDITED, Do.AMEND, "weather"),
    ],
)
def test_a_forged_value_is_refused(draft: Draft, do: Do, value: str) -> None:
    assert tapped(draft, do, value) is None


def do_all(draft: Draft, *taps: tuple[Do, str]) -> Draft:
    for do, value in taps:
        after = tapped(draft, do, value)
        assert after is not None, f"{do.name} {value} is refused at {draft.step}"
        draft = after
    return draft


RATE, DONE = (Do.RATE, "2"), (Do.TAGS_DONE, "")


def test_the_usual_steps_end_in_a_preview() -> None:
    asked = do_all(NEW, RATE, (Do.TAG_ON, "PRICE"), (Do.TAG_ON, "DELIVERY"), DONE)
    assert written(asked, FormPart(1, "Поздно")) == FULL


def test_a_text_before_the_rating_is_stored_and_not_asked_for_again() -> None:
    early = written(NEW, FormPart(1, "Поздно"))
    assert (early.step, early.text) == (Step.RATING, "Поздно")
    assert do_all(early, RATE, DONE) == replace(FULL, tags=())


def test_a_text_between_rating_and_tags_is_stored() -> None:
    early = written(do_all(NEW, RATE), FormPart(1, "Поздно"))
    assert early.step is Step.TAGS
    assert do_all(early, DONE).step is Step.PREVIEW


def test_tags_may_be_skipped() -> None:
    assert do_all(NEW, RATE, DONE) == replace(ASKED, tags=())


def test_tags_keep_the_order_in_which_they_were_tapped() -> None:
    on = [(Do.TAG_ON, tag) for tag in ("SUPPORT", "ASSORTMENT", "PRICE")]
    assert do_all(RATED, *on).tags == ("SUPPORT", "ASSORTMENT", "PRICE")
    again = do_all(RATED, *on, (Do.TAG_OFF, "SUPPORT"), (Do.TAG_ON, "SUPPORT"))
    assert again.tags == ("ASSORTMENT", "PRICE", "SUPPORT")


def test_a_repeated_update_of_a_tag_changes_nothing() -> None:
    once = do_all(RATED, (Do.TAG_ON, "PRICE"), (Do.TAG_ON, "SUPPORT"))
    assert do_all(once, (Do.TAG_ON, "PRICE")) == once
    off = do_all(once, (Do.TAG_OFF, "PRICE"))
    assert do_all(off, (Do.TAG_OFF, "PRICE")) == off


def test_a_review_split_over_messages_is_joined_in_their_order() -> None:
    draft = written(written(ASKED, FormPart(1, "Поздно")), FormPart(2, "и холодно"))
    assert (draft.step, draft.text) == (Step.PREVIEW, "Поздно\nи холодно")


def test_a_message_that_arrives_twice_is_stored_once_in_its_first_place() -> None:
    draft = written(written(ASKED, FormPart(1, "Поздно")), FormPart(2, "и холодно"))
    assert written(draft, FormPart(1, "Поздно")) == draft
    assert written(draft, FormPart(2, "и холодно")) == draft


def test_a_requested_text_replaces_the_previous_one() -> None:
    asked = do_all(FULL, (Do.EDIT, ""), (Do.AMEND, "text"))
    assert asked.step is Step.TEXT
    assert written(asked, FormPart(2, "Всё хорошо")).parts == (FormPart(2, "Всё хорошо"),)


def test_a_text_that_was_not_requested_is_appended() -> None:
    assert written(EDITED, FormPart(2, "и холодно")).text == "Поздно\nи холодно"


def test_an_edited_message_changes_only_its_part() -> None:
    draft = written(FULL, FormPart(2, "и холодно"))
    after = rewritten(draft, FormPart(1, "Рано"))
    assert after == replace(draft, parts=(FormPart(1, "Рано"), FormPart(2, "и холодно")))


def test_an_edit_does_not_change_the_current_step() -> None:
    early = written(NEW, FormPart(1, "Поздно"))
    after = rewritten(early, FormPart(1, "Рано"))
    assert after == replace(early, parts=(FormPart(1, "Рано"),))


def test_an_edit_of_a_message_outside_the_draft_is_ignored() -> None:
    assert rewritten(FULL, FormPart(99, "Рано")) is None
    assert rewritten(NEW, FormPart(1, "Рано")) is None


@pytest.mark.parametrize("step", ["rating", "tags", "text"])
def test_amending_a_field_and_going_back_changes_nothing(step: str) -> None:
    assert do_all(FULL, (Do.EDIT, ""), (Do.AMEND, step), (Do.BACK, "")) == FULL


@pytest.mark.parametrize(
    ("step", "tap", "changed"),
    [
        ("rating", (Do.RATE, "6"), {"rating": 6}),
        ("tags", DONE, {}),
    ],
)
def test_an_amended_field_leads_back_to_the_preview(
    step: str, tap: tuple[Do, str], changed: dict[str, Any]
) -> None:
    after = do_all(FULL, (Do.EDIT, ""), (Do.AMEND, step), tap)
    assert after == replace(FULL, **changed)


def test_going_back_does_not_discard_filled_in_fields() -> None:
    back = do_all(ASKED, (Do.BACK, ""), (Do.BACK, ""))
    assert back == replace(ASKED, step=Step.RATING)
    assert do_all(back, RATE) == ASKED


DRAFT = TypeAdapter(Draft)
PARTS = st.builds(FormPart, st.integers(1, 5), st.text(min_size=1))


class AnySequence(RuleBasedStateMachine):
    """Taps, forged taps, messages and edits in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft(form_id="f")

    @rule(do=st.sampled_from(Do), value=st.sampled_from(["", "0", "6", "7", *TAGS, *Step]))
    def tap(self, do: Do, value: str) -> None:
        after = tapped(self.draft, do, value)
        assert after is None or do in LEGAL[self.draft.step]
        self.draft = after or self.draft

    @rule(part=PARTS)
    def write(self, part: FormPart) -> None:
        self.draft = written(self.draft, part)
        assert part in self.draft.parts

    @rule(part=PARTS)
    def rewrite(self, part: FormPart) -> None:
        after = rewritten(self.draft, part)
        assert (after is None) == (part.message_id not in self.message_ids())
        self.draft = after or self.draft

    def message_ids(self) -> list[int]:
        return [part.message_id for part in self.draft.parts]

    @invariant()
    def only_a_complete_draft_is_previewed(self) -> None:
        if self.draft.step in (Step.PREVIEW, Step.EDIT):
            assert complete(self.draft)

    @invariant()
    def tags_and_messages_stand_once(self) -> None:
        assert len(set(self.draft.tags)) == len(self.draft.tags)
        assert len(set(self.message_ids())) == len(self.draft.parts)

    @invariant()
    def every_value_is_one_of_the_form(self) -> None:
        assert self.draft.rating in (None, 0, 6)
        assert set(self.draft.tags) <= set(TAGS)

    @invariant()
    def a_way_forward_is_always_open(self) -> None:
        assert LEGAL[self.draft.step] - {Do.CANCEL}

    @invariant()
    def it_comes_back_from_json_as_it_was(self) -> None:
        assert DRAFT.validate_json(DRAFT.dump_json(self.draft)) == self.draft


TestAnySequence = AnySequence.TestCase


@given(st.lists(st.sampled_from(TAGS), max_size=30))
def test_tags_are_ordered_by_their_first_tap(taps: list[str]) -> None:
    after = do_all(RATED, *((Do.TAG_ON, tag) for tag in taps))
    assert after.tags == tuple(dict.fromkeys(taps))
