"""The command line: how each command is called. What it does stands in `bot.commands`.

Its modules are imported when they are needed: the LLM's SDK alone takes a second, which `--help` shouldn't.
Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
"""

import asyncio
import importlib.metadata
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from bot.logs import Redacting, log_crashes, set_up_logs
from bot.settings import Settings, known_secrets, load_settings
from operator_core.domain.mode import Mode
from operator_core.errors import ConfigurationError, OperatorError
from operator_core.text.secrets import without_secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from operator_core.use_cases import UseCases


def _settings_file(typed: str | Path) -> Path:
    if "://" in str(typed):  # as a path it would lose a slash, by which its password is told
        raise typer.BadParameter("this is a URI, not a file; a database's belongs into MONGODB_URI")
    return Path(typed)


At = Annotated[
    Path, typer.Option("--config", metavar="PATH", parser=_settings_file, help="The settings file.")
]
Providers = Annotated[list[str] | None, typer.Option(help="Look at this provider only; repeatable.")]
Accept = Annotated[bool, typer.Option("--accept", help="Believe a list that shrank; your name is kept.")]
Json = Annotated[bool, typer.Option("--json", help="For programs: nothing else on stdout.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="Proposals, such as P-412.")]
ONLY = "Of the given proposals only this model; can be repeated."
Only = Annotated[list[str] | None, typer.Option(metavar="MODEL", help=ONLY)]
Indexes = Annotated[bool, typer.Option("--create-indexes", help="Create the platform's missing indexes.")]
Rows = Annotated[bool, typer.Option("--rows", help="Only list the rows that can't be read.")]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Only read all rows anew, and mend what is kept.")]
Write = Annotated[bool, typer.Option("--write", help="Keep run, verdicts and proposals.")]
Batch = Annotated[str, typer.Argument(metavar="JOURNAL_ID", help="A batch, such as J-412.")]
Chosen = Annotated[Mode | None, typer.Argument(help="Up to what operator.toml allows.")]
Post = Annotated[bool, typer.Option("--post", help="Post it, once a day, like the schedule.")]
Skip = Annotated[bool, typer.Option("--skip-operator", help="From what is stored, without a run.")]
Most = Annotated[int | None, typer.Option(min=0, help="Show at most so many.")]
AtProvider = Annotated[str, typer.Option(help="Matches at this provider only.")]
Wanted = Annotated[str, typer.Argument(metavar="PROVIDER[/MODEL]")]
ForMode = Annotated[Literal["socket", "http"] | None, typer.Option(help="How Slack reaches the bot.")]
Update = Annotated[bool, typer.Option("--update", help="Add the keys that an operator.toml lacks.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only show what would happen.")]
CONFIG = Path("operator.toml")
FAILED, WRONG_USAGE = 1, 2
stdout = Console(highlight=False)

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ai-operator {importlib.metadata.version('ai-operator')}")
        raise typer.Exit


@app.callback()
def _operator(
    context: typer.Context,
    config: At = CONFIG,
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_show_version)] = False,
) -> None:
    """Keeps the model catalogue of an LLM benchmark platform honest."""
    context.default_map = _for_all(context.command, config)


@app.command()
def classify() -> None:
    """Shows how failures are read: JSON lines {provider, message, model_id?, http_status?} on stdin."""
    from bot.commands.classify import BadLine, classify

    bad = 0
    for answer in classify(typer.get_text_stream("stdin", encoding="utf-8", errors="replace")):
        bad += isinstance(answer, BadLine)
        typer.echo(answer, err=isinstance(answer, BadLine))
    if bad:
        raise typer.Exit(FAILED)


@app.command()
def doctor(
    config: At = CONFIG, create_indexes: Indexes = False, rows: Rows = False, rebuild: Rebuild = False
) -> None:
    """Checks tokens, scopes, channel, database, indexes, LLM and clock; says what to fix."""
    from bot.commands.doctor import examine, show, show_rebuilt, show_rows
    from bot.wiring import utc_now

    if rows or rebuild:
        _run(config, show_rows if rows else show_rebuilt, with_llm=False, writes=not rows)
        return
    checks = asyncio.run(examine(load_settings(config), os.environ, utc_now, create_indexes=create_indexes))
    if failed := show(checks, Console(highlight=False, soft_wrap=True)):
        raise OperatorError(f"{failed} of {len(checks)} checks failed")


@app.command()
def analyze(
    config: At = CONFIG, provider: Providers = None, write: Write = False, json: Json = False
) -> None:
    """Looks at the results once and shows what it would decide. Never executes anything."""
    from bot.commands.analyze import analyze

    _run(config, partial(analyze, providers=provider or (), write=write, json=json), writes=write)


@app.command()
def pending(config: At = CONFIG, json: Json = False) -> None:
    """Shows the proposals that wait."""
    from bot.commands.pending import pending

    _run(config, partial(pending, json=json), with_llm=False, writes=False)


@app.command()
def execute(ids: Ids = None, only: Only = None, config: At = CONFIG, yes: Yes = False) -> None:
    """Does what policy allows by itself, or approves and executes the given proposals."""
    from bot.commands.execute import execute

    if only and not ids:
        raise typer.BadParameter("name the proposal that the model stands in", param_hint="--only")
    _run(config, partial(execute, ids=ids or (), yes=yes, only=only or ()), writes=yes or not ids)


@app.command()
def undo(journal_id: Batch, config: At = CONFIG, yes: Yes = False) -> None:
    """Takes a batch back: restores exactly what was there, and holds it."""
    from bot.commands.execute import undo

    _run(config, partial(undo, journal_id=journal_id, yes=yes), with_llm=False, writes=yes)


