"""Whose button it is: what is sent to Slack is stamped with the deployment, in transit and in one place; the
command goes by the name that it has in this workspace.

Views and kept messages carry no stamp, so that they stay pure and can be moved; what comes back is checked
against it before anything else is done with a click.
"""

import re
from typing import Any

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
    for name in ("value" if content.get("type") == "button" else "", "private_metadata"):
        if content.get(name):
            own[name] = f"{content[name]}{STAMPED}{stamp}"
    if content.get("type") == "overflow":
        own["options"] = [{**o, "value": f"{o['value']}{STAMPED}{stamp}"} for o in content["options"]]
    if content.get("event_payload"):
        own["event_payload"] = {**content["event_payload"], "deployment": stamp}
    return own
