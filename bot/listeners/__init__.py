"""Slack's events → use cases: acknowledge, parse, call, render; and nothing else."""

from slack_bolt.async_app import AsyncApp

from bot.listeners import commands, decisions, home, incidents, review, switches, undoing, unexpected
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Wires all listeners."""
    for module in (decisions, review, undoing, switches, incidents, commands, home, unexpected):
        module.register(app, services)
