"""`init`: writes operator.toml and the Slack app's manifest, or adds the keys that an operator.toml lacks."""

import json
import re
import tomllib
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Literal

import yaml
from rich.console import Console

from bot.commands.shared import show
from bot.settings import SlackOptions, load_settings, shipped, shipped_lines
from bot.settings_problems import REPLACED
from operator_core.errors import ConfigurationError

Mode = Literal["socket", "http"]
Statement = tuple[str, str]
"""A place in the manifest, such as features.bot_user.display_name, and what is said there."""
NEXT = "Now fill in [slack] channel and approvers, create the Slack app from {}, and run ai-operator doctor."
PASTE = "Paste it under App Manifest in the app's menu; reinstall the app if Slack asks."
CALLED = "https://bot.example.com/slack/events"


def init(path: Path, console: Console, *, mode: Mode | None = None, update: bool = False) -> None:
    """Writes at `path`, and the manifest beside it. `mode`: what is to stand there, whatever did.

    Raises ConfigurationError where something is in the way, or what then stands in `path` won't do.
    """
    begun = not path.exists()
    if not (begun or update):
        raise ConfigurationError(f"{path} is there already; with --update I add what is missing in it")
    text, added = (shipped("operator.toml"), []) if begun else with_missing(path)
    was = tomllib.loads(text)["slack"]["mode"]
    if mode:
        text = re.sub(r"""(?m)^(\s*mode\s*=\s*)(["']{3}|["'])(?:socket|http)\2""", rf'\1"{mode}"', text)
        if tomllib.loads(text)["slack"]["mode"] != mode:
            raise ConfigurationError(f'{path}: left as it is; write mode = "{mode}" in [slack] yourself')
    path.write_bytes(text.encode())
    slack, manifest = load_settings(path).slack, path.with_name("manifest.yaml")
    wants = "SLACK_APP_TOKEN" if mode == "socket" else "SLACK_SIGNING_SECRET"
    moved = [f'mode = "{mode}", no longer "{was}": set {wants}'] * (not begun and slack.mode != was)
    done = "written" if begun else "added" if added else "changed" if moved else "nothing is missing"
    show(console, f"{path}: {done}", *added, *moved)
    show(console, *_manifest(manifest, slack))
    if begun:
        console.print(NEXT.format(manifest), markup=False)


def _manifest(manifest: Path, slack: SlackOptions) -> Iterator[str]:
    """Writes it, unless it says something else than we do; what became of it, and what is left to do."""
    there = manifest.read_text(encoding="utf-8") if manifest.exists() else ""
    addresses = re.findall(r"https://[^\s\"']+/slack/events", there)
    address = next((one for one in addresses if one != CALLED), CALLED)
    try:
        says = _statements(yaml.safe_load(there))
    except (yaml.YAMLError, RecursionError) as error:
        yield f"{manifest}: left as it is, for it can't be read: {' '.join(str(error).split())}"
        return
    command = "".join(said for place, said in says if place == "features.slash_commands.command")
    ours = {mode: manifest_for(mode, command or slack.command, address, says) for mode in ("socket", "http")}
    mode = next((mode for mode, text in ours.items() if _statements(yaml.safe_load(text)) == says), "")
    wanted = manifest_for(slack.mode, slack.command, address, says)
    now, was = (f"for {one} mode and {name}" for one, name in ((slack.mode, slack.command), (mode, command)))
    if there and not mode:
        yield f"{manifest}: left as it is, for it says otherwise than I would {now}"
        yield from _differences(says, _statements(yaml.safe_load(wanted)))
        yield f"Change what shall not be so, or move it away and call me with --update again. {PASTE}"
    elif there and now == was:
        yield f"{manifest}: {now}"
    else:
        if there and there != ours[mode]:
            manifest.with_name(f"{manifest.name}~").write_text(there, encoding="utf-8")
            yield f"{manifest}~: as it was, with your comments"
        manifest.write_text(wanted, encoding="utf-8")
        yield f"{manifest}: {now}, no longer {was}" if there else f"{manifest}: written {now}"
    http = f"Put your address in place of bot.example.com, three times; it leads to port {slack.http_port}."
    yield http * (slack.mode == "http" and address == CALLED)
    yield PASTE * bool(there and mode and now != was)


def _differences(says: set[Statement], ours: set[Statement]) -> Iterator[str]:
    for place in sorted({place for place, _ in says ^ ours}):
        theirs, mine = (
            " and ".join(sorted(f"{said:.70}" for where, said in those if where == place)) or "nothing"
            for those in (says - ours, ours - says)
        )
        yield f"{place}: {theirs} there, {mine} as I write it"


def _statements(part: object, place: str = "") -> set[Statement]:
    """What YAML says, whatever the order, the quotes and the comments: each value and its place."""
    if isinstance(part, dict):
        inner = [(value, f"{place}.{key}".strip(".")) for key, value in part.items()]
    elif isinstance(part, list):
        inner = [(value, place) for value in part]
    else:
        return {(place, part if isinstance(part, str) else json.dumps(part, default=str))}
    return {one for value, at in inner for one in _statements(value, at)}


def manifest_for(mode: str, command: str, address: str = CALLED, says: Set[Statement] = frozenset()) -> str:
    """The manifest as shipped is Socket Mode's; behind "http:" in it stands what the other mode wants. Of the
    scopes that are people's to choose it has those of one that `says` so; some history is no choice."""
    has = {said for place, said in says if place == "oauth_config.scopes.bot"}
    has |= set() if "groups:history" in has else {"channels:history"}
    text = shipped("manifest.yaml").replace("/operator", command).replace(CALLED, address)
    for scope in ("channels:history", "groups:history", "usergroups:read"):
        line = f"- {scope}" if scope in has else f"# - {scope}"
        text = re.sub(rf"(?m)^( +)(?:# )?- {scope}", rf"\1{line}", text)
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
