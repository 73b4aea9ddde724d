"""Tables beside the code: what others write, in words and as patterns of how it looks. Pure.

A pattern is a regular expression with escaped spaces (`re.VERBOSE`); other flags stand at its start, as in
`(?is)`. A place in it, `<<so>>`, stands for the part or the pattern of that name above it.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

Patterns = Mapping[str, re.Pattern[str]]
_PLACE = re.compile(r"<<([a-z ]+)>>")


def read_table(package: str, name: str) -> dict[str, Any]:
    """A TOML file that lies in a package's folder."""
    return tomllib.loads(files(package).joinpath(name).read_text("utf-8"))


def compiled(table: Mapping[str, Any], made: Mapping[str, str] | None = None) -> Patterns:
    """A table's `patterns` by their names. Its `parts`, and parts that code `made`, only stand in them."""
    texts = dict(made or {})
    for name, text in {**table.get("parts", {}), **table["patterns"]}.items():
        texts[name] = filled(text, texts)
    return {name: re.compile(texts[name], re.VERBOSE) for name in table["patterns"]}


def filled(pattern: str, parts: Mapping[str, str]) -> str:
    """With each part in its places."""
    return _PLACE.sub(lambda place: f"(?:{parts[place[1]]})", pattern)
