"""The Web API: who may call what, scripted failures, and the record of all calls."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.slack.state import Workspace
from sandbox.slack.values import Call, Failure, Json, Refused
from sandbox.slack.web_api import chat, files, reading, scheduled, views
from sandbox.slack.web_api.documented import A_MINUTE, ARGUMENTS, BURST, NEEDED

BOT_TOKEN = "xoxb-sandbox-bot"
APP_TOKEN = "xapp-sandbox-app"

Method = Callable[[Workspace, Json], Json]
METHODS: dict[str, Method] = {
    "chat.postMessage": chat.post,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.update": chat.update,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "files.getUploadURLExternal": files.get_upload_url,
    "files.completeUploadExternal": files.complete,
    "auth.test": reading.auth_test,
    "conversations.history": reading.history,
    "usergroups.users.list": reading.group_users,
    "chat.scheduleMessage": scheduled.schedule,
    "chat.deleteScheduledMessage": scheduled.delete_scheduled,
    "chat.scheduledMessages.list": scheduled.list_scheduled,
    "views.open": views.open_,
    "views.push": views.push,
    "views.update": views.update,
    "views.publish": views.publish,
}
FOR_APP_TOKENS = {"apps.connections.open"}
FOR_ANY_TOKEN = {"auth.test"}
ENCODED = ("blocks", "metadata", "view", "files", "attachments")
"""Arguments that a form carries as JSON."""


class WebApi:
    """Answers the calls of one stand-in."""

    def __init__(self, workspace: Workspace, new_socket_url: Callable[[], str]) -> None:
        self._workspace = workspace
        self._methods = METHODS | {
            "apps.connections.open": lambda _workspace, _args: {"ok": True, "url": new_socket_url()}
        }

    async def call(self, request: web.Request) -> web.Response:
        """One call, written down with its answer."""
        workspace = self._workspace
        method = request.match_info["method"]
        workspace.busy += 1
        try:
            args = await _args(request)
            token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            token = token or str(args.pop("token", ""))
            failure = workspace.next_failure(method) or _above_the_rate(workspace, method, args)
            response = _failing(failure) if failure else self._answer(method, args, token)
        finally:
            workspace.busy -= 1
        answered = _json_of(response.body.decode()) if isinstance(response.body, bytes) else {}
        answered = answered if isinstance(answered, dict) else {}
        workspace.calls.append(Call(method, args, answered))
        expected = failure is not None or args.get("view_id") in workspace.left_views
        expected = expected or answered.get("error") in workspace.scripted
        if not answered.get("ok") and not expected:
            reasons = answered.get("response_metadata", {}).get("messages", [])
            workspace.rejections.append(f"{method}: {answered.get('error')} {' '.join(reasons)}".strip())
        workspace.touch()
        return response

    def _answer(self, method: str, args: Json, token: str) -> web.Response:
        headers = {"x-oauth-scopes": ",".join(sorted(self._workspace.scopes))}
        if needed := NEEDED.get(method):
            headers["x-accepted-oauth-scopes"] = needed
        try:
            if method not in self._methods:
                raise Refused("unknown_method", req_method=method)
            _check_token(method, token, self._workspace)
            self._check_scope(method, args)
            if unknown := set(args) - ARGUMENTS[method]:
                raise Refused("invalid_arguments", f"[ERROR] unknown: {', '.join(sorted(unknown))}")
            return web.json_response(self._methods[method](self._workspace, args), headers=headers)
        except Refused as refused:
            return web.json_response(refusal(refused), headers=headers)

    def _check_scope(self, method: str, args: Json) -> None:
        needed, granted = NEEDED.get(method), self._workspace.scopes
        channel = self._workspace.channels.get(str(args.get("channel", "")))
        if method == "conversations.history" and channel is not None and channel.private:
            needed = "im:history" if channel.id.startswith("D") else "groups:history"
        if needed and needed not in granted:
            raise Refused("missing_scope", needed=needed, provided=",".join(sorted(granted)))


def refusal(refused: Refused) -> Json:
    """The body of the answer, with `ok: false`."""
    body: Json = {"ok": False, "error": refused.error, **refused.fields}
    if refused.messages:
        body["response_metadata"] = {"messages": list(refused.messages)}
    return body


def _check_token(method: str, token: str, workspace: Workspace) -> None:
    if not token:
        raise Refused("not_authed")
    if error := workspace.revoked.get(token):
        raise Refused(error)
    if token not in (BOT_TOKEN, APP_TOKEN):
        raise Refused("invalid_auth")
    if method not in FOR_ANY_TOKEN and (token == APP_TOKEN) != (method in FOR_APP_TOKENS):
        raise Refused("not_allowed_token_type")


def _above_the_rate(workspace: Workspace, method: str, args: Json) -> Failure | None:
    """Counted over the last minute of the workspace's clock; posts by channel, and a burst of them too."""
    if not workspace.rated or method not in A_MINUTE:
        return None
    now, key = workspace.now(), f"{method} {args.get('channel') if method == 'chat.postMessage' else ''}"
    made = workspace.made[key] = [at for at in workspace.made.get(key, ()) if now - at < 60]
    burst = [at for at in made if now - at < 5] if method == "chat.postMessage" else []
    if len(made) >= A_MINUTE[method] or len(burst) > BURST:
        return Failure("ratelimited", 429, 1 + int(60 - (now - made[0])) if len(burst) <= BURST else 5, 1)
    made.append(now)
    return None


def _failing(failure: Failure) -> web.Response:
    headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
    if failure.body is not None:
        return web.Response(
            text=failure.body, status=failure.status, headers=headers, content_type=failure.kind
        )
    return web.json_response({"ok": False, "error": failure.error}, status=failure.status, headers=headers)


async def _args(request: web.Request) -> Json:
    """From the query and from a JSON or a form body, as Slack's own library sends them."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= json.loads(await request.text() or "{}")
    else:
        args |= _decoded(await request.post())
    return {key: value for key, value in args.items() if value is not None} | _decoded(
        {key: args[key] for key in ENCODED if isinstance(args.get(key), str)}
    )


def _decoded(fields: Mapping[str, Any]) -> Json:
    """Form fields, with those that carry JSON read."""
    return {key: _json_of(value) if key in ENCODED else value for key, value in fields.items()}


def _json_of(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
