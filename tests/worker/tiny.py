"""
Tiny models with random weights, one of each known architecture, saved as the real ones are.

Their layers are large enough for every path of the 4-bit code, and their linear weights are
enlarged so that logits differ from review to review by about one.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    Gemma2Config,
    Gemma2ForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from triage.manifest import BaseModelRef
from triage.taxonomy import load_taxonomy
from worker.classifiers.language.adapter_import import Made, describe, import_adapter
from worker.classifiers.language.network import load_base
from worker.classifiers.language.placement import Placement
from worker.classifiers.language.presets import Preset

# Test processes share the cores, and threads that wait for each other take seconds there.
torch.set_num_threads(1)

TAXONOMY = load_taxonomy()
CLASSES = len(TAXONOMY.ids)
REF = BaseModelRef(id="tiny/base", revision="0" * 40)
CPU = Placement("cpu", torch.float32)

TEXTS = (
    "Курьер опять ехал целую вечность, а мороженое растаяло",
    "Ждали заказ девяносто минут, слишком долго",
    "Цены выше, чем в магазине, и доставка дорогая 👎",
    "Спасибо, всё понравилось, курьер вежливый 👍",
    "Неудобно искать товары в каталоге, поиск не находит хлеб",
    "Оплата не прошла, а деньги списали; поддержка молчит",
)
HEADS = "user assesment: 6.0\n\nTags: DELIVERY,PRICE\n\nReview: tags: {SUPPORT,PAYMENT}"

ENLARGED = 4.0
SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
GEMMA = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>"}
MISTRAL = {"bos_token": "<s>", "eos_token": "</s>"}
ROBERTA = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "mask_token": "<mask>"}


def sentence_tokenizer(names: dict[str, str]) -> PreTrainedTokenizerFast:
    """Return a BPE like Gemma's and Mistral's: spaces as ▁, unknown letters as bytes, no frame."""
    bpe = Tokenizer(models.BPE(unk_token="<unk>"))
    bpe.normalizer = normalizers.Replace(" ", "▁")
    _train(bpe, names)
    parts = json.loads(bpe.to_str())
    vocabulary = parts["model"]["vocab"]
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    parts["model"]["byte_fallback"] = True
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(parts)), unk_token="<unk>", **names
    )


def roberta_tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level BPE that frames by <s> and </s> itself."""
    bpe = Tokenizer(models.BPE(unk_token="<unk>"))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    _train(bpe, ROBERTA, pre_tokenizers.ByteLevel.alphabet())
    start, end = ("<s>", 0), ("</s>", 2)
    bpe.post_processor = processors.RobertaProcessing(end, start, add_prefix_space=False)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, unk_token="<unk>", **ROBERTA)


def _train(bpe: Tokenizer, names: dict[str, str], alphabet: Sequence[str] = ()) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=160 + len(alphabet),
        special_tokens=[*names.values(), "<unk>"],
        initial_alphabet=list(alphabet),
        show_progress=False,
    )
    bpe.train_from_iterator([*TEXTS, HEADS], trainer)


def write_base(folder: Path, preset: Preset) -> Path:
    """Write the tiny base of a recipe into `folder`: packed where the real one comes packed."""
    torch.manual_seed(1)
    match preset.architecture:
        case "gemma2":
            tokenizer, model = sentence_tokenizer(GEMMA), _gemma()
            wide = folder / "wide"
            model.save_pretrained(wide)
            model = AutoModelForCausalLM.from_pretrained(wide, quantization_config=NF4)
            shutil.rmtree(wide)
        case "mistral":
            tokenizer = sentence_tokenizer(MISTRAL)
            model = _mistral()
        case _:
            tokenizer = roberta_tokenizer()
            model = _roberta()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


NF4 = BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_use_double_quant=True,
    bnb_4bit_compute_dtype=torch.bfloat16,
)


def _gemma() -> PreTrainedModel:
    config = Gemma2Config(
        **SHAPE,
        vocab_size=1024,
        num_key_value_heads=2,
        head_dim=32,
        sliding_window=64,
        query_pre_attn_scalar=32,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    return _enlarged(Gemma2ForCausalLM(config)).to(torch.bfloat16)


def _mistral() -> PreTrainedModel:
    config = MistralConfig(
        **SHAPE, vocab_size=1024, num_key_value_heads=2, bos_token_id=0, eos_token_id=1
    )
    return _enlarged(MistralForCausalLM(config)).to(torch.bfloat16)


def _roberta() -> PreTrainedModel:
    config = XLMRobertaConfig(
        **SHAPE,
        vocab_size=1024,
        max_position_embeddings=520,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        num_labels=CLASSES,
        problem_type="multi_label_classification",
    )
    model = _enlarged(XLMRobertaForSequenceClassification(config))
    model.classifier.out_proj.weight.data.mul_(ENLARGED**2)
    return model


def _enlarged(model: PreTrainedModel) -> PreTrainedModel:
    """Return `model` with linear weights of such a size that rows differ."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.weight.data.mul_(ENLARGED)
    return model


def write_adapter(folder: Path, base: Path, preset: Preset, *, classes: int = CLASSES) -> Path:
    """Write an adapter with random weights for the base, in its second layer alone."""
    torch.manual_seed(2)
    assert preset.lora is not None
    config = LoraConfig(
        task_type="SEQ_CLS",
        r=4,
        lora_alpha=8,
        target_modules=list(preset.lora.modules),
        layers_to_transform=[1],
    )
    model = get_peft_model(load_base(base, preset, classes, CPU), config)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.data.normal_(std=0.2 if "score" in name else 0.3)
    model.peft_config["default"].base_model_name_or_path = REF.id
    # Looking for changed embeddings, PEFT would ask a hub for the base.
    model.save_pretrained(folder, save_embedding_layers=False)
    return folder


def write_model(folder: Path, preset: Preset) -> Path:
    """Write a whole model: its base into `folder`/base, and adapter and manifest beside it."""
    folder.mkdir()
    if preset.lora is None:
        write_base(folder, preset)
        describe(folder, folder, preset, TAXONOMY, Made(None, ("model.safetensors",)))
        return folder
    base = write_base(folder / "base", preset)
    adapter = write_adapter(folder / "adapter", base, preset)
    import_adapter(adapter, folder, base, REF, preset, TAXONOMY)
    return folder
