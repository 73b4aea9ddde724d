"""chat.*: posting, editing, deleting, and messages for one person's eyes."""

import json
from dataclasses import replace

from sandbox.slack.state import Workspace, message_json, rewritten, with_block_ids
from sandbox.slack.validation.validate import check_message
from sandbox.slack.values import Json, Message, Refused

METADATA_BYTES = 16_000


def post(workspace: Workspace, args: Json) -> Json:
    channel = workspace.open_to_us(args.get("channel"))
    message = _new(workspace, channel.id, args, metadata=True)
    return _posted(workspace, workspace.put(message))


def post_ephemeral(workspace: Workspace, args: Json) -> Json:
    channel = workspace.open_to_us(args.get("channel"))
    user = str(args.get("user", ""))
    if user not in workspace.members(channel):
        raise Refused("user_not_in_channel")
    message = workspace.put(replace(_new(workspace, channel.id, args), ephemeral_to=user))
    return {"ok": True, "message_ts": message.ts}


def update(workspace: Workspace, args: Json) -> Json:
    """Text without blocks removes the blocks, as Slack does."""
    workspace.open_to_us(args.get("channel"))
    message = own(workspace, args, "cant_update_message")
    if workspace.edit_window is not None and workspace.now() - float(message.ts) > workspace.edit_window:
        raise Refused("edit_window_closed")
    changed = rewritten(message, **_content(workspace, args), metadata=_metadata(args))
    return _posted(workspace, workspace.put(changed)) | {"text": changed.text}


def delete(workspace: Workspace, args: Json) -> Json:
    message = own(workspace, args, "cant_delete_message")
    workspace.remove(message)
    return {"ok": True, "channel": message.channel, "ts": message.ts}


def permalink(workspace: Workspace, args: Json) -> Json:
    channel = workspace.channel(args.get("channel"))
    message = workspace.seen_by_all(channel.id, args.get("message_ts"))
    url = f"https://{workspace.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        url += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": url}


def own(workspace: Workspace, args: Json, error: str) -> Message:
    """A message of the bot's own. Raises Refused for ephemeral ones; with this error for others'."""
    channel = workspace.channel(args.get("channel"))
    message = workspace.seen_by_all(channel.id, args.get("ts"))
    if message.user != workspace.bot_user_id:
        raise Refused(error)
    return message


def thread_of(workspace: Workspace, channel: str, thread_ts: object) -> str | None:
    """The root's ts. A reply can't be the root of another thread."""
    if thread_ts is None:
        return None
    root = workspace.seen_by_all(channel, thread_ts, "thread_not_found")
    if root.thread_ts:
        raise Refused("thread_not_found")
    return root.ts


def post_response(workspace: Workspace, token: str, body: Json) -> None:
    """What the bot sends to a response URL. Raises Refused for old and used-up ones, and for bad content."""
    url = workspace.use_response_url(token)
    for key in ("replace_original", "delete_original"):
        if body.get(key):
            raise Refused("invalid_arguments", f"{key}: the bot edits its messages by their ts")
    respond(workspace, url.user, url.channel, body)


def respond(workspace: Workspace, user: str, channel: str, body: Json) -> None:
    """A new message in answer to a gesture: for that person alone, or for all."""
    kind = body.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        raise Refused("invalid_response_type", f"no such response_type: {kind}")
    message = _new(workspace, channel, body)
    workspace.put(replace(message, ephemeral_to=user) if kind == "ephemeral" else message)


def _new(workspace: Workspace, channel: str, args: Json, *, metadata: bool = False) -> Message:
    """A message of the bot's, not yet posted. Raises Refused for what Slack would not take."""
    return Message(
        channel,
        workspace.new_ts(),
        thread_ts=thread_of(workspace, channel, args.get("thread_ts")),
        metadata=_metadata(args) if metadata else None,
        user=workspace.bot_user_id,
        **_content(workspace, args),
    )


def _content(workspace: Workspace, args: Json) -> Json:
    """Text and blocks, if Slack would take them."""
    text = args.get("text") or ""
    if args.get("attachments"):
        raise Refused("invalid_attachments", "legacy attachments are not spoken here")
    for key in ("link_names", "parse"):
        if args.get(key):
            raise Refused("invalid_arguments", f"{key} would make mentions of what is none")
    check_message(str(text), args.get("blocks"), workspace.total_text)
    return {"text": str(text), "blocks": with_block_ids(args.get("blocks") or ())}


def _metadata(args: Json) -> Json | None:
    metadata = args.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    if not metadata.get("event_type") or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return metadata


def _posted(workspace: Workspace, message: Message) -> Json:
    shown = message_json(workspace, message)
    return {"ok": True, "channel": message.channel, "ts": message.ts, "message": shown}
