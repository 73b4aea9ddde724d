"""`python -m sandbox.demo`: what `make demo` calls."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console

from bot.logs import set_up_logs
from bot.settings import known_secrets
from operator_core.errors import ConfigurationError, OperatorError
from sandbox.demo import demo


def main(
    terminal: Annotated[bool, typer.Option(help="At the terminal instead of in a page.")] = False,
    once: Annotated[bool, typer.Option(help="There, without a person: approve one, undo it, end.")] = False,
    llm: Annotated[bool, typer.Option(help="Ask the real LLM, with OPENAI_API_KEY.")] = False,
    port: Annotated[int, typer.Option(help="Where the page is; 0: at 8321.")] = 0,
) -> None:
    """The whole thing on this machine, no account needed."""
    set_up_logs(known_secrets(), json=False, level="WARNING")
    try:
        asyncio.run(demo(once=once, llm=llm, port=port, console=Console(highlight=False), terminal=terminal))
    except OperatorError as error:
        typer.echo(f"demo: {error}", err=True)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)


if __name__ == "__main__":
    typer.run(main)
