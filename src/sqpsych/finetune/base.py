"""The model that training begins with: a name, a GGUF file, a folder, an earlier run, a hub name.

Weights of a GGUF file are in blocks, which cannot be trained. They are unpacked once, saved as a
Hugging Face folder beside the weights in the cache, and loaded from there like any other model.
"""

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from sqpsych.errors import CatalogueError, FinetuneError
from sqpsych.finetune.gguf_source import ARCHITECTURES, read_field
from sqpsych.finetune.lineage import Earlier, find_earlier
from sqpsych.finetune.run import MANIFEST, read_manifest
from sqpsych.finetune.settings import TrainingSettings
from sqpsych.language_models.catalogue import load_catalogue
from sqpsych.language_models.opening import ModelSpec, find_spec, find_weights
from sqpsych.language_models.weights import weights_folder

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class Base:
    """A model to begin with, looked up."""

    given: str
    """What the user wrote."""
    name: str
    """What it is called in records: a name of the catalogue, a file's or folder's name, or the
    hub's."""
    folder: str
    """Where transformers loads it from: a folder, or a name at the hub."""
    gguf: Path | None = None
    """The file it was unpacked from, where what is trained can be written back to such a one."""
    licence: str | None = None
    """Of its weights, where the catalogue says so."""
    sha256: str | None = None
    """Of the GGUF file."""
    earlier: Earlier | None = ()
    """What it was trained on by runs of ours; None where that is not known."""


def find_base(given: str) -> Base:
    """Look up a model to train; a GGUF file is unpacked, when that was not done before.

    Raises:
        FinetuneError: it runs on a server, or is nothing that can be loaded.
        WeightsError: weights that are not here, or not what they should be.
    """
    folder = Path(given)
    if (folder / MANIFEST).is_file():
        return _find_run(given, folder)
    if (folder / _CONFIG).is_file():
        return Base(
            given, folder.resolve().name, str(folder), earlier=find_earlier(folder.resolve())
        )
    if folder.is_dir():
        unfinished = " It is a run that is not finished." if (folder / "run.json").exists() else ""
        raise FinetuneError(
            f"{given} holds no model: there is no {_CONFIG} in it.{unfinished} A model of the "
            "catalogue is called by its name from another folder."
        )
    entry = next((entry for entry in load_catalogue() if entry.name == given), None)
    if entry is not None and entry.kind != "gguf":
        return Base(
            given,
            entry.name,
            str(entry.checkpoint or entry.path),
            licence=entry.licence,
            earlier=find_earlier(entry.path) if entry.path else (),
        )
    try:
        spec = find_spec(given)
    except CatalogueError as error:
        if _looks_like_hub(given):
            return Base(given, given, given)
        raise FinetuneError(
            f"{error} To be trained, a model can also be a Hugging Face folder or a hub name "
            "(ORGANISATION/MODEL)."
        ) from error
    if not spec.runs_embedded:
        raise FinetuneError(
            f"{given} runs on a server, which gives no weights to train. Give the model's folder, "
            "GGUF file or hub name."
        )
    return _unpack(spec)


def _find_run(given: str, run: Path) -> Base:
    """Look up the model of an earlier run, which is trained on."""
    manifest, gguf = read_manifest(run), run / "model.gguf"
    return Base(
        given,
        run.resolve().name,
        str(run / "model"),
        gguf=gguf if gguf.is_file() else None,
        licence=manifest["base"]["licence"],
        sha256=manifest["sha256"].get("model.gguf"),
        earlier=find_earlier(run),
    )


def _looks_like_hub(given: str) -> bool:
    organisation, slash, model = given.partition("/")
    return bool(organisation and slash and model) and "/" not in model and ":" not in given


