"""Keys, tokens and passwords in text from outside (keys.toml says how they look), and how they go. Pure."""

import re

from operator_core.text.tables import compiled, read_table

_TABLE = read_table(__package__, "keys.toml")
_FORMATS: list[list[str]] = _TABLE["formats"]


def _any_of(begins: str) -> str:
    return f"(?:{'|'.join(map(re.escape, begins.split()))})"


_MADE = {
    "masked": "|".join(_any_of(begins) + loose for begins, loose, _ in _FORMATS),
    "whole": "|".join(rf"\b{_any_of(begins)}{whole}" for begins, _, whole in _FORMATS),
}
PATTERNS = compiled(_TABLE, _MADE)
REPORTED = PATTERNS["reported"]
"""A whole key, which somebody must rotate."""
_BEGINNINGS = " ".join(begins for begins, _, _ in _FORMATS).casefold().split()
_SECRETS = [
    (PATTERNS[name], shown, hints or _BEGINNINGS) for name, (shown, *hints) in _TABLE["masked"].items()
]


def without_secrets(text: str) -> str:
    """Keys, tokens and passwords out; nothing else changes."""
    folded = text.casefold()
    for secret, shown, hints in _SECRETS:
        if any(map(folded.__contains__, hints)):
            text = secret.sub(shown, text)
    return text
