"""The whole thing on this machine: a platform in an embedded database, stand-ins around it, the real bot.

`ai-operator serve` runs as its own process, as in production; everything outside it is the sandbox's. Nothing
of the user's own database or secrets is read; only --llm asks for OPENAI_API_KEY.
"""

from rich.console import Console

from bot.settings import secret
from sandbox.demo.conversation import converse
from sandbox.demo.play import play
from sandbox.demo.stage import first_digest, opened

__all__ = ["demo"]


async def demo(*, once: bool, llm: bool, port: int, console: Console) -> None:
    """Plays the demo. `once`: without a person. Raises OperatorError when something doesn't come up."""
    if llm:
        secret("OPENAI_API_KEY")
    async with opened(llm=llm, port=port, console=console) as stage:
        digest = await first_digest(stage)
        if once:
            await play(stage, digest)
        else:
            await converse(stage, digest)