@app.command()
def autopilot(mode: Chosen = None, config: At = CONFIG) -> None:
    """Shows how far the autopilot goes, or chooses it."""
    from bot.commands.execute import autopilot

    _run(config, partial(autopilot, mode=mode), with_llm=False, writes=mode is not None)


@app.command()
def history(config: At = CONFIG, json: Json = False) -> None:
    """Shows what was done, by whom, and what became of it."""
    from bot.commands.history import history

    _run(config, partial(history, json=json), with_llm=False, writes=False)


@app.command("why")
def story(wanted: Wanted, config: At = CONFIG, json: Json = False) -> None:
    """Tells what became of a model, or of a provider's models, and what would change how they stand."""
    from bot.commands.history import show_story

    _run(config, partial(show_story, typed=wanted, json=json), with_llm=False, writes=False)


@app.command()
def digest(
    config: At = CONFIG, post: Post = False, skip_operator: Skip = False, provider: Providers = None
) -> None:
    """Runs, and shows today's digest in the terminal."""
    from bot.commands.digest import post_digest, show_digest

    if post and provider:
        raise typer.BadParameter("the day's digest is of all providers", param_hint="--provider")
    show = post_digest if post else partial(show_digest, providers=provider or ())
    asyncio.run(show(load_settings(config), stdout, skip_run=skip_operator))


discover = typer.Typer(no_args_is_help=True, help="The catalogue: what is new, and what could be added.")
app.add_typer(discover, name="discover")


@discover.command()
def fetch(config: At = CONFIG, accept: Accept = False) -> None:
    """Fetches OpenRouter's catalogue and the ids that providers serve."""
    from bot.commands import discover as commands

    asyncio.run(commands.fetch(load_settings(config), stdout, accept=accept))


@discover.command()
def stats(config: At = CONFIG, json: Json = False) -> None:
    """Counts what is known, new, matched and left out, and why."""
    from bot.commands import discover as commands

    asyncio.run(commands.show_stats(load_settings(config), stdout, json=json))


@discover.command()
def leaving(config: At = CONFIG, json: Json = False) -> None:
    """Lists the models that run and are said to go: the day, who says so, and the successor."""
    from bot.commands import discover as commands

    asyncio.run(commands.show_leaving(load_settings(config), stdout, json=json))


@discover.command()
def report(
    config: At = CONFIG, max_matches: Most = None, provider: AtProvider = "", json: Json = False
) -> None:
    """Shows which new models could be added, and under which id."""
    from bot.commands import discover as commands

    shown = partial(commands.show_report, max_matches=max_matches, provider=provider, json=json)
    asyncio.run(shown(load_settings(config), stdout))


@app.command()
def init(config: At = CONFIG, mode: ForMode = None, update: Update = False) -> None:
    """Writes operator.toml and the Slack app's manifest, or adds the keys that are missing."""
    from bot.commands.init import init

    init(config, stdout, mode=mode, update=update)


@app.command()
def serve(config: At = CONFIG) -> None:
    """The bot: listeners, schedule, health endpoint. Runs until it is stopped."""
    from bot.serve import serve

    settings = load_settings(config)
    set_up_logs(known_secrets(), json=not sys.stderr.isatty())
    asyncio.run(serve(settings))


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Without a person: approve one, undo it, end.")
    ] = False,
    llm: Annotated[bool, typer.Option("--llm", help="Ask the real LLM, with OPENAI_API_KEY.")] = False,
    port: Annotated[int, typer.Option(help="Where the page is; 0: at 8321.")] = 0,
    terminal: Annotated[bool, typer.Option("--terminal", help="In the terminal, without a page.")] = False,
) -> None:
    """The whole thing on this machine, no account needed; in a clone, it wants requirements/demo.txt."""
    try:
        from sandbox.demo import demo
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{error.name} is missing: the demo runs in a clone, by make demo"
        ) from error

    asyncio.run(demo(once=once, llm=llm, port=port, console=stdout, terminal=terminal))


def main() -> None:
    """Runs the command line and exits."""
    set_up_logs(known_secrets(), json=False, level="WARNING")
    log_crashes()
    try:
        sys.exit(typer.main.get_command(app)(prog_name="ai-operator", standalone_mode=False))
    except typer.TyperException as error:  # wrong usage: what was typed is quoted
        error.message = without_secrets(error.message)
        error.show()  # type: ignore[attr-defined] # each that is raised has it
        sys.exit(error.exit_code)
    except (OperatorError, OSError) as error:
        # Somebody may have put a secret where it doesn't belong, and the error says what stands there.
        typer.echo(Redacting(known_secrets()).lines(f"ai-operator: {error}"), err=True)
        sys.exit(WRONG_USAGE if isinstance(error, ConfigurationError) else FAILED)


def _run(
    config: Path,
    command: "Callable[[UseCases, Console], Awaitable[None]]",
    *,
    with_llm: bool = True,
    writes: bool = True,
) -> None:
    """One command over the database and LLM that the settings name. Raises OperatorError."""
    from bot.wiring import open_use_cases

    async def over(settings: Settings) -> None:
        async with open_use_cases(settings, with_llm=with_llm, writes=writes) as use_cases:
            await command(use_cases, stdout)

    asyncio.run(over(load_settings(config)))


def _for_all(command: object, config: Path) -> dict[str, object]:
    """Hands a --config that stands before the command on to it, and to the commands of a group."""
    children = getattr(command, "commands", {})
    return {"config": config, **{name: _for_all(child, config) for name, child in children.items()}}
