"""What Slack documents of the methods that the bot calls: their scopes, arguments, error codes and rates.

Stricter than Slack, which ignores arguments that it doesn't know: one of them is a mistake of ours.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_PARTS, _METHODS = _LISTED["parts"], _LISTED["methods"]


def _words(said: str) -> frozenset[str]:
    return frozenset(re.sub(r"\$(\w+)", lambda part: str(_PARTS[part[1]]), said).split())


ERRORS: Mapping[str, frozenset[str]] = {
    method: _words(f"$common {row['errors']}") for method, row in _METHODS.items()
}
ARGUMENTS: Mapping[str, frozenset[str]] = {
    method: _words(f"token {row['arguments']}") for method, row in _METHODS.items()
}
NEEDED: Mapping[str, str] = {method: row["scope"] for method, row in _METHODS.items() if "scope" in row}
A_MINUTE: Mapping[str, int] = {
    method: row["a_minute"] for method, row in _METHODS.items() if "a_minute" in row
}
"""Calls of one method that are taken within any minute; of chat.postMessage by channel."""
BURST = 5
"""Messages to one channel within five seconds."""
