"""
The known recipes: their hyperparameters as defaults, and the changes that flags make.

Pure. The layers of adapters are in worker/classifiers/language/presets.py, which serving reads too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType

from training.errors import BadFlag
from worker.classifiers.language.presets import PRESETS, Lora, Preset

ALL_LAYERS = "all"

# AdamW with 8-bit moments: a quarter of the memory.
PACKED = "adamw_8bit"


class PositiveWeight(StrEnum):
    """
    The weight of a class's positive examples in the loss.

    COMPLEMENT is one minus the share of reviews that have the class, as in the published recipes.
    """

    NONE = auto()
    COMPLEMENT = auto()


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    The hyperparameters of a fit; `batch` rows in a batch, `accumulation` batches in each step.

    The learning rate decays over `epochs`, but the fit stops after `stop_after` of them.
    `optimizer` is a name of transformers. `warmup` is in steps. With `keep_best` the result is the
    epoch with the least loss on a tenth of the training rows, which is set aside for that choice.
    """

    epochs: int
    batch: int
    learning_rate: float
    accumulation: int = 1
    optimizer: str = "adamw_torch"
    weight_decay: float = 0.0
    warmup: int = 0
    stop_after: int | None = None
    positive_weight: PositiveWeight = PositiveWeight.COMPLEMENT
    keep_best: bool = False

    @property
    def epochs_run(self) -> int:
        """The number of epochs that are run."""
        return min(self.epochs, self.stop_after or self.epochs)


@dataclass(frozen=True, slots=True)
class FineTuningPlan:
    """Everything that determines a fit except its base and its rows."""

    preset: Preset
    recipe: Recipe
    lora: Lora | None
    seed: int = 42
    save_steps: int = 100
    gradient_checkpointing: bool = False
    shards: bool = False


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "gemma-2-27b": Recipe(
            epochs=2, stop_after=1, batch=1, learning_rate=2e-4, optimizer=PACKED, warmup=20
        ),
        "gemma-2-9b": Recipe(
            epochs=2, batch=2, accumulation=2, learning_rate=2e-4, optimizer=PACKED
        ),
        "mistral-7b": Recipe(
            epochs=3, batch=4, learning_rate=1e-4, weight_decay=0.01, keep_best=True
        ),
        # Its authors give no rate, so theirs was the default of transformers' trainer.
        "xlm-roberta": Recipe(epochs=3, batch=16, learning_rate=5e-5, weight_decay=0.01),
    }
)


def lora_config(
    preset: str,
    *,
    rank: int | None = None,
    alpha: int | None = None,
    dropout: float | None = None,
    modules: str | None = None,
    layers: str | None = None,
) -> Lora | None:
    """
    Return the recipe's adapter, changed by the flags; None for a recipe without one.

    `modules` are comma-separated names, `layers` is "all" or like "0,2,16-41". Raises BadFlag.
    """
    lora = PRESETS[preset].lora
    if lora is None:
        given = {"rank": rank, "alpha": alpha, "dropout": dropout, "modules": modules}
        for name, value in (given | {"layers": layers}).items():
            if value is not None:
                raise BadFlag(f"--{name}: recipe {preset} trains the whole model, no adapter")
        return None
    return _checked(
        Lora(
            rank=lora.rank if rank is None else rank,
            alpha=lora.alpha if alpha is None else alpha,
            dropout=lora.dropout if dropout is None else dropout,
            modules=lora.modules if modules is None else tuple(filter(None, modules.split(","))),
            layers=lora.layers if layers is None else _layers(layers),
        )
    )


def _checked(lora: Lora) -> Lora:
    """Return the adapter if its values are valid, else raise BadFlag."""
    for name, value in (("rank", lora.rank), ("alpha", lora.alpha)):
        if value < 1:
            raise BadFlag(f"--{name} {value}: must be at least 1")
    if not 0 <= lora.dropout < 1:
        raise BadFlag(f"--dropout {lora.dropout}: must be from 0 to below 1")
    return lora


def _layers(text: str) -> tuple[int, ...] | None:
    return None if text == ALL_LAYERS else parse_layers(text)


def parse_layers(text: str) -> tuple[int, ...]:
    """Return the numbers of a text like "0,2,16-41", ascending; BadFlag for any other text."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        numbers = (first, last) if dash else (first,)
        if not all(number.isascii() and number.isdigit() for number in numbers):
            raise BadFlag(f"--layers {text}: {part!r} is neither a number nor like 16-41")
        found |= set(range(int(first), int(numbers[-1]) + 1))
    if not found:
        raise BadFlag(f"--layers {text}: names no layer")
    return tuple(sorted(found))
