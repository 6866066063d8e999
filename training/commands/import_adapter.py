"""
Converts a published adapter into a model: checks it, runs it once, writes its manifest.

Adapter and base are folders, or repositories of the hub, which are downloaded and pinned. The
output is the adapter, a manifest and a card; the base is not copied.

A model with a prompt other than the recipe's first has the prompt in its name, so that it replaces
no other model and the command compare tells them apart. --prompt takes a version, or a template
like '{rating} <sep> {tags} <sep> {text}' for an adapter that was trained on another wording.
"""

import argparse
from pathlib import Path

from training.commands.shared_flags import add_taxonomy
from training.errors import BadFlag, Missing
from training.finetuning.adapter_request import AdapterRequest
from training.results.output_paths import check_output_folder
from triage.manifest import MANIFEST, read_manifest
from triage.prompt import check_template, is_template
from worker.classifiers.language.presets import PRESETS, Preset


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("import-adapter", description=__doc__)
    add = parser.add_argument
    add(
        "preset", choices=[p.name for p in PRESETS.values() if p.lora], help="recipe of the adapter"
    )
    add("--adapter", help="folder or repository (default: the recipe's published one)")
    add("--base", help="folder or repository (default: the recipe's)")
    add("--revision", help="commit of the base (default: the recipe's, or the newest)")
    add(
        "--out",
        type=Path,
        help="folder of the model (default: models/PRESET, or PRESET-PROMPT for another prompt)",
    )
    add(
        "--prompt",
        help="version of the prompt, or a template of {rating}, {tags}, {raw_tags} and {text} "
        "(default: what the adapter's own manifest names, else the recipe's first version)",
    )
    add_taxonomy(parser)
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help="device of the test run")
    parser.set_defaults(run=run)


def run(flags: argparse.Namespace) -> None:
    """Write the model's folder atomically."""
    request = _request(flags)
    reads = {"adapter": [Path(request.adapter)], "base": [Path(request.base)]}
    reads["taxonomy"] = [request.taxonomy]
    check_output_folder(reads=reads, name="--out", folder=request.out)
    try:
        from training.finetuning.model_import import make_model
    except ModuleNotFoundError as e:
        raise Missing(f"{e.name} is not installed; pip install '.[training,gpu]'") from e
    make_model(request)
    if not (flags.prompt or _is_known(request)):
        print(
            f"{request.adapter} does not say how its reviews were worded: {request.prompt} is "
            "assumed, --prompt names another"
        )


def _is_known(request: AdapterRequest) -> bool:
    """Return whether the wording is known: of the recipe's adapter, or of one fitted here."""
    return request.adapter == request.preset.adapter or (
        (Path(request.adapter) / MANIFEST).is_file()
    )


def _request(flags: argparse.Namespace) -> AdapterRequest:
    """Return the request of the flags, with the preset's values for those not given; BadFlag."""
    preset = PRESETS[flags.preset]
    adapter = flags.adapter or preset.adapter
    if adapter is None:
        raise BadFlag(f"--adapter: none is published for {preset.name}; name a folder")
    prompt = flags.prompt or _own_prompt(adapter, preset)
    if is_template(prompt):
        check_template(prompt)
    elif prompt not in preset.prompts:
        raise BadFlag(
            f"--prompt {prompt}: {preset.name} knows {' and '.join(preset.prompts)}, or give a "
            "template with {text} in it"
        )
    name = preset.name if prompt == preset.prompts[0] else f"{preset.name}-{_suffix(prompt)}"
    return AdapterRequest(
        preset=preset,
        adapter=adapter,
        base=flags.base or preset.base,
        revision=flags.revision or preset.revision,
        taxonomy=flags.taxonomy,
        device=flags.device,
        prompt=prompt,
        name=name,
        out=flags.out or Path("models") / name,
    )


def _own_prompt(adapter: str, preset: Preset) -> str:
    """Return the prompt of an adapter that was fitted here, else the recipe's first prompt."""
    folder = Path(adapter)
    if (folder / MANIFEST).is_file():
        return read_manifest(folder).prompt
    return preset.prompts[0]


def _suffix(prompt: str) -> str:
    return "template" if is_template(prompt) else prompt
