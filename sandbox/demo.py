"""
Runs the whole product in this process, with a page in the browser.

Everything is deleted at the end, unless a folder is named in which archive and key are kept.
"""

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox.stack import running
from sandbox.telegram import acts
from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from triage.key_file import create_key, new_key, read_seal
from triage.review import Language
from triage.sealing import Seal
from triage.taxonomy import Taxonomy, load_taxonomy
from worker.classifiers.loading import DEFAULT_MODEL

# The people at the start, customers and moderators; the page can add more.
CUSTOMERS: Mapping[str, Language] = {"Анна": "ru", "Ben": "en"}
MODERATORS: Mapping[str, Language] = {"Мария": "ru", "Nick": "en"}

# Those of a company whose taxonomy is not in Russian.
ENGLISH_CUSTOMERS: Mapping[str, Language] = {"Anna": "en", "Ben": "en"}
ENGLISH_MODERATORS: Mapping[str, Language] = {"Maria": "en", "Nick": "en"}


async def show(
    *, port: int, keep: Path | None, language: Language, model: Path, taxonomy_file: Path
) -> None:
    """
    Serve the page until Ctrl-C or SIGTERM.

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
        ) as stack:
            populate(stack.world, taxonomy, language)
            print(f"Feedback Triage is at {stack.server.url}  (Ctrl-C ends it)", flush=True)
            if on_desktop(os.environ, sys.platform):
                webbrowser.open(stack.server.url)
            await ended.wait()


def model_next_to(taxonomy_file: Path) -> Path:
    """Return the folder `model` next to a taxonomy if there is one, else the model that ships."""
    own = taxonomy_file.parent / "model"
    return own if own.is_dir() else DEFAULT_MODEL


def populate(world: World, taxonomy: Taxonomy, language: Language) -> None:
    """
    Add the first people; they speak a language in which the taxonomy has titles.

    The page shows the moderator first who speaks `language`, that of the group.
    """
    is_russian = taxonomy.speaks("ru")
    for name, spoken in (CUSTOMERS if is_russian else ENGLISH_CUSTOMERS).items():
        world.add_person(name, spoken)
    moderators = MODERATORS if is_russian else ENGLISH_MODERATORS
    for name, spoken in sorted(moderators.items(), key=lambda person: person[1] != language):
        acts.join(world.add_person(name, spoken), world.chats[MODERATORS_CHAT_ID])


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
