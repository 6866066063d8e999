from dataclasses import replace
from typing import Any

import pytest
from aiogram.utils.formatting import Text
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive.records import Review, StoredAnswer
from bot.delivery import customer_messages
from bot.desk import cards
from bot.desk.class_lines import CLASSES_SHOWN
from bot.form.text_limit import MAX_TEXT_LENGTH
from bot.form.validation import utf16_length
from tests.bot.samples import HOSTILE, MODEL, REVIEW, TAXONOMY, TEXT, TEXTS, answer, probabilities
from triage.cascade import Confidence, Decision
from triage.queue.backlog import Backlog, StreamBacklog
from triage.queue.messages import ModelName
from triage.queue.served_models import ServedModel
from triage.review import LANGUAGES, Language
from triage.taxonomy import MAX_TOPICS, Class, Group, RatingScale, Taxonomy, Titles, Topic

RU = TEXTS["ru"]
CAPTION, MESSAGE = 1024, 4096

# A company's own file: more classes, and titles longer than anybody should write.
LONG = Taxonomy(
    groups=(Group(slug="all", title=Titles({"ru": "Все", "en": "All"})),),
    topics=tuple(Topic(id=f"T{i}", title=Titles({"en": "W" * 200})) for i in range(MAX_TOPICS)),
    rating=RatingScale(lowest=0, highest=10),
    classes=tuple(
        Class(
            id=1000 + i,
            slug=f"c-{i}",
            group="all",
            title=Titles(
                {"ru": "🙂Очень-преочень длинное 🇷🇺 " * 8 + str(i), "en": "W" * 200 + str(i)}
            ),
            definition=Titles({"ru": "…", "en": "…"}),
        )
        for i in range(60)
    ),
)

DECIDED = st.sampled_from([c for c in Confidence if c is not Confidence.PERSON])


def said(text: Text) -> str:
    return text.render()[0]


def lines(text: Text) -> list[str]:
    return said(text).replace("\N{NO-BREAK SPACE}", " ").splitlines()


def answered(known: StoredAnswer | None, **changes: Any) -> Review:
    return replace(REVIEW, answer=known, **changes)


