"""The callback data of the desk, and the toasts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.desk_records import Case, CaseState
from bot.desk.case_desk import Acted, ActRefused, ActResult, Overtaken, Repeated, TooLate
from bot.desk.case_view import CaseView
from bot.desk.cases import Why
from bot.desk.desk_taps import DeskButton, DeskTap, parse_tap
from bot.desk.desk_toasts import TOAST_LENGTH, desk_toast
from bot.form.validation import utf16_length
from tests.bot.samples import TEXTS
from triage.review import LANGUAGES, Language

TAPS = st.builds(
    DeskTap,
    st.sampled_from(DeskButton),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**31 - 1),
    st.none() | st.integers(0, 2**63 - 1),
)
CASE = Case(2**63 - 1, CaseState.TAKEN, 1, owner_id=1, lease_ms=0)
RESULTS: list[ActResult] = [
    Acted(CASE),
    Repeated(CASE),
    *(ActRefused(CASE, why) for why in Why),
    *(Overtaken(Case(1, state, owner_id=1, lease_ms=0), 2, 1) for state in CaseState),
    *(Overtaken(Case(1, state, owner_id=1, lease_ms=0), 1) for state in CaseState),
    TooLate(CASE),
]


@given(TAPS)
def test_a_tap_fits_into_callback_data_and_is_parsed_back(tap: DeskTap) -> None:
    assert len(tap.pack().encode()) <= 64
    assert parse_tap(tap.pack()) == tap


@given(st.text() | st.from_regex(r"m:[a-zA-Z+-]:[0-9a-z]{1,14}:[0-9a-z]{1,7}(:[0-9a-z]*)?"))
def test_forged_callback_data_is_parsed_or_rejected_without_an_error(data: str) -> None:
    tap = parse_tap(data)
    assert tap is None or (tap.number < 2**63 and tap.version < 2**31)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("button", DeskButton)
def test_every_toast_fits_the_telegram_limit(button: DeskButton, language: Language) -> None:
    view = CaseView(CASE, names={1: "И" * 64})
    for result in RESULTS:
        words = desk_toast(result, button, view, 10**15, TEXTS[language], classes="К" * 500)
        assert utf16_length(words) <= TOAST_LENGTH
        assert bool(words) != isinstance(result, Repeated)
