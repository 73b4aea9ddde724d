"""What the bot may look up: itself, conversations, people and groups."""

from collections.abc import Sequence

from sandbox.slack.state import Workspace, message_json
from sandbox.slack.values import Group, Json, Message, Refused

PAGE = 100


def auth_test(workspace: Workspace, args: Json) -> Json:
    return {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain,
        "team_id": workspace.team_id,
        "user": "operator",
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def info(workspace: Workspace, args: Json) -> Json:
    channel = workspace.channel(args.get("channel"))
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_im": channel.id.startswith("D"),
        "is_archived": channel.closed == "is_archived",
        "is_member": channel.bot_is_member,
    }
    if _true(args.get("include_num_members")):
        shown["num_members"] = len(workspace.members(channel))
    return {"ok": True, "channel": shown}


def members(workspace: Workspace, args: Json) -> Json:
    people = workspace.members(workspace.channel(args.get("channel")))
    return _page(args, people, "members")


def history(workspace: Workspace, args: Json) -> Json:
    """Roots, newest first; metadata only when it is asked for."""
    channel = workspace.joined(args.get("channel"))
    return _messages(workspace, args, list(reversed(workspace.roots(channel.id))))


def replies(workspace: Workspace, args: Json) -> Json:
    """The root and its replies, oldest first."""
    channel = workspace.joined(args.get("channel"))
    root = workspace.seen_by_all(channel.id, args.get("ts"), "thread_not_found")
    return _messages(workspace, args, [root, *workspace.replies(channel.id, root.ts)])


def user_info(workspace: Workspace, args: Json) -> Json:
    person = workspace.people.get(str(args.get("user")))
    if person is None:
        raise Refused("user_not_found")
    real_name = person.real_name or person.name
    shown = {
        "id": person.id,
        "team_id": workspace.team_id,
        "name": person.name,
        "real_name": real_name,
        "deleted": False,
        "is_bot": False,
        "profile": {"real_name": real_name, "display_name": person.name},
    }
    return {"ok": True, "user": shown}


def groups(workspace: Workspace, args: Json) -> Json:
    with_users = _true(args.get("include_users"))
    return {"ok": True, "usergroups": [_group(g, with_users) for g in workspace.groups.values()]}


def group_users(workspace: Workspace, args: Json) -> Json:
    group = workspace.groups.get(str(args.get("usergroup")))
    if group is None:
        raise Refused("no_such_subteam")
    return {"ok": True, "users": list(group.users)}


def _group(group: Group, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "handle": group.handle,
        "name": group.handle,
        "user_count": len(group.users),
    }
    return shown | ({"users": list(group.users)} if with_users else {})


def _messages(workspace: Workspace, args: Json, messages: Sequence[Message]) -> Json:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    edges = _true(args.get("inclusive"))
    within = [
        message
        for message in messages
        if oldest < float(message.ts) < latest or (edges and float(message.ts) in (oldest, latest))
    ]
    metadata = _true(args.get("include_all_metadata"))
    return _page(args, [message_json(workspace, m, metadata=metadata) for m in within], "messages")


def _page(args: Json, items: Sequence[object], key: str) -> Json:
    limit, start = int(args.get("limit") or PAGE), int(args.get("cursor") or 0)
    more = len(items) > start + limit
    return {
        "ok": True,
        key: list(items[start : start + limit]),
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def _true(value: object) -> bool:
    """A flag as JSON, a form or a query carries it."""
    return str(value).lower() in ("1", "true")
