import pytest

from worker.classifiers.hub.sizes import size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.0 MB"), (104_000_000, "104.0 MB"), (500_000_000, "0.5 GB"), (6_100_000_000, "6.1 GB")],
)
def test_a_size_is_formatted_in_a_suitable_unit(count: int, text: str) -> None:
    assert size_text(count) == text
