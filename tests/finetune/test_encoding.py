"""What the therapist says is learned from, to the last end token; what the client says never is."""

from pathlib import Path
from typing import Any

import pytest
import trl
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers.processors import ByteLevel

from finetune.conftest import CHATML, make_messages, make_tokenizer
from sqpsych.errors import FinetuneError
from sqpsych.finetune.conversations import Conversation, Messages
from sqpsych.finetune.encoding import NO_LOSS, choose_template, encode, write
from sqpsych.roleplay.prompts import open_by_user

TEMPLATES = ("llama3", "qwen2_5", "qwen3", "gemma", "phi3", "cohere", "chatml")
ENDS = {
    "llama3": "<|eot_id|>",
    "qwen2_5": "<|im_end|>",
    "qwen3": "<|im_end|>",
    "gemma": "<end_of_turn>",
    "phi3": "<|end|>",
    "cohere": "<|END_OF_TURN_TOKEN|>",
    "chatml": "<|im_end|>",
}


def read_template(name: str) -> str:
    """Read the template of a family of models, as TRL ships it."""
    if name == "chatml":
        return CHATML
    path = Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja"
    return path.read_text("utf-8")


def find_learned(tokenizer: Any, input_ids: list[int], labels: list[int]) -> list[str]:
    """Find the stretches that carry loss, as text."""
    stretches: list[list[int]] = [[]]
    for token, label in zip(input_ids, labels, strict=True):
        if label == NO_LOSS:
            stretches.append([])
        else:
            assert label == token
            stretches[-1].append(token)
    return [tokenizer.decode(stretch) for stretch in stretches if stretch]


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_clients_token_carries_loss_and_every_therapists_does(name: str) -> None:
    tokenizer = make_tokenizer(read_template(name))
    template = choose_template(tokenizer)
    conversations = [Conversation(str(n), open_by_user(make_messages(n))) for n in range(4)]

    encoded = encode(conversations, tokenizer, template, 4096)

    for conversation, one in zip(conversations, encoded.sequences, strict=True):
        said = [m["content"] for m in conversation.messages if m["role"] == "assistant"]
        learned = find_learned(tokenizer, one.input_ids, one.labels)
        assert [_strip(text, name) for text in learned] == said
        assert all(text.rstrip().endswith(ENDS[name]) for text in learned)


def _strip(text: str, name: str) -> str:
    """Take away what a template adds to a turn: its end, and that nothing is thought."""
    return text.replace(ENDS[name], "").replace("<think>\n\n</think>", "").strip()


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="<|>"), min_size=1, max_size=30)


