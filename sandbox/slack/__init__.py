"""A Slack stand-in over real HTTP and WebSocket, stricter than Slack, for the demo and the tests."""

from sandbox.slack.people import CannotDo, Person
from sandbox.slack.server import SlackStandIn, slack_stand_in
from sandbox.slack.values import Channel, Group, Message, Outcome, Profile

__all__ = [
    "CannotDo",
    "Channel",
    "Group",
    "Message",
    "Outcome",
    "Person",
    "Profile",
    "SlackStandIn",
    "slack_stand_in",
]
