"""Whose button it is: what is sent to Slack is stamped with the deployment, in transit and in one place; the
command goes by the name that it has in this workspace.

Views and kept messages carry no stamp, so that they stay pure and can be moved; what comes back is checked
against it before anything else is done with a click.
"""

import re
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.views.actions import STAMPED

OPERATOR = re.compile(r"(?<![\w/.-])/operator(?![\w/.-])")
"""How all our texts call the command."""


def stamped(content: Any, stamp: str, command: str) -> Any:
    """Blocks, a view, or a call's arguments, with the stamp on buttons, options, dialogs and metadata.

    `command`: what the slash command is called here.
    """
    if isinstance(content, list | tuple):
        return [stamped(part, stamp, command) for part in content]
    if isinstance(content, str):
        return OPERATOR.sub(command, content)
    if not isinstance(content, dict):
        return content
    own = {name: stamped(part, stamp, command) for name, part in content.items()}
    if content.get("type") == "button" and content.get("value"):
        own["value"] = f"{content['value']}{STAMPED}{stamp}"
    if content.get("type") == "overflow":
        own["options"] = [{**o, "value": f"{o['value']}{STAMPED}{stamp}"} for o in content["options"]]
    if content.get("private_metadata"):
        own["private_metadata"] = f"{content['private_metadata']}{STAMPED}{stamp}"
    if content.get("event_payload"):
        own["event_payload"] = {**content["event_payload"], "deployment": stamp}
    return own


class StampingClient(AsyncWebClient):
    """Slack's Web API; each button that goes through it says whose it is."""

    def __init__(self, *, stamp: str = "", command: str, **options: Any) -> None:
        super().__init__(**options)
        self._stamp, self._command = stamp, command

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        if self._stamp and options.get("json"):
            options["json"] = stamped(options["json"], self._stamp, self._command)
        return await super().api_call(api_method, **options)
