"""`init`: writes operator.toml and the Slack app's manifest, or adds the keys that an operator.toml lacks."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rich.console import Console

from bot.commands.shared import show
from bot.settings import SlackOptions, load_settings, shipped, shipped_lines
from bot.settings_problems import REPLACED
from operator_core.errors import ConfigurationError

Mode = Literal["socket", "http"]
NEXT = "Now fill in [slack] channel and approvers, create the Slack app from {}, and run ai-operator doctor."
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
    """Writes it, unless somebody else's words stand in it; what became of it, and what is left to do."""
    there = manifest.read_text(encoding="utf-8") if manifest.exists() else ""
    commands = re.findall(r"(?m)^\W*command:\s*[\"']?(/[^\s\"'#]+)", there)
    address = [*re.findall(r"https://\S+/slack/events", there), CALLED][0]
    ours = {manifest_for(mode, "".join(commands), address): mode for mode in ("http", "socket")}
    if there and there not in ours:
        mode = "socket" if re.search(r"(?m)^\s*socket_mode_enabled:\s*true", there) else "http"
        urls = re.findall(r"(?m)^\s*(?:request_)?url:\s*[\"']?([^\s\"'#]+)", there)
        said, told = " and ".join(commands) or "no command", " and ".join(dict.fromkeys(urls)) or "none"
        good = sum(url.endswith("/slack/events") and url != CALLED for url in urls)
        yield f"{manifest}: not as I write it, so I left it"
        yield f"It is for {mode} mode, operator.toml for {slack.mode} mode." * (mode != slack.mode)
        yield f"It says {said}, operator.toml says {slack.command}." * (slack.command not in commands)
        yield f"Its addresses: {told}; three are wanted, yours." * (slack.mode == "http" and good < 3)
        yield "Correct it, or delete it and call me again with --update."
        return
    manifest.write_text(manifest_for(slack.mode, slack.command, address), encoding="utf-8")
    now = f"for {slack.mode} mode and {slack.command}"
    was = f"for {ours[there]} mode and {commands[0]}" if there else now
    yield f"{manifest}: {now}" + f", no longer {was}" * (was != now)
    http = f"Put your address in place of bot.example.com, three times; it leads to port {slack.http_port}."
    yield http * (slack.mode == "http" and address == CALLED)
    yield "Paste it under App Manifest in the app's menu; reinstall the app if Slack asks." * (was != now)


def manifest_for(mode: str, command: str, address: str = CALLED) -> str:
    """The manifest as shipped is Socket Mode's; behind "http:" in it stands what the other mode wants."""
    text = shipped("manifest.yaml").replace("/operator", command).replace(CALLED, address)
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
