"""What somebody does in the page, done by that person at the stand-in; it reaches the bot over the wire."""

from collections.abc import Mapping
from typing import Any

from bot.slack.views.text import escape
from sandbox.slack import CannotDo, Message, Outcome, Person, SlackStandIn
from sandbox.slack.screen import Given, elements

Act = Mapping[str, Any]
"""`do`: click, submit, close or say; `as`: who; and what that needs. `value`: the option of a menu."""
NO_ANSWER = "AI Operator didn't answer in time. Try again."
GONE = "This is no longer there."


async def perform(slack: SlackStandIn, act: Act) -> str:
    """Why it didn't work, in words for that person; "" when it did."""
    try:
        outcome = await _done(slack, slack.person(act["as"]), act)
    except CannotDo as error:
        return f"That can't be done: {error}."
    except KeyError:
        return GONE
    if outcome is None or (outcome.acked and not outcome.error):
        return ""
    return f"AI Operator's answer was refused: {outcome.error}" if outcome.acked else NO_ANSWER


async def _done(slack: SlackStandIn, person: Person, act: Act) -> Outcome | None:
    match act["do"], act.get("where"):
        case "say", _:
            return await _said(slack, person, act["channel"], act["text"].strip())
        case "close", _:
            return await person.close()
        case "submit", _:
            return await person.submit(**_filled(person, act["form"]))
        case "click", "view":
            person.fill_in(**_filled(person, act["form"]))
            return await person.click_in_view(act["action"], act["value"])
        case "click", "home":
            return await person.click_at_home(act["action"], act["value"])
        case "click", _:
            message, action, choice = _message(slack, act), act["action"], act["value"]
            return await (person.choose(message, action, choice) if choice else person.click(message, action))
    raise KeyError(act["do"])


def _message(slack: SlackStandIn, act: Act) -> Message:
    message = slack.workspace.message(act["channel"], act["ts"])
    if message is None:
        raise KeyError(act["ts"])
    return message


async def _said(slack: SlackStandIn, person: Person, channel: str, text: str) -> Outcome | None:
    """A slash command goes to the bot, other words to the channel."""
    if text.startswith("/"):
        name, _, rest = text.partition(" ")
        return await person.command(name, rest.strip(), channel)
    if text:
        workspace = slack.workspace
        workspace.put(Message(channel, workspace.new_ts(), escape(text), user=person.id))
    return None


def _filled(person: Person, form: Mapping[str, list[str]]) -> Given:
    """What the form holds, as the person fills it in. `form`: the values of each block."""
    tick, untick, texts, choices = set(), set(), {}, {}
    for block, element in elements((person.view or {"blocks": []})["blocks"]):
        given = form.get(block["block_id"], [])
        if element["type"] == "checkboxes":
            tick |= set(given)
            untick |= {one["value"] for one in element["options"]} - set(given)
        elif element["type"] == "plain_text_input" and given:
            texts[block["block_id"]] = given[0]
        elif element["type"] == "radio_buttons" and given:
            choices[block["block_id"]] = given[0]
    return {"tick": tick, "untick": untick, "texts": texts, "choices": choices}
