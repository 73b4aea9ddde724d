"""What the bot looks up: itself, what was said in a channel, and who is in a group."""

from sandbox.slack.state import Workspace, message_json
from sandbox.slack.values import Json, Refused

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


def history(workspace: Workspace, args: Json) -> Json:
    """Roots, newest first; metadata only when it is asked for."""
    channel = workspace.joined(args.get("channel"))
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    edges, metadata = _true(args.get("inclusive")), _true(args.get("include_all_metadata"))
    within = [
        message_json(workspace, message, metadata=metadata)
        for message in reversed(workspace.roots(channel.id))
        if oldest < float(message.ts) < latest or (edges and float(message.ts) in (oldest, latest))
    ]
    limit, start = int(args.get("limit") or PAGE), int(args.get("cursor") or 0)
    more = len(within) > start + limit
    return {
        "ok": True,
        "messages": within[start : start + limit],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def group_users(workspace: Workspace, args: Json) -> Json:
    group = workspace.groups.get(str(args.get("usergroup")))
    if group is None:
        raise Refused("no_such_subteam")
    return {"ok": True, "users": list(group.users)}


def _true(value: object) -> bool:
    """A flag as JSON, a form or a query carries it."""
    return str(value).lower() in ("1", "true")
