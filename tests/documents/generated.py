"""The pages that are made from the code: docs/configuration.md and docs/commands.md. `make docs` writes them."""

import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from enum import EnumType
from typing import Any

import typer

from bot.cli import app
from bot.settings import PURPOSES, Settings
from bot.slack.listeners.commands import CHANGING
from bot.slack.views.replies import USAGE
from support.source import ROOT

Schema = Mapping[str, Any]
PAGE_TOLD = (
    "<!-- Made from the code by `make docs`: what is to be changed here is changed there. -->\n"
    "<!-- markdownlint-disable -->\n"
)
CONFIGURATION = """\
# Configuration

For whoever sets AI Operator up, or wants it to behave otherwise. Behaviour stands in one file, `operator.toml`; secrets
stand in the environment. Nothing else is read: no other variable of ours, no default hidden in the code. (A proxy in
`HTTPS_PROXY` is obeyed by the libraries that call Slack, the LLM and the lists.)

`ai-operator init` writes the file in the current folder; another is named with `--config`. Every key is required and
an unknown one is refused; all problems are told at once, each with what to write. `ai-operator init --update` adds
the keys that a newer version wants, and leaves yours as they are. A change counts from the next start on.

## Secrets
"""
COMMANDS = """\
# Commands

For whoever types them: at a terminal, or in Slack. Both act on the same database; what one does, the other shows.

## At the terminal

Whoever works here has the database's credentials, and acts as `cli:` and their login name. Exit status: 0 done,
1 failed (one line on stderr says why), 2 wrong usage or configuration. `--config PATH` names the settings file, before
or after the command; without it, it is `operator.toml` in the current folder. `ai-operator --version` says the version.
"""
IN_SLACK = """
## In Slack

Everybody who sees the channel may look; what is marked ✎ only approvers may do, and so is `share` at a command's end,
which shows the answer to all. `maintenance` and `autopilot` show something to everybody, and change it for approvers.
"""


def pages() -> Mapping[str, str]:
    """Each generated page by its path from the root."""
    return {"docs/configuration.md": configuration(), "docs/commands.md": commands()}


def configuration() -> str:
    """All settings and secrets."""
    text = (ROOT / "operator.toml").read_text(encoding="utf-8")
    values, told, schema = tomllib.loads(text), explained(text), Settings.model_json_schema()
    lines = [PAGE_TOLD + CONFIGURATION, "| variable | needed |", "|---|---|"]
    lines += [f"| `{name}` | {purpose} |" for name, purpose in PURPOSES.items()]
    for section, reference in schema["properties"].items():
        properties = schema["$defs"][reference["$ref"].rpartition("/")[2]]["properties"]
        lines += [f"\n## [{section}]\n", "| key | shipped as | may be | what it does |", "|---|---|---|---|"]
        for key, form in properties.items():
            shipped, may_be = shown(values[section][key]), cell(allowed(form, schema))
            lines.append(f"| `{key}` | {shipped} | {may_be} | {cell(told[section, key])} |")
    after = "[The first week](first-week.md)."
    return "\n".join([*lines, "", "## Next", "", after, ""])


def shown(value: object) -> str:
    """A value as operator.toml spells it, in code; of a long list its beginning."""
    if isinstance(value, list):
        text = "[" + ", ".join(f'"{one}"' for one in value[:3]) + (", …]" if len(value) > 3 else "]")
    else:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    return f"`{text}`"


def allowed(form: Schema, schema: Schema) -> str:
    """What the settings model takes there, in words."""
    if reference := form.get("$ref"):
        form = schema["$defs"][reference.rpartition("/")[2]]
    if choices := form.get("enum"):
        return ", ".join(f'"{choice}"' for choice in choices)
    bounds = {"minimum": "{} or more", "exclusiveMinimum": "above {}", "maximum": "{} or less"}
    said = [words.format(form[bound]) for bound, words in bounds.items() if bound in form]
    kinds = {"integer": "a whole number", "number": "a number", "array": "a list", "string": "a text"}
    return ", ".join([kinds[form["type"]], *said])


def explained(text: str) -> dict[tuple[str, str], str]:
    """By section and key, what the file's comments say: those above the key, and the one behind its value."""
    told, section, above = dict[tuple[str, str], str](), "", list[str]()
    for line in text.splitlines():
        if head := re.fullmatch(r"\[(\w+)\]", line):
            section, above = head[1], []
        elif line.startswith("#"):
            above.append(line.strip("# "))
        elif pair := re.fullmatch(r"(\w+) = (?:\"[^\"]*\"|[^\"#]|\[.*?\])+?(?:# ?(.*))?", line):
            told[section, pair[1]] = " ".join([*above, *filter(None, [pair[2]])]).strip()
            above = []
        else:
            above = []
    return told


def cell(text: str) -> str:
    """Fit for a cell of a table."""
    return text.replace("|", "\\|").strip()


def commands() -> str:
    """All commands of the terminal and of Slack."""
    lines = [PAGE_TOLD + COMMANDS]
    for name, command in leaves(typer.main.get_command(app)):
        lines += [
            f"\n### {name}\n",
            wrapped(f"`{usage_of(name, command)}`: {in_the_middle(command.help.strip())}"),
        ]
        options = [one for one in command.params if one.param_type_name == "option" and is_own(one)]
        lines += (
            ["", *(f"- `{called(one)}`: {in_the_middle(one.help)}" for one in options)] if options else []
        )
    lines += [IN_SLACK, "| command | does |", "|---|---|"]
    for name, (how, what) in USAGE.items():
        lines.append(f"| `/operator {cell(how)}`{' ✎' if name in CHANGING else ''} | {cell(what)} |")
    lines.append("\nThe command has another name where `[slack] command` and the app's manifest give it one.")
    after = "[Operations](operations.md)."
    return "\n".join([*lines, "", "## Next", "", after, ""])


def leaves(command: Any, group: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    children: Mapping[str, Any] = getattr(command, "commands", {})
    if not children:
        yield group.strip(), command
    for name, child in children.items():
        yield from leaves(child, f"{group} {name}")


def usage_of(name: str, command: Any) -> str:
    """The command with its arguments, without its options."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    return " ".join(["ai-operator", name, *map(as_argument, arguments)])


def as_argument(argument: Any) -> str:
    """`JOURNAL_ID`, `[ID]…`, `[off|shadow|on]`: what may be left out stands in brackets."""
    choices = argument.type_descriptor.annotation
    named = "|".join(choices) if isinstance(choices, EnumType) else argument.metavar or argument.name.upper()
    return named if argument.required or "[" in named else f"[{named}]"


def wrapped(text: str) -> str:
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False)


def in_the_middle(sentence: str) -> str:
    """As it stands after a colon."""
    return sentence[:1].lower() + sentence[1:]


def is_own(option: Any) -> bool:
    return option.name not in {"config", "help"}


def called(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
    return f"{option.opts[0]}{value}"
