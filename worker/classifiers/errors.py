"""
Errors of the models.

ClassifierError
  BadModel        a model folder, its base or its adapter cannot be served by this worker
  DoesNotFit      this machine cannot hold the model: no GPU, or too little memory
    NoGpu         there is none that PyTorch sees
  GpuFailed       the GPU is there and fails, and nothing in this process can use it any more
  NotFetched      a model cannot be fetched from the hub, and the cache does not have it
"""


class ClassifierError(Exception):
    """Is the base of the models' errors; its text is fit for one line."""


class BadModel(ClassifierError):
    """A model's files are missing, of another kind, or contradict each other; names which."""


class DoesNotFit(ClassifierError):
    """The machine has no GPU, or too little memory, for a model; names both sizes."""


class NoGpu(DoesNotFit):
    """PyTorch sees no GPU here, or is not here itself; the driver may see one all the same."""


class GpuFailed(ClassifierError):
    """
    CUDA failed, and answers a process that met this no more, or others took all its memory.

    Only a new process helps. Its text is the reason.
    """


class NotFetched(ClassifierError):
    """A repository is not complete in the cache and cannot be fetched; names the remedy."""
