"""
The taxonomy file of commands without settings of their own: training, benchmarks, sandbox.

It is the TAXONOMY_FILE of bot and worker, so that a model is fitted for the classes it serves.
"""

from pathlib import Path

from pydantic import ValidationError

from triage.errors import BadSettings
from triage.setting_sources import FileSettings
from triage.taxonomy import DEFAULT_TAXONOMY


class TaxonomySettings(FileSettings):
    """The setting that names the taxonomy."""

    taxonomy_file: Path = DEFAULT_TAXONOMY


def chosen_taxonomy() -> Path:
    """
    Return the file that TAXONOMY_FILE names, in the environment or in `.env`, or the built-in one.

    Raises BadSettings, one line.
    """
    try:
        return TaxonomySettings().taxonomy_file
    except ValidationError as e:
        reason = e.errors(include_input=False, include_url=False)[0]["msg"]
        said = reason.removeprefix("Value error, ")
        raise BadSettings(f"setting TAXONOMY_FILE: {said}") from None
