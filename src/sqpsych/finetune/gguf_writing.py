"""A tuned model back in GGUF, so that the embedded server can run it.

Whatever is no weight is the base model's: tokenizer, chat template, hyperparameters. Weights are
the tuned model's, one tensor at a time: matrices as F16, vectors as F32.

Sources: the GGUF specification, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; for the
order of rows, convert_hf_to_gguf.py of llama.cpp.
"""

import math
import os
from contextlib import closing
from pathlib import Path
from typing import Any

from sqpsych.errors import FinetuneError
from sqpsych.finetune.gguf_source import (
    Match,
    Source,
    check_config,
    list_tuned,
    match_tensors,
    open_source,
)
from sqpsych.whole_files import replace_file

_WRITERS_OWN = ("GGUF.", "general.architecture")
"""Fields that gguf's writer writes by itself."""


def write_gguf(model_folder: Path, source: Path, path: Path) -> None:
    """Write a tuned model as a GGUF file, whole or not at all.

    Args:
        model_folder: the model as transformers saves it: config.json, and model*.safetensors in
            F32, BF16 or F16 with any adapters merged. A tokenizer in there is not read.
        source: the GGUF file that its base model was loaded from. All but the weights is copied;
            arrays without items, which gguf cannot write, are left out.
        path: the file to write, which must not be there yet. Its name, less the ending, becomes the
            model's.

    Raises:
        FinetuneError: the model and the source do not belong together, one of them is damaged or
            not supported, or the file is there already or cannot be written.
    """
    if path.exists():
        raise FinetuneError(f"{path} is there already. Give another name, or delete it.")
    opened = open_source(source)
    check_config(model_folder, opened)
    matches = match_tensors(opened, list_tuned(model_folder), model_folder)
    try:
        with (
            replace_file(path) as partial,
            closing(_lay_out(opened, matches, partial, path.stem)) as writer,
        ):
            _write(writer, matches, partial)
    except OSError as error:
        raise FinetuneError(
            f"{path} cannot be written: {error}. Give a folder that is there and that you may "
            "write to, on a disk with room for the model."
        ) from error


def _lay_out(source: Source, matches: list[Match], partial: Path, title: str) -> Any:
    """Settle metadata and the list of tensors; nothing is written yet."""
    import numpy as np
    from gguf import GGUFValueType, GGUFWriter, LlamaFileType

    fields = {
        name: _read_field(name, field, source.path)
        for name, field in source.reader.fields.items()
        if not name.startswith(_WRITERS_OWN)
    }
    fields["general.name"] = (title, GGUFValueType.STRING, None)
    fields["general.file_type"] = (int(LlamaFileType.MOSTLY_F16), GGUFValueType.UINT32, None)
    writer = GGUFWriter(partial, source.architecture)
    writer.data_alignment = int(source.reader.alignment)
    for name, (value, kind, kind_of_items) in fields.items():
        if value != []:
            writer.add_key_value(name, value, kind, kind_of_items)
    for match in matches:
        shape = match.tuned.shape
        number = np.dtype(np.float32 if len(shape) == 1 else np.float16)
        writer.add_tensor_info(match.name, shape, number, math.prod(shape) * number.itemsize)
    return writer


def _read_field(name: str, field: Any, path: Path) -> tuple[Any, Any, Any]:
    """Read a field of the source: its value, the type of it, and that of its items for an array."""
    try:
        value = field.contents()
    except ValueError as error:
        raise FinetuneError(
            f"{name} in {path} is damaged: {error}. Give a file that is whole."
        ) from error
    kind, *kinds_of_items = field.types
    if len(kinds_of_items) > 1:
        raise FinetuneError(
            f"{name} in {path} is an array of arrays, which cannot be copied. Remove it with "
            f"`gguf-new-metadata --remove-metadata {name}` and give the new file."
        )
    return value, kind, kinds_of_items[0] if kinds_of_items else None


def _write(writer: Any, matches: list[Match], partial: Path) -> None:
    """Write it all, down to the disk."""
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for match in matches:
        writer.write_tensor_data(_read_numbers(match))
    writer.close()
    with partial.open("rb+") as file:
        os.fsync(file.fileno())


def _read_numbers(match: Match) -> Any:
    """Read a tuned tensor as the engine wants it: in its order of rows, F16 or F32."""
    import torch
    from safetensors import safe_open

    tuned = match.tuned
    with safe_open(tuned.file, framework="pt") as tensors:
        numbers = tensors.get_tensor(tuned.name)
    if match.heads is not None:
        numbers = _interleave_halves(numbers, match.heads)
    numbers = numbers.to(torch.float32 if numbers.ndim == 1 else torch.float16)
    if not torch.isfinite(numbers).all():
        raise FinetuneError(
            f"{tuned.name} in {tuned.file} holds values that are no numbers, or larger than the "
            "65,504 that F16 can hold. Did the loss diverge? Train with a smaller learning rate."
        )
    return numbers.contiguous().numpy()


def _interleave_halves(rows: Any, heads: int) -> Any:
    """Reorder the rows of each head: the first of either half, the second of either, and so on.

    The rotary embedding turns two of a head's dimensions together. In transformers they lie half a
    head apart, for llama.cpp they must be neighbours.
    """
    halves = rows.unflatten(0, (heads, 2, -1))
    return halves.transpose(1, 2).flatten(0, 2)
