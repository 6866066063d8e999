"""Tiny models are computed in one thread: several wait for each other, for seconds a model."""

import torch

torch.set_num_threads(1)
