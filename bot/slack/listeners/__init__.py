"""Slack's events → use cases: acknowledge, parse, call, render; and nothing else."""

from slack_bolt.async_app import AsyncApp

from bot.services import Services
from bot.slack.listeners import commands, home, incidents, pause, proposals, review, undo, unexpected


def register(app: AsyncApp, services: Services) -> None:
    """Wires all listeners."""
    for module in (proposals, review, undo, pause, incidents, commands, home, unexpected):
        module.register(app, services)
