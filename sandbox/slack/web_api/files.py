"""files.*: the two calls around an upload, as `files_upload_v2` makes them."""

import secrets

from sandbox.slack.state import Workspace, with_block_ids
from sandbox.slack.validation.validate import check_message
from sandbox.slack.values import Json, Message, Refused, Upload, UploadedFile
from sandbox.slack.web_api.chat import thread_of


def get_upload_url(workspace: Workspace, args: Json) -> Json:
    length, name = int(args.get("length") or 0), str(args.get("filename") or "")
    if not name or length <= 0:
        raise Refused("invalid_arguments", "filename and length are needed")
    upload = Upload(f"F0{secrets.token_hex(4).upper()}", name, length, str(args.get("alt_txt") or ""))
    workspace.uploads[upload.id] = upload
    url = f"{workspace.base_url}/upload/{upload.id}"
    return {"ok": True, "upload_url": url, "file_id": upload.id}


def receive(workspace: Workspace, file_id: str, content: bytes) -> bool:
    """Takes the bytes of an upload; False when none is expected under this id, or not so many."""
    upload = workspace.uploads.get(file_id)
    if upload is None or upload.content is not None or len(content) != upload.length:
        return False
    upload.content = content
    return True


def complete(workspace: Workspace, args: Json) -> Json:
    wanted = args.get("files")
    if not isinstance(wanted, list) or not wanted:
        raise Refused("invalid_arguments", "files are needed")
    channel_id = args.get("channel_id") or args.get("channels")
    channel = workspace.joined(channel_id).id if channel_id else None
    thread_ts = thread_of(workspace, channel, args.get("thread_ts")) if channel else None
    comment = str(args.get("initial_comment") or "")
    if comment or args.get("blocks"):
        check_message(comment or "a file", args.get("blocks"), workspace.total_text)
    files = [_completed(workspace, item, channel, thread_ts, comment) for item in wanted]
    shown = tuple(_shown(file) for file in files)
    if channel:
        blocks = with_block_ids(args.get("blocks") or ())
        ts = workspace.new_ts()
        user = workspace.bot_user_id
        workspace.put(Message(channel, ts, comment, blocks, thread_ts, user=user, files=shown))
    return {"ok": True, "files": list(shown)}


def _completed(
    workspace: Workspace, item: Json, channel: str | None, thread_ts: str | None, comment: str
) -> UploadedFile:
    upload = workspace.uploads.pop(str(item.get("id")), None)
    if upload is None or upload.content is None:
        raise Refused("file_not_found")
    title = str(item.get("title") or upload.name)
    file = UploadedFile(
        upload.id, upload.name, title, upload.content, upload.alt_text, channel, thread_ts, comment
    )
    workspace.files.append(file)
    return file


def _shown(file: UploadedFile) -> Json:
    return {"id": file.id, "name": file.name, "title": file.title, "size": len(file.content)}
