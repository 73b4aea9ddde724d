"""What tells why a request failed: the rules of phrases.txt, and gone.toml's patterns of what is gone."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

TABLE = files(__package__).joinpath("phrases.txt").read_text("utf-8")


def _patterns() -> Mapping[str, re.Pattern[str]]:
    """Each by its name, with those above it in the places of theirs."""
    read: dict[str, str] = tomllib.loads(files(__package__).joinpath("gone.toml").read_text("utf-8"))
    for name, pattern in read.items():
        read[name] = re.sub("<<([a-z ]+)>>", lambda named: f"(?:{read[named.group(1)]})", pattern)
    return {name: re.compile(pattern, re.VERBOSE) for name, pattern in read.items()}


PATTERNS = _patterns()
