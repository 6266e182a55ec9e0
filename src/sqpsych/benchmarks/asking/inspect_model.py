"""A language model of ours as a model of Inspect: our client asks, our egress guard holds."""

from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    Model,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    get_model,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from sqpsych.language_models.chat_model import ChatModel, Message, Reply, Request
from sqpsych.seeds import derive_seed

PROVIDER = "sqpsych"


@modelapi(name=PROVIDER)
class OurModel(ModelAPI):
    """Passes what Inspect asks to a model that is open already."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        *,
        chat_model: ChatModel,
    ) -> None:
        """Ask `chat_model`; address and key are its own matter."""
        super().__init__(model_name, config=config or GenerateConfig())
        self._model = chat_model
        self._free_lanes: list[int] = []
        self._lanes = 0

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Answer a conversation.

        Raises:
            ModelError: the server is away, talks nonsense, or refuses the request.
        """
        messages = tuple(_convert(message) for message in input)
        tag = f"{derive_seed(*(message.content for message in messages)):x}/therapist/0/1"
        lane = self._take_lane()
        try:
            reply = await self._model.reply(
                Request(
                    tag=tag,
                    seed=config.seed or 0,
                    max_tokens=config.max_tokens or 1,
                    messages=messages,
                    temperature=config.temperature or 0.0,
                    lane=lane,
                )
            )
        finally:
            self._free_lanes.append(lane)
        return _make_output(self.model_name, reply)

    def _take_lane(self) -> int:
        """A lane that no other request is in: a server answers those in one after the other."""
        if not self._free_lanes:
            self._free_lanes.append(self._lanes)
            self._lanes += 1
        return self._free_lanes.pop()


def wrap_model(model: ChatModel, *, max_tokens: int, seed: int, concurrency: int) -> Model:
    """Make a model of Inspect of an open one; it answers at temperature 0.

    Args:
        model: answers in chat.
        max_tokens: of an answer.
        seed: for the server.
        concurrency: requests at the same time.
    """
    config = GenerateConfig(
        max_tokens=max_tokens, seed=seed, temperature=0.0, max_connections=concurrency
    )
    name = f"{PROVIDER}/{model.name}"
    return get_model(name, config=config, memoize=False, chat_model=model)


def _convert(message: ChatMessage) -> Message:
    role: Any = message.role
    return Message(role, message.text)


def _make_output(name: str, reply: Reply) -> ModelOutput:
    usage = ModelUsage(
        input_tokens=reply.prompt_tokens - reply.cached_tokens,
        input_tokens_cache_read=reply.cached_tokens,
        output_tokens=reply.completion_tokens,
        total_tokens=reply.prompt_tokens + reply.completion_tokens,
    )
    choice = ChatCompletionChoice(
        message=ChatMessageAssistant(content=reply.text, model=name),
        stop_reason="stop" if reply.finish_reason == "stop" else "max_tokens",
    )
    return ModelOutput(model=name, choices=[choice], usage=usage, time=reply.seconds)
