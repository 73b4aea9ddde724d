"""Slack's events → use cases: acknowledge, parse, call, render; and nothing else."""

from slack_bolt.async_app import AsyncApp

from bot.services import Services
from bot.slack.listeners import commands, home, incidents, review, unexpected
from bot.slack.listeners import pause as switches
from bot.slack.listeners import proposals as decisions
from bot.slack.listeners import undo as undoing


def register(app: AsyncApp, services: Services) -> None:
    """Wires all listeners."""
    for module in (decisions, review, undoing, switches, incidents, commands, home, unexpected):
        module.register(app, services)
