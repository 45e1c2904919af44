"""Tokens and labels of a prompt and its answer, in a model's own chat template.

The template renders only the prompt, exactly as when the model is sampled. The answer's tokens follow unchanged: some
templates strip whitespace around a message, but an answer in Rust may begin with indentation. After them comes what the
template puts after an answer, up to the token that ends a generation. That token must have a label, or the model never
learns to stop; this holds even if it is the padding token as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100  # the label of a token that does not count in the loss
MARK = "\u2402answer\u2403"  # a placeholder for an answer, to find what the template puts after one


class ChatError(ValueError):
    """The tokenizer cannot be used for chats; the message says why and what to do."""


@dataclass(frozen=True)
class Tokens:
    """One sample. The label of a token is the token itself in the answer and its end, IGNORED in the prompt."""

    input_ids: list[int]
    labels: list[int]


def system_turn(system: str | None) -> list[dict[str, str]]:
    """The system turn of a conversation, as a list that is empty without one."""
    return [{"role": "system", "content": system}] if system else []


class Chat:
    """The chat template of one tokenizer."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        end_ids: set[int] | None = None,
        name: str = "the tokenizer",
    ):
        """`end_ids` are the ids that end a generation, from the model's generation settings.

        The tokenizer's end-of-text is added to them. `name` is for messages.
        """
        if not getattr(tokenizer, "chat_template", None):
            raise ChatError(
                f"{name} has no chat template: take the instruct variant of the model, or put a"
                " chat_template.jinja beside its tokenizer_config.json"
            )
        self.tokenizer, self.name = tokenizer, name
        self.end_ids = set(end_ids or ()) | ({tokenizer.eos_token_id} - {None})
        if not self.end_ids:
            raise ChatError(f"{name} has no end-of-text token, so a model could not learn to stop")
        self.end = self._end()
        # Texts that the tokenizer reads as control tokens: a row with one would break the template's structure. Many
        # tokenizers have more of them than their named special tokens.
        named = set(tokenizer.all_special_tokens) | set(tokenizer.convert_ids_to_tokens(sorted(self.end_ids)))
        added = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
        self.control = sorted(token for token in named | added if token.strip())

    def prompt(self, prompt: str, system: str | None = None) -> list[int]:
        """The ids of a prompt as the model gets it, up to the start of the answer, after a system turn if one is given.

        For a system turn, see `check_system` first: some templates leave it out without a word.
        """
        messages = [*system_turn(system), {"role": "user", "content": prompt}]
        ids = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        return list(ids)

    def check_system(self, system: str) -> None:
        """Raises ChatError if the template refuses a system turn, or renders a conversation without its text."""
        messages = [*system_turn(system), {"role": "user", "content": "?"}]
        try:
            text = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        except Exception as error:  # a template is a Jinja program and may raise anything
            why = f" ({' '.join(str(error).split())[:200]})"
        else:
            if system.strip() in text:
                return
            why = ""
        raise ChatError(
            f"{self.name}: its chat template has no system turn{why}: set sampling.system to null, and put the text into"
            " sampling.instruction"
        )

    def sample(self, prompt: str, answer: str) -> Tokens:
        prompt_ids = self.prompt(prompt)
        answer_ids = self._plain_ids(answer) + self.end
        return Tokens(prompt_ids + answer_ids, [IGNORED] * len(prompt_ids) + answer_ids)

    def holds_control(self, text: str) -> bool:
        """Whether the text contains a control token."""
        return any(token in text for token in self.control)

    def _plain_ids(self, text: str) -> list[int]:
        return cast("list[int]", self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _end(self) -> list[int]:
        """The tokens that the template puts after an answer, up to the first that ends a generation."""
        messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": MARK}]
        try:
            text = self.tokenizer.apply_chat_template(messages, tokenize=False)
        except Exception as error:  # a template is a Jinja program and may raise anything
            raise ChatError(f"the chat template cannot render an answer: {error}") from None
        if MARK not in text:
            raise ChatError("the chat template does not render answers")
        after_answer = self._plain_ids(text.rpartition(MARK)[2])
        for place, token in enumerate(after_answer):
            if token in self.end_ids:
                return after_answer[: place + 1]
        return [self.tokenizer.eos_token_id]
