"""A prompt and its answer as a model's own chat template has them, and what the loss may see of them.

The prompt is rendered once, by the template, as it will be when the model is sampled. The answer's tokens follow as
they are: some templates strip what stands around a message, and an answer of Rust may begin with its indentation.
Behind it comes what the template puts behind an answer, up to the token that ends a generation: without that one in
the labels a model never learns to stop, also where the same token is used for padding.
"""

from __future__ import annotations

from dataclasses import dataclass

IGNORED = -100  # a label that the loss does not see
MARK = "\u2402answer\u2403"  # stands for an answer while the template is asked what comes behind one


class ChatError(ValueError):
    """The tokenizer cannot be used for chats; the message says why and what to do."""


@dataclass(frozen=True)
class Tokens:
    """One sample: token ids, and for each the label: itself in the answer and its end, IGNORED before."""

    input_ids: list[int]
    labels: list[int]


class Chat:
    """The chat template of one tokenizer."""

    def __init__(self, tokenizer, end_ids: set[int] | None = None, name: str = "the tokenizer"):
        """`end_ids` are the ids that end a generation, those of the model's generation settings; the tokenizer's
        own end-of-text is always one."""
        if not getattr(tokenizer, "chat_template", None):
            raise ChatError(
                f"{name} has no chat template: take the instruct variant of the model, or put a"
                " chat_template.jinja beside its tokenizer_config.json"
            )
        self.tokenizer = tokenizer
        self.end_ids = set(end_ids or ()) | ({tokenizer.eos_token_id} - {None})
        if not self.end_ids:
            raise ChatError(f"{name} has no end-of-text token, so that a model could not learn to stop")
        self.end = self._end()
        # Text that would be read as a control token: such a row would break its own frame. Many tokenizers have
        # more of them than those that have a name.
        named = set(tokenizer.all_special_tokens) | set(tokenizer.convert_ids_to_tokens(sorted(self.end_ids)))
        added = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
        self.control = sorted(token for token in named | added if token.strip())

    def prompt(self, prompt: str) -> list[int]:
        """The ids of a prompt as the model is given it, with what opens its answer."""
        messages = [{"role": "user", "content": prompt}]
        ids = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        return list(ids)

    def sample(self, prompt: str, answer: str) -> Tokens:
        before = self.prompt(prompt)
        behind = self.tokenizer(answer, add_special_tokens=False)["input_ids"] + self.end
        return Tokens(before + behind, [IGNORED] * len(before) + behind)

    def holds_control(self, text: str) -> bool:
        """Whether a token of the template's own stands in the text."""
        return any(token in text for token in self.control)

    def _end(self) -> list[int]:
        """What comes behind an answer, up to the first token that ends a generation."""
        messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": MARK}]
        try:
            text = self.tokenizer.apply_chat_template(messages, tokenize=False)
        except Exception as error:  # a template is a program of its own, in Jinja
            raise ChatError(f"the chat template cannot render an answer: {error}") from None
        if MARK not in text:
            raise ChatError("the chat template leaves answers out of what it renders")
        behind = self.tokenizer(text.rpartition(MARK)[2], add_special_tokens=False)["input_ids"]
        for place, token in enumerate(behind):
            if token in self.end_ids:
                return behind[: place + 1]
        return [self.tokenizer.eos_token_id]
