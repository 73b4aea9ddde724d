"""operator.toml and the environment: all behaviour is written down in the one, all secrets are in the other.

Nothing is read at import. Every key is required, unknown ones are refused, and all problems are told at once.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError, model_validator

from bot.settings_problems import problem
from discovery.options import DiscoveryOptions
from operator_core.domain.base import Frozen
from operator_core.errors import ConfigurationError
from operator_core.options import CoreOptions
from operator_core.text.tables import read_table
from operator_core.words import plural

_SECRETS = read_table(__package__, "secrets.toml")
PURPOSES: Mapping[str, str] = {name: one["purpose"] for name, one in _SECRETS.items()}
"""The only environment variables that are read, and what for."""
BEGINNINGS = {begins: name for name, one in _SECRETS.items() for begins in one["begins"]}
"""What tells one secret from another, so that swapped ones are noticed without asking anybody."""


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
    command: Annotated[str, Field(pattern=r"^/[a-z0-9_-]{1,31}$")]
    mode: Literal["socket", "http"]
    http_port: Port
    health_port: Port
    channel: Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,}$")]
    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]
    urgent: tuple[Approver, ...]

    @property
    def called(self) -> tuple[Approver, ...]:
        """Whom an urgent message mentions: the approvers, where nobody else is named."""
        return self.urgent or self.approvers

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.mode == "http" and self.http_port == self.health_port:
            raise ValueError(f"http_port and health_port must differ in HTTP mode: both are {self.http_port}")
        return self


class ScheduleOptions(Frozen):
    """When things happen, in the people's own time zone."""

    timezone: Annotated[str, AfterValidator(_zone)]
    digest_at: Clock
    watch_every_minutes: Annotated[int, Field(ge=1, le=1440)]
    discovery_at: Clock

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Settings(CoreOptions):
    """operator.toml, whole."""

    slack: SlackOptions
    schedule: ScheduleOptions
    discovery: DiscoveryOptions


def load_settings(path: Path) -> Settings:
    """Reads and checks the file. Raises ConfigurationError naming every wrong or missing key and the fix."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        # As JSON: lists become tuples, yet no text passes for a number, nor a number for true.
        return Settings.model_validate_json(json.dumps(values, default=str), strict=True)
    except FileNotFoundError as error:
        missing = "no such file; ai-operator init writes one, or name yours with --config"
        raise ConfigurationError(f"{path}: {missing}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: could not be read: {error}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        lines = [f"  {problem(details, shipped_lines())}" for details in error.errors()]
        head = f"{path}: {plural(len(lines), 'problem')}"
        if any(details["type"] == "missing" for details in error.errors()):
            head += "; ai-operator init --update adds the keys that are missing"
        raise ConfigurationError("\n".join([head, *lines])) from error


def shipped(name: str) -> str:
    """operator.toml or manifest.yaml as the project ships it: beside this file where it is installed, else in
    the checkout."""
    here = Path(__file__).with_name(name)
    return (here if here.is_file() else here.parents[1] / name).read_text(encoding="utf-8")


def shipped_lines() -> dict[str, dict[str, list[str]]]:
    """Of the project's own operator.toml, by section and key: its line, below the comments above it."""
    lines, above = dict[str, dict[str, list[str]]](), list[str]()
    for line in shipped("operator.toml").splitlines():
        if line.startswith("["):
            section = lines.setdefault(line.strip("[]"), {})
        elif " = " in line and not line.startswith("#"):
            section[line.partition(" = ")[0]] = [*above, line]
        above = [*above, line] if line.startswith("#") else []
    return lines


def secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret's value. Raises ConfigurationError naming the variable and what it is for."""
    value = (os.environ if environment is None else environment).get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set: it is needed {PURPOSES[name]}")
    # Of Slack's each sign is known; another's key may be "not needed", but is written in visible signs.
    bare = r"[\w.-]+" if name.startswith("SLACK_") else r"(?!Bearer |[`<\"'])[ -~]+"
    if name != "MONGODB_URI" and not re.fullmatch(bare, value, re.ASCII):
        raise ConfigurationError(f"{name} has quotes, spaces or other signs in it: set the bare value alone")
    begins, belongs = next(((b, to) for b, to in BEGINNINGS.items() if value.startswith(b)), ("", name))
    if belongs != name:
        raise ConfigurationError(
            f"{name} holds what belongs into {belongs} ({begins}…): swap them. It is needed {PURPOSES[name]}"
        )
    return value


def known_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The values that must never reach a log; of MONGODB_URI, its password."""
    variables = os.environ if environment is None else environment
    values = [variables.get(name, "").strip() for name in PURPOSES if name != "MONGODB_URI"]
    password = login_in(variables.get("MONGODB_URI", "")).partition(":")[2]
    return tuple(value for value in (*values, password, unquote(password)) if value)


def login_in(uri: str) -> str:
    """All before the last @, whatever ought to be encoded there; Cosmos DB's appName=@…@ doesn't count."""
    return re.sub(r"(?i)([?&]appname=)@[^&]*", r"\1", uri).partition("://")[2].rpartition("@")[0]
