"""`init`: writes operator.toml and the Slack app's manifest, or adds the keys that an operator.toml lacks."""

import re
import tomllib
from pathlib import Path
from typing import Literal

from rich.console import Console

from bot.commands.shared import show
from bot.settings import load_settings, shipped
from bot.settings_problems import REPLACED
from operator_core.errors import ConfigurationError
from operator_core.words import plural

Mode = Literal["socket", "http"]
NEXT = "Now fill in [slack] channel and approvers, create the Slack app from {}, and run ai-operator doctor."
Blocks = dict[str, dict[str, list[str]]]
"""By section and key: its line as shipped, below the comments above it."""


def init(path: Path, console: Console, *, mode: Mode | None = None, update: bool = False) -> None:
    """Writes at `path`, and the manifest beside it. `mode`: what is to stand there, whatever did.

    Raises ConfigurationError where something is in the way, or what then stands in `path` won't do.
    """
    begun = not path.exists()
    if not (begun or update):
        raise ConfigurationError(f"{path} is there already; with --update I add what is missing in it")
    text, added = (shipped("operator.toml"), []) if begun else with_missing(path)
    if mode:
        text = re.sub(r"""(?m)^(\s*mode\s*=\s*)["'].*?["']""", rf'\1"{mode}"', text)
    _write(path, text)
    show(console, f"{path}: " + ("written" if begun else f"{plural(len(added), 'key')} added"), *added)
    slack, manifest = load_settings(path).slack, path.with_name("manifest.yaml")
    wanted = {mode: manifest_for(mode, slack.command) for mode in ("http", "socket")}
    if manifest.exists() and manifest.read_text(encoding="utf-8") not in wanted.values():
        show(console, f"{manifest}: left as it is", "It isn't mine alone; moved away, it is written anew.")
    else:
        _write(manifest, wanted[slack.mode])
        show(console, f"{manifest}: for {slack.mode} mode and {slack.command}")
    if begun:
        console.print(NEXT.format(manifest), markup=False)


def manifest_for(mode: str, command: str) -> str:
    """The manifest as shipped is Socket Mode's; behind "http:" in it stands what the other mode wants."""
    text = shipped("manifest.yaml").replace("/operator", command)
    return re.sub(r"(?m)^( *(?:\w+: )?).*?# http: ", r"\1", text) if mode == "http" else text


def with_missing(path: Path) -> tuple[str, list[str]]:
    """The file with each key that it lacks at the end of its section, as shipped; and a line for each, saying
    what it does. All else stays as it is; the successor of a key that still stands there is the person's to
    write. Raises ConfigurationError."""
    try:
        text = path.read_bytes().decode("utf-8")
        wanted, model = tomllib.loads(text), tomllib.loads(shipped("operator.toml"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: could not be read: {error}") from error
    end, added = "\r\n" if "\r\n" in text else "\n", list[str]()
    lines = [line for line in re.split(r"(?<=\n)", text + end * (not text.endswith("\n"))) if line]
    for section, blocks in _shipped_blocks().items():
        there = wanted[section] if isinstance(wanted.get(section), dict) else {}
        gone = {said.partition(":")[0] for old, said in REPLACED.items() if old.partition(".")[2] in there}
        missing = {key: model[section][key] for key in blocks if key not in {*there, *gone}}
        if missing:
            at = _end_of(section, lines, end)
            lines[at:at] = [line + end for key in missing for line in blocks[key]]
            added += [f"[{section}] {_in_a_line(blocks[key])}" for key in missing]
            wanted[section] = {**there, **missing}
    try:
        as_wanted = tomllib.loads("".join(lines)) == wanted
    except tomllib.TOMLDecodeError:
        as_wanted = False
    if not as_wanted:
        raise ConfigurationError("\n".join([f"{path}: nothing was written; add yourself", *added]))
    return "".join(lines), added


def _shipped_blocks() -> Blocks:
    blocks, above = Blocks(), list[str]()
    for line in shipped("operator.toml").splitlines():
        if line.startswith("["):
            section = blocks.setdefault(line.strip("[]"), {})
        elif " = " in line and not line.startswith("#"):
            section[line.partition(" = ")[0]] = [*above, line]
        above = [*above, line] if line.startswith("#") else []
    return blocks


def _in_a_line(block: list[str]) -> str:
    """ "urgent = []: whom the few urgent messages mention"."""
    *above, line = block
    setting, _, beside = line.partition(" # ")
    return f"{setting.strip()}: {' '.join([*(one.removeprefix('# ') for one in above), beside]).strip()}"


def _end_of(section: str, lines: list[str], end: str) -> int:
    """Behind its last line that isn't blank nor stands above the next section. What is missing is begun."""
    heads = [n for n, line in enumerate(lines) if re.match(r"\s*\[[^\[\]]+\]", line)]
    own = [n for n in heads if lines[n].split("]")[0].strip(" \t[\"'") == section]
    if not own:
        lines += [end, f"[{section}]{end}"]
        return len(lines)
    at = next((n for n in heads if n > own[0]), len(lines))
    while at < len(lines) and lines[at - 1].startswith("#"):
        at -= 1
    while not lines[at - 1].strip():
        at -= 1
    return at


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: could not be written: {error}") from error
