"""Counts tokens as gpt-5 does (o200k), offline; roughly, where bpe-openai isn't installed."""

import warnings
from functools import cache
from importlib.util import find_spec
from typing import Protocol

CHARACTERS_PER_TOKEN = 4


class Encoding(Protocol):
    """The part of a tokenizer that is used here."""

    def encode_ordinary(self, text: str) -> list[int]: ...

    def decode(self, tokens: list[int]) -> str: ...


def count_tokens(text: str) -> int:
    encoding = _encoding()
    if encoding is None:
        return -(-len(text) // CHARACTERS_PER_TOKEN)
    return len(encoding.encode_ordinary(text))


def cut_to_tokens(text: str, limit: int) -> str:
    """The beginning of a text, so many tokens long."""
    encoding = _encoding()
    if encoding is None:
        return text[: limit * CHARACTERS_PER_TOKEN]
    return encoding.decode(encoding.encode_ordinary(text)[:limit])


@cache
def _encoding() -> Encoding | None:
    if find_spec("bpe_openai") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it opens its own files the old way
        import bpe_openai

        encoding: Encoding = bpe_openai.get_encoding("o200k_base")
    return encoding
