"""What is wrong in operator.toml and how to fix it, in words for the person who edits the file. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from pydantic_core import ErrorDetails

REPLACED = {"auto_execute": 'autopilot: write, under [policy], autopilot = "on" for true, "off" for false'}
"""Keys of older versions, each with its successor and what to write there."""
WRONG_FORM = ("_type", "_mismatch", "too_short", "_from_float")
"""Endings of pydantic's names for a value whose form is wrong, whatever its amount."""
SHOWN = 60


def problem(details: ErrorDetails, shipped: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """One line: the dotted place, what is wrong there, and what to write instead. `shipped`: by section and
    key the lines of the project's own file, which has them all."""
    section, key = (*map(str, details["loc"][:2]), "")[:2]
    lines = shipped.get(section, {})
    items = "".join(f", item {part + 1}" for part in details["loc"] if isinstance(part, int))
    place = f"[{section}] {key}{items}".strip()
    line = " ".join(lines[key][-1].split()) if key in lines else ""
    match details["type"]:
        case "missing" if not key:
            return f"{place}: missing; add the section with {', '.join(lines)}"
        case "missing":
            return f"{place}: missing; add {line}"
        case "extra_forbidden":
            return f"{place}: {_unknown(shipped, section, key)}"
        case "value_error":
            return f"{place}: {details['msg'].removeprefix('Value error, ')}"
        case "model_type":
            return f"{place}: must be a section, [{section}] on a line of its own"
        case type_ if type_.endswith(WRONG_FORM):
            return f"{place}: {_shown(details['input'])} won't do; write it like {line}"
    said = details["msg"].replace("Input should be", "must be")
    return f"{place}: {said}, not {_shown(details['input'])}"


def _unknown(shipped: Mapping[str, Mapping[str, Sequence[str]]], section: str, key: str) -> str:
    """What to do about a section, or a key of one, that isn't known. `key`: "" for what stands above all."""
    name = key or section
    if name in REPLACED:
        return f"replaced by {REPLACED[name]}"
    if homes := [f"[{home}]" for home in shipped if name in shipped[home] and home != section]:
        return f"belongs under {' or '.join(homes)}: write that line, if it is missing, above it"
    near = get_close_matches(name, shipped.get(section, ()) if key else shipped, n=1)
    where = ": secrets belong into the environment" * bool(re.search("key|token|secret|password|uri", name))
    return "unknown; " + (f"did you mean {near[0]}?" if near else f"remove it{where}")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
