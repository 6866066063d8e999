"""Answers and taxonomies that the pictures are tried on."""

from collections.abc import Callable

from triage.cascade import Decision, FallbackClass, Ladder, decide
from triage.taxonomy import Taxonomy, load_taxonomy

TAXONOMY = load_taxonomy()
RULE = Ladder(fallback=FallbackClass.model_validate({"class": TAXONOMY.ids[0]}))


def spread(top: dict[int, float], count: int = len(TAXONOMY.classes)) -> list[float]:
    """Return a probability for each class: a little for all, `top` for some."""
    return [top.get(place, (place * 37 % 101) / 5000) for place in range(count)]


def answered(
    top: dict[int, float], taxonomy: Taxonomy = TAXONOMY
) -> tuple[list[float], Decision, Taxonomy, Ladder]:
    """Return what the drawing functions take, without the language."""
    probabilities = spread(top, len(taxonomy.classes))
    rule = RULE if taxonomy is TAXONOMY else Ladder(fallback="most_probable")
    return probabilities, decide(probabilities, taxonomy.ids, rule), taxonomy, rule


def company(count: int, title: Callable[[int], str]) -> Taxonomy:
    """Return a company's own classes."""

    def words(text: str) -> dict[str, str]:
        return {"ru": text, "en": text}

    return Taxonomy.model_validate(
        {
            "groups": [{"slug": "all", "title": words("All")}],
            "classes": [
                {
                    "id": place,
                    "slug": f"class-{place}",
                    "group": "all",
                    "title": words(title(place)),
                    "definition": words("What counts."),
                }
                for place in range(count)
            ],
        }
    )


def long_title(place: int) -> str:
    """Return 60 wide characters; the dollars and the braces mean nothing special."""
    words = "Широкощёкая ЩЁТКА ждёт $МЫЛА$ и {ШАМПУНЯ} у WWW_WWW_WWW, 100%"
    return f"{words[:57]}{place:3d}"