@pytest.mark.parametrize("name", ["llama3", "qwen2_5", "gemma", "chatml"])
@given(lines=st.lists(_TEXT.filter(lambda text: bool(text.strip())), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_whatever_is_said_only_the_therapists_characters_are_learned(
    name: str, lines: list[str]
) -> None:
    tokenizer = make_tokenizer(read_template(name))
    messages: Messages = [
        {"role": "assistant" if place % 2 else "user", "content": line}
        for place, line in enumerate(lines)
    ]

    encoded = encode([Conversation("c", messages)], tokenizer, str(tokenizer.chat_template), 4096)

    (one,) = encoded.sequences
    learned = "".join(find_learned(tokenizer, one.input_ids, one.labels))
    said = "".join(line.strip() + ENDS[name] for line in lines[1::2])
    assert "".join(learned.split()) == "".join(said.split())


def test_a_token_that_begins_before_the_therapist_is_not_learned() -> None:
    template = CHATML.replace("'\n' + message", "' ' + message").replace(
        "assistant\n", "assistant "
    )
    tokenizer = make_tokenizer(template)
    messages: Messages = [
        {"role": "user", "content": "Nights are short"},
        {"role": "assistant", "content": "That sounds hard"},
    ]

    (one,) = encode([Conversation("c", messages)], tokenizer, template, 4096).sequences

    assert " That" in tokenizer.convert_tokens_to_string(tokenizer.tokenize(" That"))
    learned = find_learned(tokenizer, one.input_ids, one.labels)
    assert learned[0].endswith("sounds hard<|im_end|>")
    assert "short" not in learned[0]


def test_spaces_of_the_therapist_are_learned_where_a_tokenizer_gives_them_no_place() -> None:
    tokenizer = make_tokenizer()
    tokenizer.backend_tokenizer.post_processor = ByteLevel(trim_offsets=True)
    said = "First point.\n\nSecond point:\n  - a  b"
    messages: Messages = [
        {"role": "user", "content": "Well?"},
        {"role": "assistant", "content": said},
    ]

    (one,) = encode([Conversation("c", messages)], tokenizer, CHATML, 4096).sequences

    assert find_learned(tokenizer, one.input_ids, one.labels) == [f"{said}<|im_end|>"]


def test_an_error_names_the_dialogue() -> None:
    template = CHATML.replace("{% if add", "{{ 1 / (messages | length - 7) }}{% if add")

    with pytest.raises(FinetuneError, match="c/1: The chat template does not take"):
        encode(
            [Conversation("c/1", open_by_user(make_messages(1)))], make_tokenizer(), template, 4096
        )


def test_loss_on_all_tokens_is_a_choice() -> None:
    tokenizer = make_tokenizer()
    conversation = Conversation("c", open_by_user(make_messages(1)))

    encoded = encode([conversation], tokenizer, CHATML, 4096, therapist_only=False)

    assert encoded.sequences[0].labels == encoded.sequences[0].input_ids


def test_a_long_dialogue_is_cut_behind_a_therapists_turn() -> None:
    tokenizer = make_tokenizer()
    conversation = Conversation("c", open_by_user(make_messages(1, turns=20)))
    whole = encode([conversation], tokenizer, CHATML, 4096).sequences[0]

    encoded = encode([conversation], tokenizer, CHATML, len(whole.input_ids) // 2)

    (one,) = encoded.sequences
    assert encoded.cut == 1
    assert len(whole.input_ids) // 4 < len(one.input_ids) <= len(whole.input_ids) // 2
    assert one.input_ids == whole.input_ids[: len(one.input_ids)]
    assert tokenizer.decode(one.input_ids).endswith("<|im_end|>")
    assert one.labels[-1] != NO_LOSS
    assert whole.labels[len(one.input_ids)] == NO_LOSS


def test_a_dialogue_of_which_no_turn_fits_is_left_out_and_counted() -> None:
    conversation = Conversation("c", open_by_user(make_messages(1)))

    encoded = encode([conversation], make_tokenizer(), CHATML, 12)

    assert (encoded.sequences, encoded.too_long, encoded.cut) == ((), 1, 0)


def test_a_model_without_a_template_is_refused_and_told_of_the_option() -> None:
    with pytest.raises(FinetuneError, match=r"no chat template.*--chat-template FILE"):
        choose_template(make_tokenizer(None))


def test_a_template_of_ones_own_comes_first() -> None:
    assert choose_template(make_tokenizer(None), CHATML) == CHATML


def test_a_template_that_rewrites_earlier_turns_is_replaced_where_trl_has_one() -> None:
    tokenizer = make_tokenizer(read_template("qwen3"))

    assert choose_template(tokenizer) == read_template("qwen3_training")


def test_a_template_that_rewrites_earlier_turns_is_refused_where_it_has_none() -> None:
    template = CHATML.replace("+ '<|im_end|>'", "+ ('<|im_end|>' if loop.last else '<|sep|>')")

    with pytest.raises(FinetuneError, match="differently once others follow"):
        choose_template(make_tokenizer(template))


def test_a_template_by_which_nobody_learns_to_stop_is_refused() -> None:
    template = CHATML.replace("'<|im_end|>' + '\n'", "'\n'")

    with pytest.raises(FinetuneError, match="would not learn to stop"):
        choose_template(make_tokenizer(template))


def test_a_template_that_leaves_out_what_is_said_is_refused() -> None:
    with pytest.raises(FinetuneError, match="leaves out what is said"):
        choose_template(make_tokenizer(read_template("smolvlm")))


def test_a_template_that_knows_no_system_line_says_what_to_do() -> None:
    template = read_template("gemma")
    messages: Messages = [{"role": "system", "content": "Be kind."}, *make_messages(1)]

    with pytest.raises(FinetuneError, match="without --system"):
        write(open_by_user(messages), make_tokenizer(template), template)
