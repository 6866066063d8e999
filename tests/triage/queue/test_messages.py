import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from triage.cascade import Confidence, Decision
from triage.errors import BadMessage
from triage.key_file import new_key
from triage.queue.messages import Codec, Job, ModelName, Outcome, Timings
from triage.review import LANGUAGES, ReviewInput
from triage.sealing import Seal
from triage.taxonomy import load_taxonomy

SEAL = Seal([new_key()])
JOBS = Codec(Job, SEAL)
OUTCOMES = Codec(Outcome, SEAL)

SECRET = "мой адрес: улица Ленина, дом-пятый"
REVIEW_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
MODEL = ModelName(name="linear", version="1")

jobs = st.builds(
    Job,
    review_id=st.uuids(),
    rating=st.integers(0, 6),
    tags=st.lists(st.sampled_from(load_taxonomy().topic_ids), unique=True).map(tuple),
    text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
    language=st.sampled_from(LANGUAGES),
    enqueued_ms=st.integers(0, 2**53),
)
timings = st.builds(Timings, queued=st.integers(0, 10**9), chart=st.integers(0, 10**9))
answers = st.builds(
    Outcome,
    review_id=st.uuids(),
    model=st.builds(ModelName, name=st.text(max_size=20), version=st.text(max_size=20)),
    probabilities=st.lists(st.floats(0, 1), min_size=1, max_size=60).map(tuple),
    decision=st.builds(
        Decision,
        classes=st.lists(st.integers(0, 60), min_size=1).map(tuple),
        rung=st.none() | st.floats(0.01, 0.99),
        confidence=st.sampled_from(Confidence),
    ),
    timings_ms=timings,
)
failures = st.builds(
    Outcome, review_id=st.uuids(), model=st.just(MODEL), error=st.text(min_size=1, max_size=40)
)


def job() -> dict[str, Any]:
    return {
        "version": 1,
        "review_id": str(REVIEW_ID),
        "rating": 2,
        "tags": ["DELIVERY"],
        "text": SECRET,
        "language": "ru",
        "enqueued_ms": 1_700_000_000_000,
    }


def outcome() -> dict[str, Any]:
    return {
        "version": 1,
        "review_id": str(REVIEW_ID),
        "model": {"name": "linear", "version": "1"},
        "probabilities": [0.9, 0.1],
        "decision": {"classes": [0], "rung": 0.55, "confidence": "sure"},
        "timings_ms": {"queued": 1, "waited": 2, "model": 3, "chart": 4},
        "error": None,
    }


def sealed(content: object) -> bytes:
    return SEAL.close(json.dumps(content, ensure_ascii=False).encode())


def refusal(codec: Codec[Any], message: bytes) -> str:
    """Return why there is no message: one line, without a word of the review."""
    with pytest.raises(BadMessage) as caught:
        codec.decode(message)
    said = str(caught.value)
    assert said
    assert "\n" not in said
    assert not any(word in said for word in SECRET.split())
    return said


@given(jobs)
def test_a_job_is_unchanged_after_encoding_and_decoding(sent: Job) -> None:
    assert JOBS.decode(JOBS.encode(sent)) == sent


@given(answers | failures)
def test_an_outcome_is_unchanged_after_encoding_and_decoding(sent: Outcome) -> None:
    assert OUTCOMES.decode(OUTCOMES.encode(sent)) == sent


def test_a_message_does_not_contain_the_review_in_clear_text() -> None:
    message = JOBS.encode(Job.model_validate(job() | {"review_id": REVIEW_ID}))
    assert SECRET.encode() not in message
    assert b"DELIVERY" not in message


def test_a_job_contains_the_input_of_the_model() -> None:
    assert JOBS.decode(sealed(job())).review() == ReviewInput(2, ("DELIVERY",), SECRET)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_an_unknown_version_is_refused(version: object) -> None:
    assert "version" in refusal(JOBS, sealed(job() | {"version": version}))
    assert "version" in refusal(OUTCOMES, sealed(outcome() | {"version": version}))


@pytest.mark.parametrize(
    "clear", [b"", SECRET.encode(), b"{", b"[]", b"null", b"\xff", b"\x80\x04."]
)
def test_content_that_is_not_valid_json_is_refused(clear: bytes) -> None:
    assert refusal(JOBS, SEAL.close(clear))


def test_a_message_not_encrypted_with_this_key_is_refused() -> None:
    clear = json.dumps(job()).encode()
    assert "another key" in refusal(JOBS, Seal([new_key()]).close(clear))
    assert "another key" in refusal(JOBS, clear)


@pytest.mark.parametrize("field", [name for name in job() if name != "version"])
def test_a_job_with_a_missing_field_is_refused(field: str) -> None:
    content = job()
    del content[field]
    assert field in refusal(JOBS, sealed(content))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating", 11),
        ("rating", -1),
        ("rating", 2.5),
        ("tags", [SECRET]),
        ("tags", ["DELIVERY"] * 65),
        ("text", ""),
        ("text", SECRET * 200),
        ("text", None),
        ("language", SECRET),
        ("enqueued_ms", -1),
        ("review_id", SECRET),
    ],
)
def test_the_error_for_an_invalid_job_does_not_quote_the_value(field: str, value: object) -> None:
    assert field in refusal(JOBS, sealed(job() | {field: value}))


def test_an_unknown_field_is_refused() -> None:
    assert "chat_id" in refusal(JOBS, sealed(job() | {"chat_id": 5}))


def test_a_job_cannot_be_decoded_as_an_outcome_or_vice_versa() -> None:
    assert refusal(OUTCOMES, sealed(job()))
    assert refusal(JOBS, sealed(outcome()))


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1.5", "-0.1", '"high"', "null"]
)
def test_an_invalid_probability_is_refused(number: str) -> None:
    text = json.dumps(outcome()).replace("0.9", number)
    assert "probabilities" in refusal(OUTCOMES, SEAL.close(text.encode()))


@pytest.mark.parametrize(
    "changes",
    [
        {"error": "dead"},
        {"decision": None},
        {"probabilities": []},
        {"decision": None, "probabilities": []},
    ],
)
def test_an_outcome_must_be_either_an_answer_or_an_error(changes: dict[str, Any]) -> None:
    assert "either" in refusal(OUTCOMES, sealed(outcome() | changes))


def test_an_outcome_with_an_error_needs_no_answer() -> None:
    failed = outcome() | {"decision": None, "probabilities": [], "error": "dead"}
    assert OUTCOMES.decode(sealed(failed)).error == "dead"


def test_messages_are_immutable() -> None:
    message = JOBS.decode(sealed(job()))
    with pytest.raises(ValidationError, match="frozen"):
        message.rating = 5  # type: ignore[misc]
