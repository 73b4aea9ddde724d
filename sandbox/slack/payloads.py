"""The payloads that Slack sends, in its own shapes."""

import secrets

from sandbox.slack.state import Workspace, message_json
from sandbox.slack.values import Json, Message, Profile

VERIFICATION_TOKEN = "sandbox-verification"


def on_message(workspace: Workspace, person: Profile, message: Message, action: Json) -> Json:
    """block_actions on a message; an ephemeral one is not part of the payload."""
    channel = workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body = _interaction(workspace, person, "block_actions") | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": workspace.new_response_url(person.id, channel.id),
        "actions": [action | {"action_ts": workspace.new_ts()}],
    }
    return body if message.ephemeral_to else body | {"message": message_json(workspace, message)}


def in_view(workspace: Workspace, person: Profile, view: Json, action: Json) -> Json:
    """block_actions in a modal or on the home tab."""
    return _interaction(workspace, person, "block_actions") | {
        "container": {"type": "view", "view_id": view["id"]},
        "view": view,
        "actions": [action | {"action_ts": workspace.new_ts()}],
    }


def submission(workspace: Workspace, person: Profile, view: Json) -> Json:
    body = _interaction(workspace, person, "view_submission")
    return body | {"view": view, "response_urls": []}


def closing(workspace: Workspace, person: Profile, view: Json, *, cleared: bool) -> Json:
    body = _interaction(workspace, person, "view_closed")
    body.pop("trigger_id")
    return body | {"view": view, "is_cleared": cleared}


def command(workspace: Workspace, person: Profile, name: str, text: str, channel_id: str) -> Json:
    channel = workspace.channels[channel_id]
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": workspace.new_response_url(person.id, channel.id),
        "trigger_id": workspace.new_trigger(person.id),
    }


def home_opened(workspace: Workspace, person: Profile) -> Json:
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": f"D{person.id[1:]}",
        "tab": "home",
        "event_ts": workspace.new_ts(),
    }
    if home := workspace.screens[person.id].home:
        event["view"] = home
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(workspace.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _interaction(workspace: Workspace, person: Profile, kind: str) -> Json:
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id or workspace.team_id,
        },
        "api_app_id": workspace.app_id,
        "token": VERIFICATION_TOKEN,
        "trigger_id": workspace.new_trigger(person.id),
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
