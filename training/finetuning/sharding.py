"""
Divides the frozen base of an adapter among the processes of a fit.

Each process keeps its share of every layer's frozen weights, in 4 bits as they are, and collects a
layer from the others while it runs. Adapter and head are small and whole in each process, so
gradients, checkpoints and the result are those of a fit without division.
"""

import torch.distributed
from accelerate import PartialState
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from training.errors import BadFlag


def check_shards(*, adapts: bool, processes: int) -> None:
    """Raise BadFlag if there is nothing to divide, or only one process."""
    if not adapts:
        raise BadFlag("--shard: this recipe trains all weights, only frozen ones can be divided")
    if processes < 2:
        raise BadFlag("--shard: needs several processes; start them by accelerate launch")


def shard_frozen(model: nn.Module, body: nn.Module, device: str) -> None:
    """
    Divide the frozen weights of the layers of `body` among all processes; print the share here.

    `model` is the whole model with its adapter, `body` the part of it that has the layers.
    """
    frozen = [weight for weight in body.layers.parameters() if not weight.requires_grad]
    whole = sum(weight.nbytes for weight in frozen)
    processes = torch.distributed.get_world_size()
    mesh = init_device_mesh(device.partition(":")[0], (processes,))
    kept_whole = set(model.parameters()) - set(frozen)
    for layer in body.layers:
        fully_shard(layer, mesh=mesh, reshard_after_forward=True, ignored_params=kept_whole)
    fully_shard(body, mesh=mesh, ignored_params=kept_whole)
    # Divided weights differ between processes, and have no gradients to be averaged.
    apart = [name for name, weight in model.named_parameters() if not weight.requires_grad]
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, apart)
    weights = body.layers.parameters()
    share = sum(weight.to_local().nbytes for weight in weights if isinstance(weight, DTensor))
    if PartialState().is_main_process:
        print(f"divided among {processes} processes: {share} of {whole} bytes in this one")
