"""views.*: modals and home tabs."""

import secrets

from sandbox.slack.state import Workspace, with_block_ids
from sandbox.slack.validation.validate import check_view
from sandbox.slack.values import Json, Refused

STACK = 3


def open_(workspace: Workspace, args: Json) -> Json:
    """A modal of its own: what was open before is gone."""
    body = check_view(args.get("view"), "modal")
    screen = workspace.screens[workspace.spend_trigger(args.get("trigger_id"))]
    view = new_view(workspace, body)
    screen.stack, screen.errors = [view], {}
    workspace.touch()
    return {"ok": True, "view": view}


def push(workspace: Workspace, args: Json) -> Json:
    body = check_view(args.get("view"), "modal")
    user = workspace.spend_trigger(args.get("trigger_id"))
    return {"ok": True, "view": put_on_top(workspace, user, body)}


def update(workspace: Workspace, args: Json) -> Json:
    place = workspace.view(args.get("view_id") or args.get("external_id"))
    if place is None:
        raise Refused("not_found")
    user, index = place
    standing = workspace.screens[user].stack[index]
    if args.get("hash") and args["hash"] != standing["hash"]:
        raise Refused("hash_conflict")
    return {"ok": True, "view": replace_view(workspace, user, index, args.get("view"))}


def publish(workspace: Workspace, args: Json) -> Json:
    user = str(args.get("user_id", ""))
    if user not in workspace.screens:
        raise Refused("user_not_found")
    body = check_view(args.get("view"), "home")
    screen = workspace.screens[user]
    if args.get("hash") and screen.home and args["hash"] != screen.home["hash"]:
        raise Refused("hash_conflict")
    screen.home = new_view(workspace, body)
    workspace.touch()
    return {"ok": True, "view": screen.home}


def put_on_top(workspace: Workspace, user: str, body: object) -> Json:
    """Another modal above the visible one; three at most."""
    screen = workspace.screens[user]
    if not screen.stack:
        raise Refused("not_found")
    if len(screen.stack) >= STACK:
        raise Refused("push_limit_reached")
    below = screen.stack[-1]
    view = new_view(workspace, check_view(body, "modal")) | {
        "root_view_id": below["root_view_id"],
        "previous_view_id": below["id"],
    }
    screen.stack.append(view)
    screen.errors = {}
    workspace.touch()
    return view


def replace_view(workspace: Workspace, user: str, index: int, body: object) -> Json:
    """The same modal with other content: its id stays, its hash doesn't."""
    screen = workspace.screens[user]
    standing = screen.stack[index]
    kept = {key: standing[key] for key in ("id", "root_view_id", "previous_view_id")}
    view = new_view(workspace, check_view(body, "modal")) | kept
    screen.stack[index] = view
    screen.errors = {}
    workspace.touch()
    return view


def new_view(workspace: Workspace, body: Json) -> Json:
    """The view with what Slack adds to it."""
    view_id = f"V0{secrets.token_hex(4).upper()}"
    return {
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "submit": None,
        "close": None,
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": False,
        "notify_on_close": False,
        **body,
        "blocks": list(with_block_ids(body["blocks"])),
        "id": view_id,
        "team_id": workspace.team_id,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
        "hash": f"{workspace.new_ts()}.{secrets.token_hex(4)}",
        "root_view_id": view_id,
        "previous_view_id": None,
        "state": {"values": {}},
    }
