import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.archive.desk_records import Label, LabelKind, NewLabel
from bot.archive.records import Review
from bot.form.draft import Draft, FormPart
from bot.privacy.export import export
from tests.bot.samples import MODEL, REVIEW, TAXONOMY, answer, probabilities
from triage.cascade import Confidence
from triage.review import Language


def exported(*reviews: Review, draft: Draft | None = None, into: Language = "en") -> dict[str, Any]:
    said: dict[str, Any] = json.loads(export(555, "ru", reviews, draft, TAXONOMY, into))
    return said


def test_a_person_without_stored_data_gets_a_file_with_empty_fields() -> None:
    assert json.loads(export(555, None, [], None, TAXONOMY, "ru")) == {
        "telegram_id": 555,
        "chosen_language": None,
        "training_allowed": None,
        "banned": None,
        "unsent_review": None,
        "reviews": [],
    }


def test_all_stored_data_of_a_review_is_in_the_file() -> None:
    known = answer((3,), Confidence.LIKELY, 0.46)
    review = replace(
        REVIEW, source="qr-7", answer=known, answered_ms=1_700_000_005_999, carded_ms=None
    )
    [said] = exported(review)["reviews"]
    title = TAXONOMY.title(3, "en")
    shares = said.pop("probabilities")
    assert said == {
        "number": 12,
        "accepted": "2023-11-14 22:13:20+00:00",
        "rating": 2,
        "topics": ["DELIVERY", "PRICE"],
        "text": REVIEW.text,
        "language": "ru",
        "source": "qr-7",
        "answered": "2023-11-14 22:13:25+00:00",
        "model": f"{MODEL.name} {MODEL.version}",
        "classes": [title],
        "confidence": "likely",
        "only_ranked": False,
        "shown_to_moderators": None,
        "photos": 0,
        "you_said_of_the_answer": None,
        "checked_by_people": [],
        "dialogue": [],
        "you_said_it_is_solved": [],
        "exported_for_training": [],
    }
    assert shares[title] == 0.46
    assert len(shares) == len(TAXONOMY.ids)


def test_the_file_contains_labels_of_moderators_but_not_their_ids() -> None:
    label = Label(
        1, 12, NewLabel(777, LabelKind.CORRECT, (3, 999), "m", "1", "t", 1_700_000_009_000)
    )
    stored = export(555, "ru", [REVIEW], None, TAXONOMY, "en", checked={12: [label]})
    [said] = json.loads(stored)["reviews"]
    assert said["checked_by_people"] == [
        {
            "when": "2023-11-14 22:13:29+00:00",
            "how": "correct",
            "classes": [TAXONOMY.public_title(3, "en")],
        }
    ]
    assert b"777" not in stored


def test_texts_are_readable_and_titles_are_in_the_persons_language() -> None:
    review = replace(REVIEW, answer=answer((3,)))
    stored = export(555, "ru", [review], None, TAXONOMY, "ru").decode()
    assert REVIEW.text in stored
    assert TAXONOMY.title(3, "ru") in stored


@pytest.mark.parametrize(
    "known",
    [
        None,
        replace(answer(), decision=None, probabilities=(), error="lost"),
        replace(answer(), probabilities=(0.5, 0.5)),
    ],
)
def test_a_missing_answer_or_one_with_unknown_classes_is_omitted(known: Any) -> None:
    [said] = exported(replace(REVIEW, answer=known))["reviews"]
    assert (said["classes"], said["confidence"], said["probabilities"]) == ([], None, {})


def test_the_file_contains_the_probabilities_of_an_undecided_review() -> None:
    known = replace(answer((19,), Confidence.PERSON), probabilities=probabilities((7, 0.19)))
    [said] = exported(replace(REVIEW, answer=known))["reviews"]
    assert said["confidence"] == "person"
    assert said["probabilities"][TAXONOMY.title(7, "en")] == 0.19
    assert not said["only_ranked"]


def test_the_file_says_of_a_ranking_that_it_is_one() -> None:
    known = replace(answer((7,), Confidence.PERSON), probabilities=probabilities((7, 0.05)))
    [said] = exported(replace(REVIEW, answer=known))["reviews"]
    assert said["only_ranked"]


def test_the_file_contains_an_unsent_review() -> None:
    draft = Draft(
        form_id="f", rating=0, tags=("PRICE",), parts=(FormPart(1, "Раз"), FormPart(2, "два"))
    )
    assert exported(draft=draft)["unsent_review"] == {
        "rating": 0,
        "topics": ["PRICE"],
        "text": "Раз\nдва",
        "photos": 0,
    }


def test_times_are_in_the_configured_time_zone_in_summer_and_in_winter() -> None:
    summer = replace(REVIEW, accepted_ms=1_721_000_000_000, answered_ms=1_700_000_005_999)
    stored = export(555, "ru", [summer], None, TAXONOMY, "ru", ZoneInfo("Europe/Berlin"))
    [said] = json.loads(stored)["reviews"]
    assert said["accepted"] == "2024-07-15 01:33:20+02:00"
    assert said["answered"] == "2023-11-14 23:13:25+01:00"


def test_the_file_contains_the_times_of_training_exports() -> None:
    content = export(
        555, "en", [REVIEW], None, TAXONOMY, "en", exported_ms={12: [1_700_000_000_000], 13: [5]}
    )
    [said] = json.loads(content)["reviews"]
    assert said["exported_for_training"] == ["2023-11-14 22:13:20+00:00"]
