"""
What the server of `tests.forked` imports and reads once, for all processes that it forks.

What it reads is the same in each of them: the texts, and the files of the sentence encoder.
"""

import bot.console.doctor
import bot.console.serve
import worker.console.serve
from bot.texts import load_texts
from worker.classifiers.encoder.published import load_tokenizer, load_weights

__all__ = ["bot", "worker"]

load_texts()
load_tokenizer()
load_weights()
