"""operator.toml and the environment: all behaviour is written down in the one, all secrets are in the other.

Nothing is read at import. Every key is required, unknown ones are refused, and all problems are told at once.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from discovery.options import DiscoveryOptions
from operator_core.errors import ConfigurationError
from operator_core.facts import Frozen
from operator_core.options import AnalysisOptions, LlmOptions, MongoOptions, PolicyOptions

PURPOSES = {
    "MONGODB_URI": "to read the benchmark's results and to keep what was decided",
    "SLACK_BOT_TOKEN": "to post and to answer in Slack (xoxb-…)",
    "SLACK_APP_TOKEN": "for Socket Mode (xapp-…)",
    "SLACK_SIGNING_SECRET": "to check that HTTP requests come from Slack",
    "OPENAI_API_KEY": "to ask the LLM",
}
"""The only environment variables that are read, and what for."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; write it like Europe/Berlin or UTC") from error
    return name


Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Approver = Annotated[str, Field(pattern=r"^[UWS][A-Z0-9]{2,}$")]


class SlackOptions(Frozen):
    """Where and as what the bot speaks, and who may approve."""

    api_url: Annotated[str, Field(pattern=r"^https?://.*/$")]
    mode: Literal["socket", "http"]
    http_port: Port
    health_port: Port
    channel: Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,}$")]
    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]


class ScheduleOptions(Frozen):
    """When things happen, in the people's own time zone."""

    timezone: Annotated[str, AfterValidator(_zone)]
    digest_at: Clock
    watch_every_minutes: Annotated[int, Field(ge=1, le=1440)]
    discovery_at: Clock

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Settings(Frozen):
    """operator.toml, whole."""

    mongodb: MongoOptions
    llm: LlmOptions
    analysis: AnalysisOptions
    policy: PolicyOptions
    slack: SlackOptions
    schedule: ScheduleOptions
    discovery: DiscoveryOptions


def load_settings(path: Path) -> Settings:
    """Reads and checks the file. Raises ConfigurationError naming every wrong or missing key and the fix."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{path}: no such file; copy operator.toml from the project, or name yours with --config"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: could not be read: {error}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_problem(details) for details in error.errors()]
        raise ConfigurationError("\n".join([f"{path}: {_count(lines)}", *lines])) from error


def secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret's value. Raises ConfigurationError naming the variable and what it is for."""
    value = (os.environ if environment is None else environment).get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set: it is needed {PURPOSES[name]}")
    return value


def known_secrets() -> tuple[str, ...]:
    """The values that must never reach a log."""
    return tuple(value for name in PURPOSES if (value := os.environ.get(name, "").strip()))


def _count(lines: list[str]) -> str:
    return "1 problem" if len(lines) == 1 else f"{len(lines)} problems"


def _problem(details: ErrorDetails) -> str:
    section, *rest = [str(part) for part in details["loc"]]
    key = ".".join(rest)
    where = f"[{section}] {key}".strip()
    if details["type"] == "missing":
        return f"  {where}: missing; add it" + (
            f" (see {_example(section, rest)})" if rest else " with its keys"
        )
    if details["type"] == "extra_forbidden":
        known = _keys(section) if rest else tuple(Settings.model_fields)
        near = get_close_matches(rest[-1] if rest else section, known, n=1)
        return f"  {where}: unknown; " + (f"did you mean {near[0]}?" if near else "remove it")
    said = str(details["msg"]).removeprefix("Value error, ")
    return f"  {where}: {said} (it is {_shown(details['input'])})"


def _keys(section: str) -> tuple[str, ...]:
    field = Settings.model_fields.get(section)
    model = field.annotation if field is not None else None
    return tuple(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else ()


def _example(section: str, rest: list[str]) -> str:
    return f"{section}.{rest[0]} in the project's operator.toml"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
