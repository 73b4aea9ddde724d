"""People at their screens: they press, pick, type and submit, and see what comes of it."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from sandbox.slack import payloads
from sandbox.slack.screen import CannotDo, Given, fill, find, initial_values, inputs, missing, option
from sandbox.slack.socket_mode import Courier
from sandbox.slack.state import Workspace
from sandbox.slack.values import Json, Message, Outcome, Profile, Refused, Screen
from sandbox.slack.web_api import chat as web_chat
from sandbox.slack.web_api import views as web_views

__all__ = ["CannotDo", "Person"]

MENUS = ("overflow", "radio_buttons")


class Person:
    """One person. Every gesture waits for the bot's acknowledgement, or for its deadline.

    Raises CannotDo for what the screen doesn't offer.
    """

    def __init__(self, profile: Profile, workspace: Workspace, courier: Courier) -> None:
        self.profile = profile
        self.id = profile.id
        self._workspace = workspace
        self._courier = courier
        self._values: tuple[str, Json] = ("", {})
        """What was filled in so far, in which state of which view (its hash)."""

    @property
    def screen(self) -> Screen:
        return self._workspace.screens[self.id]

    @property
    def view(self) -> Json | None:
        """The modal in front, as payloads show it."""
        return copy.deepcopy(self.screen.stack[-1]) if self.screen.stack else None

    @property
    def errors(self) -> dict[str, str]:
        """The errors shown under the inputs of the modal in front, by block id."""
        return dict(self.screen.errors)

    @property
    def values(self) -> Json:
        """What the modal in front holds now, as `state.values` has it."""
        view = self.view
        return self._filled(view) if view else {}

    async def click(self, message: Message, wanted: str) -> Outcome:
        """Presses a button by its action id or its words, on the message as given, which may be stale."""
        return await self._courier.deliver("interactive", self.pressed(message, wanted))

    def pressed(self, message: Message, wanted: str) -> Json:
        """What Slack tells the bot when this button is pressed."""
        return self._acted_on(message, self._press(message.blocks, wanted))

    async def choose(self, message: Message, wanted: str, choice: str) -> Outcome:
        """Picks an option, by its value or its words, from a menu."""
        action = self._press(message.blocks, wanted, choice)
        return await self._courier.deliver("interactive", self._acted_on(message, action))

    async def command(self, name: str, text: str, channel_id: str) -> Outcome:
        body = payloads.command(self._workspace, self.profile, name, text, channel_id)
        outcome = await self._courier.deliver("slash_commands", body)
        if not outcome.payload:
            return outcome
        try:
            web_chat.respond(self._workspace, self.id, channel_id, outcome.payload)
        except Refused as refused:
            return self._refused(outcome, refused)
        return outcome

    async def submit(self, **given: Unpack[Given]) -> Outcome:
        """Fills in the modal in front and submits it."""
        view = self._front()
        if view.get("submit") is None:
            raise CannotDo("this modal has no submit button")
        values = self.fill_in(**given)
        if empty := missing(view, values):
            raise CannotDo(f"required and empty: {', '.join(empty)}")
        body = payloads.submission(self._workspace, self.profile, view | {"state": {"values": values}})
        outcome = await self._courier.deliver("interactive", body)
        return self._after_submission(view, outcome) if outcome.acked else outcome

    def fill_in(self, **given: Unpack[Given]) -> Json:
        """Fills in the modal in front, as `submit` does, and leaves it open; all that it holds then."""
        view = self._front()
        values = self._filled(view)
        fill(view, values, **given)
        return values

    async def click_in_view(self, wanted: str, choice: str = "") -> Outcome:
        """Presses a button of the modal in front, or picks from a menu."""
        view = self._front()
        return await self._act_in(view, self._press(view["blocks"], wanted, choice))

    async def click_at_home(self, wanted: str, choice: str = "") -> Outcome:
        """Presses a button of the home tab, or picks from a menu."""
        if self.screen.home is None:
            raise CannotDo("the home tab is empty")
        view = copy.deepcopy(self.screen.home)
        return await self._act_in(view, self._press(view["blocks"], wanted, choice))

    async def close(self) -> Outcome | None:
        """Closes the modal in front; it is delivered to the bot only if the view asks for that."""
        view = self._front()
        self._workspace.left_views.add(view["id"])
        self._leave(view)
        if not view.get("notify_on_close"):
            return None
        body = payloads.closing(self._workspace, self.profile, view, cleared=False)
        return await self._courier.deliver("interactive", body)

    async def open_home(self) -> Outcome:
        return await self._courier.deliver("events_api", payloads.home_opened(self._workspace, self.profile))

    def _acted_on(self, message: Message, action: Json) -> Json:
        standing = self._workspace.message(message.channel, message.ts)
        if standing is None:
            raise CannotDo("the message is gone")
        if standing.ephemeral_to not in (None, self.id):
            raise CannotDo("only somebody else sees this message")
        if self.id not in self._workspace.members(self._workspace.channels[message.channel]):
            raise CannotDo("not a member of this channel")
        return payloads.on_message(self._workspace, self.profile, standing, action)

    def _press(self, blocks: Sequence[Json], wanted: str, choice: str = "") -> Json:
        """The action of pressing this button, or of picking this option from a menu."""
        if choice:
            block, menu = find(blocks, wanted, self.id, MENUS)
            return _action(block, menu) | {"selected_option": option(menu, choice)}
        block, button = find(blocks, wanted, self.id, ("button",))
        return _action(block, button) | ({"value": button["value"]} if "value" in button else {})

    async def _act_in(self, view: Json, action: Json) -> Outcome:
        shown = view | {"state": {"values": self._filled(view)}}
        return await self._courier.deliver(
            "interactive", payloads.in_view(self._workspace, self.profile, shown, action)
        )

    def _front(self) -> Json:
        view = self.view
        if view is None:
            raise CannotDo(f"no modal is open for {self.profile.name}")
        return view

    def _filled(self, view: Json) -> Json:
        """What the person has filled in so far; it starts anew when the view changes."""
        if self._values[0] != view["hash"]:
            self._values = (view["hash"], initial_values(view))
        return self._values[1]

    def _after_submission(self, view: Json, outcome: Outcome) -> Outcome:
        payload = outcome.payload or {}
        action = payload.get("response_action")
        try:
            if not action:
                self._leave(view)
            elif action == "clear":
                self.screen.stack.clear()
            elif action == "errors":
                self._show_errors(view, payload.get("errors"))
            elif action == "push":
                web_views.put_on_top(self._workspace, self.id, payload.get("view"))
            elif action == "update" and (place := self._workspace.view(view["id"])):
                web_views.replace_view(self._workspace, *place, payload.get("view"))
            else:
                raise Refused("invalid_response_action", f"no such response_action: {action}")
        except Refused as refused:
            return self._refused(outcome, refused)
        finally:
            self._workspace.touch()
        return outcome

    def _show_errors(self, view: Json, errors: object) -> None:
        if not isinstance(errors, dict) or not errors:
            raise Refused("invalid_errors", "errors are a mapping from block ids to words")
        block_ids = {block["block_id"] for block in inputs(view["blocks"])}
        if unknown := set(errors) - block_ids:
            raise Refused("invalid_errors", f"no input block is called {sorted(unknown)}")
        self.screen.errors = dict(errors)

    def _leave(self, view: Json) -> None:
        """Closes the view, and all others where it says so; by its id, for it may have been updated."""
        screen = self.screen
        screen.stack = [v for v in screen.stack if v["id"] != view["id"]]
        screen.errors = {}
        if view.get("clear_on_close"):
            screen.stack.clear()
        self._workspace.touch()

    def _refused(self, outcome: Outcome, refused: Refused) -> Outcome:
        reasons = " ".join(refused.messages)
        self._workspace.rejections.append(f"acknowledgement: {refused.error} {reasons}")
        self._workspace.touch()
        return replace(outcome, error=refused.error)


def _action(block: Json, element: Json) -> Json:
    action = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    return action | ({"text": element["text"]} if "text" in element else {})