@st.composite
def longest(draw: st.DrawFn) -> tuple[Review, Taxonomy]:
    """Return a review at the limits of everything, and the classes that it was sorted into."""
    taxonomy = draw(st.sampled_from([TAXONOMY, LONG]))
    ids = st.sampled_from(taxonomy.ids)
    classes = tuple(draw(st.lists(ids, unique=True, min_size=1, max_size=len(taxonomy.ids))))
    confidence = draw(st.sampled_from(Confidence))
    known = StoredAnswer(
        ModelName(name=draw(st.sampled_from(["m" * 40, "модель"])), version="1" * 40),
        probabilities(*((c, 1.0) for c in classes), taxonomy=taxonomy),
        Decision(classes, None if confidence is Confidence.PERSON else 0.2, confidence),
        None,
    )
    review = answered(
        draw(st.sampled_from([known, replace(known, decision=None, error="x" * 200), None])),
        number=draw(st.sampled_from([1, 10**18 - 1])),
        tags=draw(st.sampled_from([(), taxonomy.topic_ids])),
        rating=draw(st.sampled_from([None, 0, 6, 10])),
        photos=3,
        text=draw(
            st.sampled_from(
                [
                    "ы" * MAX_TEXT_LENGTH,
                    "🙂" * (MAX_TEXT_LENGTH // 2),
                    "a\n" * 199 + "a",
                ]
            )
        ),
    )
    return review, taxonomy


@given(longest(), st.sampled_from(LANGUAGES))
def test_a_card_fits_into_a_caption_and_contains_the_whole_text(
    sample: tuple[Review, Taxonomy], language: Language
) -> None:
    review, taxonomy = sample
    card = said(cards.card(review, taxonomy, TEXTS[language]))
    assert utf16_length(card) <= CAPTION
    assert review.text in card


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("confidence", Confidence)
def test_a_card_with_all_fields_at_their_limits_fits_into_a_caption(
    language: Language, confidence: Confidence
) -> None:
    known = StoredAnswer(
        ModelName(name="m" * 40, version="1" * 40),
        (1.0,) * len(LONG.ids),
        Decision(LONG.ids, None if confidence is Confidence.PERSON else 0.2, confidence),
        None,
    )
    text = "ы" * MAX_TEXT_LENGTH
    review = answered(known, number=10**18 - 1, rating=10, tags=LONG.topic_ids, text=text)
    card = said(cards.card(review, LONG, TEXTS[language]))
    assert text in card
    assert utf16_length(card) <= CAPTION


@given(longest(), st.sampled_from(LANGUAGES))
def test_an_answer_fits_into_a_caption(sample: tuple[Review, Taxonomy], language: Language) -> None:
    review, taxonomy = sample
    assert (
        0
        < utf16_length(said(customer_messages.answer(review, taxonomy, TEXTS[language])))
        <= CAPTION
    )


@settings(max_examples=20)  # twenty reviews each
@given(
    st.lists(longest(), min_size=cards.DIGEST_SIZE, max_size=cards.DIGEST_SIZE),
    st.sampled_from(LANGUAGES),
)
def test_a_digest_fits_into_one_message(
    samples: list[tuple[Review, Taxonomy]], language: Language
) -> None:
    reviews = [review for review, _ in samples]
    digest = cards.digest(reviews, samples[0][1], TEXTS[language], removed=20)
    assert utf16_length(said(digest)) <= MESSAGE


PLACES = st.builds(customer_messages.Before, st.integers(0, 10_000)) | st.just(
    customer_messages.Delayed()
)


@given(PLACES, st.sampled_from(LANGUAGES))
def test_a_receipt_fits_into_one_message(
    place: customer_messages.QueuePlace, language: Language
) -> None:
    review = answered(None, text="🙂" * 200, number=10**18)
    receipt = said(customer_messages.receipt(review, TEXTS[language], place))
    assert utf16_length(receipt) <= MESSAGE
    assert review.text in receipt


@given(st.lists(st.sampled_from(TAXONOMY.ids), unique=True, min_size=1), DECIDED)
def test_a_list_of_more_than_five_classes_ends_in_a_count(
    classes: list[int], confidence: Confidence
) -> None:
    review = answered(answer(classes, confidence))
    for text in (customer_messages.answer(review, TAXONOMY, RU), cards.card(review, TAXONOMY, RU)):
        shown = [line for line in lines(text) if line.startswith("•")]
        assert len(shown) == min(len(classes), CLASSES_SHOWN)
        counted = [line for line in lines(text) if line.startswith("и ещё")]
        hidden = len(classes) - CLASSES_SHOWN
        assert counted == ([f"и ещё {hidden}"] if hidden > 0 else [])


def test_an_answer_shows_its_classes_with_percentages_and_the_confidence() -> None:
    review = answered(answer((3, 5), Confidence.LIKELY, 0.46))
    first, second = (TAXONOMY.title(c, "ru") for c in (3, 5))
    assert lines(customer_messages.answer(review, TAXONOMY, RU)) == [
        "Отзыв № 12 прочитан",
        f"• {first}: 46 %",
        f"• {second}: 46 %",
        "Уверенность: средняя",
        "",
        "Спасибо! Отзыв увидят те, кто за это отвечает.",
    ]


def test_a_card_contains_everything_that_a_moderator_needs() -> None:
    assert lines(cards.card(answered(answer((3,))), TAXONOMY, TEXTS["en"])) == [
        "No. 12 · 2 of 6",
        "Delivery, Prices",
        TEXT,
        "Topics (high confidence):",
        f"• {TAXONOMY.title(3, 'en')}: 80%",
        "received 2023-11-14 22:13 · Model: linear 1",
    ]


@pytest.mark.parametrize("filed_under", [3, 19])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_assigns_an_undecided_review_to_a_class(
    filed_under: int, language: Language
) -> None:
    known = replace(
        answer((filed_under,), Confidence.PERSON, 0.02),
        probabilities=probabilities((filed_under, 0.02), (7, 0.19), (8, 0.18), (9, 0.17)),
    )
    say = TEXTS[language]
    text = said(customer_messages.answer(answered(known), TAXONOMY, say))
    assert text.splitlines() == [say("answer-title", number="12"), say("answer-person")]
    card = lines(cards.card(answered(known), TAXONOMY, say))
    verdict = card[card.index(say("card-person")) :]
    assert verdict[1] == say("card-closest")
    for line, class_id in zip(verdict[2:5], (7, 8, 9), strict=True):
        assert line.startswith(f"• {TAXONOMY.title(class_id, language)}: ")
    title = TAXONOMY.title(filed_under, language)
    digest = said(cards.digest([answered(known)], TAXONOMY, say))
    assert title not in "\n".join((text, *card, digest))
    assert say("card-person") in digest


@pytest.mark.parametrize(
    "known",
    [
        None,
        StoredAnswer(MODEL, (), None, "too long for the model"),
        StoredAnswer(MODEL, (0.9, 0.1), Decision((3,), 0.55, Confidence.SURE), None),
        replace(answer(), decision=Decision((999,), 0.55, Confidence.SURE)),
        replace(answer(), decision=Decision((), 0.55, Confidence.SURE)),
    ],
    ids=["none", "error", "other number of classes", "other classes", "no class"],
)
def test_an_answer_that_cannot_be_shown_is_passed_to_a_person(known: StoredAnswer | None) -> None:
    review = answered(known)
    assert lines(customer_messages.answer(review, TAXONOMY, RU))[1:] == [RU("answer-no-classes")]
    card = lines(cards.card(review, TAXONOMY, RU))
    assert card[2:4] == [TEXT, RU("card-failed")]
    assert RU("card-person") in said(cards.digest([review], TAXONOMY, RU))


@pytest.mark.parametrize("language", LANGUAGES)
def test_customers_see_the_public_class_title_and_moderators_the_internal_one(
    language: Language,
) -> None:
    [hidden, *_] = [c for c in TAXONOMY.classes if c.public is not None]
    assert hidden.public is not None
    own, public = hidden.title.into(language), hidden.public.into(language)
    review = answered(answer((hidden.id,)))
    told = said(customer_messages.answer(review, TAXONOMY, TEXTS[language]))
    assert public in told
    assert own not in told
    assert own in said(cards.card(review, TAXONOMY, TEXTS[language]))


def test_a_digest_shows_the_command_of_every_card() -> None:
    reviews = [answered(answer((3,)), number=n, text="Очень\nдолго") for n in (7, 8, 9)]
    digest = lines(cards.digest(reviews, TAXONOMY, RU))
    assert digest[0] == "3 новых отзыва. Команда открывает карточку:"
    heads = [line for line in digest if line.startswith("/r")]
    assert heads == [f"/r{n} · 2 из 6 · {TAXONOMY.title(3, 'ru')}" for n in (7, 8, 9)]
    assert digest.count("Очень долго") == 3


def test_a_digest_shows_the_number_of_photos_of_a_review() -> None:
    reviews = [answered(answer((3,)), number=7, photos=2), answered(answer((3,)), number=8)]
    digest = lines(cards.digest(reviews, TAXONOMY, RU))
    heads = [line for line in digest if line.startswith("/r")]
    assert [head.rpartition(" · ")[2] for head in heads] == ["📷 2", TAXONOMY.title(3, "ru")]


@given(st.text("абв 🙂🇷", min_size=61))
def test_a_long_text_is_cut_in_a_digest_with_an_ellipsis(text: str) -> None:
    last = said(cards.digest([answered(None, text=text + "конец")], TAXONOMY, RU)).split("\n")[-1]
    assert last.endswith(("…", "конец"))
    assert utf16_length(last) <= cards.EXCERPT_LENGTH


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_class_title_of_the_default_taxonomy_is_truncated(language: Language) -> None:
    card = said(cards.card(answered(answer(TAXONOMY.ids)), TAXONOMY, TEXTS[language]))
    assert "…" not in card
    assert max(utf16_length(TAXONOMY.title(c, language)) for c in TAXONOMY.ids) <= 56


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_typed_by_a_person_never_becomes_formatting(language: Language) -> None:
    review, say = answered(answer(), text=HOSTILE), TEXTS[language]
    for text, quote in (
        (cards.card(review, TAXONOMY, say), "expandable_blockquote"),
        (customer_messages.receipt(review, say, customer_messages.Before(0)), "blockquote"),
    ):
        whole, entities = text.render()
        units = whole.encode("utf-16-le")
        [quoted] = [e for e in entities if e.type == quote]
        cut = units[2 * quoted.offset : 2 * (quoted.offset + quoted.length)]
        assert cut.decode("utf-16-le") == HOSTILE
        assert {e.type for e in entities} <= {"bold", "italic", quote}


def test_the_queue_lists_each_model_once_and_why_there_is_no_larger_one() -> None:
    none = StreamBacklog()
    models = [
        ServedModel(host="a", name="linear", version="1", not_larger="the hub is away"),
        ServedModel(host="b", name="linear", version="1", not_larger="the hub is away"),
        ServedModel(host="c", name="gemma-2-9b", version="2"),
    ]
    told = lines(cards.queue(Backlog(none, none, none, 3, 1), 0, 5, RU, models=models))

    assert [line for line in told if "одел" in line] == [
        "Модель: linear 1",
        "Модель: gemma-2-9b 2",
        "Модели крупнее нет: the hub is away",
    ]
