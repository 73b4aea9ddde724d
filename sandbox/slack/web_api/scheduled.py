"""chat.scheduleMessage and what belongs to it: posted when the workspace's clock says so."""

from sandbox.slack.state import Workspace, with_block_ids
from sandbox.slack.validation.validate import check_message
from sandbox.slack.values import Json, Message, Refused, Scheduled

SOONEST, LATEST = 60, 120 * 86_400
"""Seconds ahead: neither withdrawn nor taken within the last minute, nor more than 120 days before."""


def schedule(workspace: Workspace, args: Json) -> Json:
    channel = workspace.open_to_us(args.get("channel"))
    try:
        post_at = int(args.get("post_at") or 0)
    except (TypeError, ValueError):
        raise Refused("invalid_time") from None
    if post_at <= workspace.now() + 10:
        raise Refused("time_in_past")
    if post_at > workspace.now() + LATEST:
        raise Refused("time_too_far")
    if args.get("metadata"):
        raise Refused("metadata_not_scheduled", "Slack takes it, and posts nothing when the time comes")
    text = str(args.get("text") or "")
    check_message(text, args.get("blocks"), workspace.total_text)
    message = Scheduled(
        workspace.new_scheduled_id(), channel.id, post_at, text, tuple(args.get("blocks") or ())
    )
    workspace.scheduled[message.id] = message
    workspace.touch()
    return {"ok": True, "channel": channel.id, "scheduled_message_id": message.id, "post_at": post_at}


def delete_scheduled(workspace: Workspace, args: Json) -> Json:
    message = workspace.scheduled.get(str(args.get("scheduled_message_id")))
    if message is None or message.channel != args.get("channel"):
        raise Refused("invalid_scheduled_message_id")
    if message.post_at - workspace.now() < SOONEST:
        raise Refused("invalid_scheduled_message_id")
    workspace.scheduled.pop(message.id)
    workspace.touch()
    return {"ok": True}


def list_scheduled(workspace: Workspace, args: Json) -> Json:
    wanted = args.get("channel")
    listed = [message for message in workspace.scheduled.values() if wanted in (None, message.channel)]
    shown = [
        {
            "id": message.id,
            "channel_id": message.channel,
            "post_at": message.post_at,
            "date_created": int(workspace.now()),
            "text": message.text,
        }
        for message in sorted(listed, key=lambda message: message.post_at)
    ]
    return {"ok": True, "scheduled_messages": shown, "response_metadata": {"next_cursor": ""}}


def post_what_is_due(workspace: Workspace) -> None:
    """What nobody withdrew appears; in a channel that takes nothing it is lost."""
    for message in [m for m in workspace.scheduled.values() if m.post_at <= workspace.now()]:
        workspace.scheduled.pop(message.id)
        try:
            workspace.open_to_us(message.channel)
        except Refused:
            continue
        blocks = with_block_ids(message.blocks)
        workspace.put(
            Message(message.channel, workspace.new_ts(), message.text, blocks, user=workspace.bot_user_id)
        )