def _unpack(spec: ModelSpec) -> Base:
    """Have the unpacked weights of a GGUF file in the cache."""
    path, sha256 = find_weights(spec)
    folder = weights_folder() / "unpacked" / f"{spec.name}-{sha256[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
        if not (folder / _CONFIG).is_file():
            partial = folder.with_name(f"{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            try:
                _save_unpacked(path, partial)
                partial.rename(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    licence = spec.entry.licence if spec.entry else None
    gguf = path if read_field(path, "general.architecture") in ARCHITECTURES else None
    published = spec.entry is not None and spec.entry.path is None
    return Base(
        spec.given,
        spec.name,
        str(folder),
        gguf=gguf,
        licence=licence,
        sha256=sha256,
        earlier=() if published else find_earlier(path.resolve()),
    )


def _save_unpacked(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
        )
    except (ValueError, NotImplementedError, OSError, KeyError, RuntimeError) as error:
        raise FinetuneError(
            f"{gguf} cannot be unpacked for training: {error}. Give the model's Hugging Face "
            "folder or hub name instead."
        ) from error
    model.save_pretrained(folder)
    _split_as_the_engine(tokenizer, gguf)
    tokenizer.save_pretrained(folder)


def _split_as_the_engine(tokenizer: Any, gguf: Path) -> None:
    """Make a tokenizer split text as llama.cpp does for the same file.

    transformers 5.24 does not know the splitting of SmolLM2, in which each digit stands alone, and
    takes GPT-2's. A model trained on other tokens than it is served with is another model.
    """
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

    if read_field(gguf, "tokenizer.ggml.pre") == "smollm":
        tokenizer.backend_tokenizer.pre_tokenizer = Sequence(
            [Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]
        )


def quieten_libraries() -> None:
    """Keep the libraries' own bars and hints off the terminal; their errors stay."""
    from datasets.utils.logging import disable_progress_bar
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    disable_progress_bar()
    # Between these libraries, about names that are to change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers|trl|peft")


def load_tokenizer(base: Base) -> "PreTrainedTokenizerBase":
    """Load the tokenizer of a model.

    Raises:
        FinetuneError: it cannot be loaded, or does not say which characters a token stands for.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(base.folder)
    except (OSError, ValueError) as error:
        raise _explain(base, error) from error
    if not tokenizer.is_fast:
        raise FinetuneError(
            f"The tokenizer of {base.name} does not say which characters a token stands for, so "
            "the therapist's tokens cannot be told from the client's. Take a model with a fast "
            "tokenizer (tokenizer.json)."
        )
    if tokenizer.pad_token_id is None:
        # Padding is masked wherever it stands.
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def count_context_tokens(base: Base) -> int | None:
    """Count the tokens that a model takes at most; None where its configuration does not say."""
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(base.folder).get_text_config()
    except (OSError, ValueError) as error:
        raise _explain(base, error) from error
    return read_context_tokens(config)


def read_context_tokens(config: Any) -> int | None:
    """Read the most tokens out of a model's configuration; None where it does not say."""
    most: int | None = getattr(config, "max_position_embeddings", None)
    return most


def stamp_weights(base: Base) -> Any:
    """Tell weights apart without reading them: size and time of each file, or the hub's name."""
    files = sorted(Path(base.folder).glob("*.safetensors"))
    return {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in files} or (
        base.folder
    )


def load_model(base: Base, settings: TrainingSettings) -> "PreTrainedModel":
    """Load the weights to train.

    Raises:
        FinetuneError: they cannot be loaded.
    """
    from transformers import AutoModelForCausalLM

    options: dict[str, Any] = {
        "dtype": _choose_dtype(settings),
        "attn_implementation": choose_attention(),
    }
    if settings.weights == "qlora":
        options["quantization_config"] = _make_quantization()
    try:
        return AutoModelForCausalLM.from_pretrained(base.folder, **options)
    except (OSError, ValueError) as error:
        raise _explain(base, error) from error


def _choose_dtype(settings: TrainingSettings) -> "torch.dtype":
    """Choose what weights are kept in.

    Weights that are trained by themselves are kept in fp32 unless bf16 is asked for: at the usual
    rates most steps are smaller than what bf16 can tell apart.
    """
    import torch

    frozen = settings.weights != "all"
    whole = settings.precision == "bf16" or (frozen and uses_bf16(settings))
    return torch.bfloat16 if whole else torch.float32


def uses_bf16(settings: TrainingSettings) -> bool:
    """Whether computations are in bf16."""
    import torch

    if settings.precision != "auto":
        return settings.precision == "bf16"
    return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported())


def choose_attention() -> str:
    """Choose the attention: FlashAttention where it is installed, else PyTorch's own."""
    import torch
    from transformers.utils import is_flash_attn_2_available

    flash = torch.cuda.is_available() and is_flash_attn_2_available()
    return "flash_attention_2" if flash else "sdpa"


def _make_quantization() -> Any:
    import torch
    from transformers import BitsAndBytesConfig
    from transformers.utils import is_bitsandbytes_available

    if not torch.cuda.is_available() or not is_bitsandbytes_available():
        raise FinetuneError(
            "qlora needs an NVIDIA GPU and the package bitsandbytes; here "
            f"{'there is no GPU' if not torch.cuda.is_available() else 'it is not installed'}. "
            "Give --set weights=lora."
        )
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _explain(base: Base, error: Exception) -> FinetuneError:
    # A first paragraph: their lines break off within sentences.
    first = " ".join(str(error).strip().split("\n\n")[0].split())
    return FinetuneError(
        f"{base.given} cannot be loaded: {first.rstrip('.')}. A hub name is fetched only with "
        "HF_HUB_OFFLINE=0 and --allow-host huggingface.co (and its mirrors); a folder needs "
        "config.json, safetensors and the tokenizer's files."
    )
