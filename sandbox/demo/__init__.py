"""The whole thing on this machine: a platform in an embedded database, stand-ins around it, the real bot.

The bot runs as its own process, as in production; everything outside it is the sandbox's. Nothing of the
user's own database or secrets is read; only --llm asks for OPENAI_API_KEY.
"""

from rich.console import Console

__all__ = ["demo"]


async def demo(*, once: bool, llm: bool, port: int, console: Console, terminal: bool = False) -> None:
    """Plays the demo: in a page at this port of 127.0.0.1 (0: the usual one), or at the `terminal`; `once`:
    there and without a person. Raises OperatorError when something doesn't come up."""
    from sandbox.demo.conversation import converse
    from sandbox.demo.play import play
    from sandbox.demo.stage import first_digest, opened

    if not once and not terminal:
        from sandbox.page.server import show

        await show(llm=llm, port=port, console=console)
        return
    async with opened(llm=llm, console=console) as stage:
        digest = await first_digest(stage)
        stage.show_all(digest)
        await (play if once else converse)(stage, digest)
