"""
Runs the whole product in this process, with a page in the browser.

Everything is deleted at the end, unless a folder is named that keeps archive and key.
"""

import asyncio
import logging
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sandbox.control.page_hint import PageHint, company_hint, shipped_hint
from sandbox.errors import SandboxError
from sandbox.example_reviews.entries import example_file, read_examples
from sandbox.example_reviews.player import ExamplePlayer
from sandbox.simulated_people import Moderator
from sandbox.stack import Stack, running
from sandbox.telegram.world import World
from triage.key_file import create_key, new_key, read_seal
from triage.review import Language
from triage.sealing import Seal
from triage.taxonomy import DEFAULT_TAXONOMY, Taxonomy, load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL

logger = logging.getLogger(__name__)

# The people at the start, customers and moderators; the page can add more.
CUSTOMERS: Mapping[str, Language] = {"Анна": "ru", "Ben": "en"}
MODERATORS: Mapping[str, Language] = {"Мария": "ru", "Nick": "en"}

# The customers of a company whose taxonomy is not in Russian.
ENGLISH_CUSTOMERS: Mapping[str, Language] = {"Anna": "en", "Ben": "en"}
ENGLISH_MODERATORS: Mapping[str, Language] = {"Maria": "en", "Nick": "en"}


async def show(
    *,
    port: int,
    keep: Path | None,
    language: Language,
    model: Path,
    taxonomy_file: Path,
    examples: bool = True,
    desk_panel: Literal["private", "group"] = "private",
) -> None:
    """
    Serve the page until Ctrl-C or SIGTERM; with `examples` it fills with example reviews.

    The group's language is English if the taxonomy is not in `language`. Raises PortTaken,
    StackFailed, BadTaxonomy, or BadKey for a folder whose key cannot be read.
    """
    taxonomy = load_taxonomy(taxonomy_file)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with _kept(keep) as (folder, seal):
        async with running(
            folder,
            port=port,
            language=language if taxonomy.speaks(language) else "en",
            model=model,
            taxonomy_file=taxonomy_file,
            seal=seal,
            paced=True,
            desk_panel=desk_panel,
        ) as stack:
            path = example_file(taxonomy_file) if examples and keep is None else None
            stack.server.page.hint = hint_for(taxonomy_file, taxonomy, fills=path is not None)
            moderators = populate(stack.world, taxonomy, language)
            print(f"Feedback Triage is at {stack.server.url}  (Ctrl-C ends it)", flush=True)
            if on_desktop(os.environ, sys.platform):
                webbrowser.open(stack.server.url)
            playing = asyncio.create_task(_play_examples(stack, taxonomy, moderators, path))
            await ended.wait()
            playing.cancel()
            await asyncio.wait({playing})


def hint_for(taxonomy_file: Path, taxonomy: Taxonomy, *, fills: bool) -> PageHint:
    """Return what the page tells a visitor; `fills`: example reviews are played."""
    if taxonomy_file.resolve() == DEFAULT_TAXONOMY.resolve():
        return shipped_hint(fills=fills)
    return company_hint(taxonomy, fills=fills)


def model_next_to(taxonomy_file: Path) -> Path:
    """Return the folder `model` next to a taxonomy if there is one, else the model that ships."""
    own = taxonomy_file.parent / "model"
    return own if own.is_dir() else DEFAULT_MODEL


async def _play_examples(
    stack: Stack, taxonomy: Taxonomy, moderators: Sequence[Moderator], path: Path | None
) -> None:
    """Play the example reviews at `path`, if there are any, while the page is open."""
    try:
        examples = [] if path is None else read_examples(path)
        await ExamplePlayer(stack, taxonomy, moderators).play(examples)
    except SandboxError as e:
        logger.warning("the example reviews stopped: %s", e)


def populate(world: World, taxonomy: Taxonomy, language: Language) -> Sequence[Moderator]:
    """
    Add the first people, and return the moderators.

    They speak a language in which the taxonomy has titles.

    The page first shows the moderator who speaks `language`, the language of the group.
    """
    is_russian = taxonomy.speaks("ru")
    for name, spoken in (CUSTOMERS if is_russian else ENGLISH_CUSTOMERS).items():
        world.add_person(name, spoken)
    moderators = MODERATORS if is_russian else ENGLISH_MODERATORS
    return [
        Moderator(world, name, language_code=spoken)
        for name, spoken in sorted(moderators.items(), key=lambda person: person[1] != language)
    ]


def on_desktop(environment: Mapping[str, str], platform: str) -> bool:
    """Return whether this machine can open a browser."""
    if "SSH_CONNECTION" in environment or "CI" in environment:
        return False
    shown = ("DISPLAY", "WAYLAND_DISPLAY")
    return platform in {"darwin", "win32"} or any(environment.get(name) for name in shown)


@contextmanager
def _kept(keep: Path | None) -> Iterator[tuple[Path, Seal]]:
    """Yield the archive's folder and its seal: kept ones, or temporary ones."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="feedback-triage-") as folder:
            yield Path(folder), Seal([new_key()])
        return
    key = keep / "key" / "triage.key"
    create_key(key)
    yield keep, read_seal(key)
