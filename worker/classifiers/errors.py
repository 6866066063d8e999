"""
Errors of the models.

ClassifierError
  BadModel        a model folder, its base or its adapter cannot be served by this worker
    NoEncoder     the package with the sentence encoder is not installed
  DoesNotFit      this machine cannot hold the model: no GPU, or too little memory
    NoGpu         PyTorch sees none, or may not use it
      UnseenGpu   the driver shows one
  GpuFailed       the GPU fails, and this process cannot use it any more
  NotFetched      a model cannot be fetched from the hub, and the cache does not have it
"""


class ClassifierError(Exception):
    """Base class of the models' errors; its text is one line."""


class BadModel(ClassifierError):
    """A model's files are missing, of another kind, or contradict each other; names them."""


class NoEncoder(BadModel):
    """The package with the sentence encoder is not installed; names the package."""


class DoesNotFit(ClassifierError):
    """The machine has no GPU, or too little memory, for a model; names both sizes."""


class NoGpu(DoesNotFit):
    """PyTorch sees no GPU, is not installed, or may not use the GPU."""


class UnseenGpu(NoGpu):
    """PyTorch sees no GPU although the driver shows one; names the remedy."""


class GpuFailed(ClassifierError):
    """
    CUDA failed and this process cannot use it any more, or other processes took all its memory.

    Only a new process can use the GPU again. The text is the reason.
    """


class NotFetched(ClassifierError):
    """A repository is not complete in the cache and cannot be fetched; names the remedy."""
