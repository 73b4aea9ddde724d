"""What is wrong in operator.toml and how to fix it, in words for the person who edits the file. Pure."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

FORMS = {
    "mongodb.database": 'the name of a database, without spaces and any of / \\ . " $',
    "llm.base_url": "a URL that begins with http:// or https://",
    "slack.api_url": "a URL that begins with http:// or https:// and ends with /",
    "slack.command": 'a slash and a name such as "/operator", as the manifest has it',
    "slack.urgent": "a list of user ids or user-group ids; [] for the approvers",
    "slack.channel": 'a channel id such as "C0123ABCD" (in Slack: channel details, at the very bottom)',
    "slack.approvers": 'a list of user ids or user-group ids such as ["U0123ABCD", "S0123ABCD"]',
    "policy.autopilot": 'one of "off", "shadow", "on"',
    "schedule.timezone": 'a time zone such as "Europe/Berlin" or "UTC"',
    "schedule.digest_at": 'a time of day such as "08:00"',
    "schedule.discovery_at": 'a time of day such as "06:00"',
    "discovery.openrouter_url": "a URL that begins with http:// or https://",
    "discovery.models_dev_url": "a URL that begins with http:// or https://",
    "discovery.litellm_url": "a URL that begins with http:// or https://",
}
"""What a value must look like, where its type alone doesn't say."""
REPLACED = {
    "policy.auto_execute": 'autopilot: write, under [policy], autopilot = "on" for true, "off" for false'
}
"""Keys of older versions, each with its successor and what to write there."""
BY_TYPE: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),  # before int, which it is one of
    (int, "a whole number"),
    (float, "a number"),
    (str, "a text in quotes, not an empty one"),
)
WRONG_FORM = ("_type", "_mismatch", "too_short", "_from_float")
"""Endings of pydantic's names for a value whose form is wrong, whatever its amount."""
SHOWN = 60


def problem(settings: type[BaseModel], details: ErrorDetails, shipped: Mapping[str, Any]) -> str:
    """One line: the dotted place, what is wrong there, and what to write instead.

    `shipped`: by section and key, what the project's own file says.
    """
    section, *rest = details["loc"]
    own = settings.model_fields.get(str(section))
    model: Any = own.annotation if own else None
    place = _place(str(section), rest)
    match details["type"]:
        case "missing" if not rest:
            keys = ", ".join(model.model_fields) if model else ""
            return f"{place}: missing; add the section with {keys}"
        case "missing":
            value, wanted = shipped.get(str(section), {}).get(rest[0]), _wanted(model, str(section), rest)
            whole = wanted if value is None else f"{rest[0]} = {_shown(value)} ({wanted})"
            return f"{place}: missing; add {whole}"
        case "extra_forbidden":
            return f"{place}: {_unknown(settings, str(section), str(rest[-1]) if rest else '')}"
        case "value_error":
            return f"{place}: {str(details['msg']).removeprefix('Value error, ')}"
        case "model_type":
            return f"{place}: must be a section, [{section}] on a line of its own"
        case type_ if type_.endswith(WRONG_FORM):
            return f"{place}: {_shown(details['input'])} won't do; write {_wanted(model, str(section), rest)}"
    said = str(details["msg"]).replace("Input should be", "must be")
    return f"{place}: {said}, not {_shown(details['input'])}"


def _unknown(settings: type[BaseModel], section: str, key: str) -> str:
    """What to do about a section, or a key of one, that isn't known. `key`: "" for what stands above all."""
    sections: dict[str, Any] = {name: own.annotation for name, own in settings.model_fields.items()}
    fields = {name: model.model_fields for name, model in sections.items()}
    name = key or section
    if successor := next((said for old, said in REPLACED.items() if old.partition(".")[2] == name), ""):
        return f"replaced by {successor}"
    if homes := [f"[{home}]" for home in fields if name in fields[home] and home != section]:
        return f"belongs under {' or '.join(homes)}: write that line, if it is missing, above it"
    near = get_close_matches(name, fields.get(section, ()) if key else fields, n=1)
    return "unknown; " + (f"did you mean {near[0]}?" if near else "remove it")


def _place(section: str, rest: list[int | str]) -> str:
    key = ".".join(part for part in rest if isinstance(part, str))
    items = "".join(f", item {part + 1}" for part in rest if isinstance(part, int))
    return f"[{section}] {key}{items}".strip()


def _wanted(section: type[BaseModel] | None, name: str, rest: list[int | str]) -> str:
    key = str(rest[0]) if rest else ""
    field = section.model_fields.get(key) if section else None
    return FORMS.get(f"{name}.{key}") or (_by_type(field) if field else "it")


def _by_type(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "a list"
    return next((words for type_, words in BY_TYPE if kind is type_), "a value")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
