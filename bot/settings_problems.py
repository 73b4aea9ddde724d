"""What is wrong in operator.toml and how to fix it, in words for the person who edits the file. Pure."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

URL = "a URL that begins with http:// or https://"
FORMS = {
    "mongodb.database": 'the name of a database, without spaces and any of / \\ . " $',
    "llm.base_url": URL,
    "slack.api_url": f"{URL} and ends with /",
    "slack.command": 'a slash and a name such as "/operator", as the manifest has it',
    "slack.urgent": "a list of user ids or user-group ids; [] for the approvers",
    "slack.channel": 'a channel id such as "C0123ABCD" (in Slack: channel details, at the very bottom)',
    "slack.approvers": 'a list of user ids or user-group ids such as ["U0123ABCD", "S0123ABCD"]',
    "policy.autopilot": 'one of "off", "shadow", "on"',
    "schedule.timezone": 'a time zone such as "Europe/Berlin" or "UTC"',
    "schedule.digest_at": 'a time of day such as "08:00"',
    "schedule.discovery_at": 'a time of day such as "06:00"',
    "discovery.openrouter_url": URL,
    "discovery.models_dev_url": URL,
    "discovery.litellm_url": URL,
}
"""What a value must look like, where its type alone doesn't say."""
REPLACED = {
    "policy.auto_execute": 'autopilot: write, under [policy], autopilot = "on" for true, "off" for false'
}
"""Keys of older versions, each with its successor and what to write there."""
BY_TYPE: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes, not an empty one",
}
WRONG_FORM = ("_type", "_mismatch", "too_short", "_from_float")
"""Endings of pydantic's names for a value whose form is wrong, whatever its amount."""
SHOWN = 60


def problem(settings: type[BaseModel], details: ErrorDetails, shipped: Mapping[str, Any]) -> str:
    """One line: the dotted place, what is wrong there, and what to write instead. `shipped`: by section and
    key, what the project's own file says."""
    section, key = (*map(str, details["loc"][:2]), "")[:2]
    fields = _fields(settings).get(section, {})
    items = "".join(f", item {part + 1}" for part in details["loc"] if isinstance(part, int))
    place = f"[{section}] {key}{items}".strip()
    wanted = FORMS.get(f"{section}.{key}") or (_by_type(fields[key].annotation) if key in fields else "it")
    match details["type"]:
        case "missing" if not key:
            return f"{place}: missing; add the section with {', '.join(fields)}"
        case "missing":
            value = shipped.get(section, {}).get(key)
            return f"{place}: missing; add " + (
                f"{key} = {_shown(value)} ({wanted})" if value is not None else wanted
            )
        case "extra_forbidden":
            return f"{place}: {_unknown(settings, section, key)}"
        case "value_error":
            return f"{place}: {details['msg'].removeprefix('Value error, ')}"
        case "model_type":
            return f"{place}: must be a section, [{section}] on a line of its own"
        case type_ if type_.endswith(WRONG_FORM):
            return f"{place}: {_shown(details['input'])} won't do; write {wanted}"
    said = details["msg"].replace("Input should be", "must be")
    return f"{place}: {said}, not {_shown(details['input'])}"


def _fields(settings: type[BaseModel]) -> dict[str, dict[str, FieldInfo]]:
    sections: dict[str, Any] = {name: own.annotation for name, own in settings.model_fields.items()}
    return {name: model.model_fields for name, model in sections.items()}


def _unknown(settings: type[BaseModel], section: str, key: str) -> str:
    """What to do about a section, or a key of one, that isn't known. `key`: "" for what stands above all."""
    fields, name = _fields(settings), key or section
    if successor := next((said for old, said in REPLACED.items() if old.partition(".")[2] == name), ""):
        return f"replaced by {successor}"
    if homes := [f"[{home}]" for home in fields if name in fields[home] and home != section]:
        return f"belongs under {' or '.join(homes)}: write that line, if it is missing, above it"
    near = get_close_matches(name, fields.get(section, ()) if key else fields, n=1)
    return "unknown; " + (f"did you mean {near[0]}?" if near else "remove it")


def _by_type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(kind))
    return "a list" if get_origin(kind) is tuple else BY_TYPE.get(kind, "a value")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
