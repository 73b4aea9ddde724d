"""`init`: writes operator.toml and the Slack app's manifest, or adds the keys that an operator.toml lacks."""

import re
import tomllib
from pathlib import Path
from typing import Literal

from rich.console import Console

from bot.commands.shared import show
from bot.settings import load_settings, shipped, shipped_lines
from bot.settings_problems import REPLACED
from operator_core.errors import ConfigurationError

Mode = Literal["socket", "http"]
NEXT = "Now fill in [slack] channel and approvers, create the Slack app from {}, and run ai-operator doctor."


def init(path: Path, console: Console, *, mode: Mode | None = None, update: bool = False) -> None:
    """Writes at `path`, and the manifest beside it. `mode`: what is to stand there, whatever did.

    Raises ConfigurationError where something is in the way, or what then stands in `path` won't do.
    """
    begun = not path.exists()
    if not (begun or update):
        raise ConfigurationError(f"{path} is there already; with --update I add what is missing in it")
    text, added = (shipped("operator.toml"), []) if begun else with_missing(path)
    if mode:
        text = re.sub(r"""(?m)^(\s*mode\s*=\s*)(["']{3}|["']).*?\2""", rf'\1"{mode}"', text)
        if not _says(text, mode):
            raise ConfigurationError(f'{path}: left as it is; write mode = "{mode}" in [slack] yourself')
    path.write_bytes(text.encode())
    show(console, f"{path}: {'written' if begun else 'added' if added else 'nothing is missing'}", *added)
    slack, manifest = load_settings(path).slack, path.with_name("manifest.yaml")
    wanted = {mode: manifest_for(mode, slack.command) for mode in ("http", "socket")}
    if manifest.exists() and manifest.read_text(encoding="utf-8") not in wanted.values():
        said = re.findall(r"(?m)^\s*- command:\s*[\"']?(/[^\s\"'#]+)", manifest.read_text(encoding="utf-8"))
        other = f" It says {said[0]}, {path.name} says {slack.command}." if {*said} - {slack.command} else ""
        cure = f"Correct it, or delete it and call me again with --update.{other}"
        show(console, f"{manifest}: you changed it, so I left it", cure)
    else:
        manifest.write_text(wanted[slack.mode], encoding="utf-8")
        show(console, f"{manifest}: for {slack.mode} mode and {slack.command}")
    if begun:
        console.print(NEXT.format(manifest), markup=False)


def _says(text: str, mode: Mode) -> bool:
    try:
        return bool(tomllib.loads(text)["slack"]["mode"] == mode)
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return False


def manifest_for(mode: str, command: str) -> str:
    """The manifest as shipped is Socket Mode's; behind "http:" in it stands what the other mode wants."""
    text = shipped("manifest.yaml").replace("/operator", command)
    return re.sub(r"(?m)^( *(?:\w+: )?).*?# http: ", r"\1", text) if mode == "http" else text


def with_missing(path: Path) -> tuple[str, list[str]]:
    """The file with each key that it lacks at the head of its section, as shipped; and what was added. All
    else stays as it is; the successor of a key that still stands there is the person's to write. Raises
    ConfigurationError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        own, model, added = tomllib.loads(text), tomllib.loads(shipped("operator.toml")), list[str]()
        end = "\r\n" if "\r\n" in text else "\n"
        text = text if text.endswith("\n") else text + end
        for section, lines in shipped_lines().items():
            there = own.setdefault(section, {})
            if not isinstance(there, dict):
                raise ValueError(f"{section} is no section there")
            replaced = {said.partition(":")[0] for old, said in REPLACED.items() if old in there}
            missing = {key: model[section][key] for key in lines if key not in {*there, *replaced}}
            if not missing:
                continue
            new = [line for key in missing for line in lines[key]]
            head = re.search(rf"(?m)^\s*\[\s*[\"']?{section}[\"']?\s*\].*\n", text)
            at, begun = (head.end(), []) if head else (len(text), ["", f"[{section}]"])
            text = text[:at] + "".join(line + end for line in (*begun, *new)) + text[at:]
            added += [f"[{section}]", *new]
            there.update(missing)
        if tomllib.loads(text) != own:
            raise ValueError("\n".join(("write yourself", *added)))
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path}: can't be added to: {error}") from error
    return text, added
