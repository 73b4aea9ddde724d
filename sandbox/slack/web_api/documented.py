"""What Slack documents of the methods that the bot calls: their arguments, error codes and rates.

Stricter than Slack, which ignores arguments that it doesn't know: one of them is a mistake of ours.
"""

from collections.abc import Mapping

COMMON = frozenset(
    [
        "access_denied",
        "accesslimited",
        "account_inactive",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_auth",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "method_deprecated",
        "missing_post_type",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "unknown_method",
    ]
)
_WRITING = """as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message
    channel_not_found duplicate_channel_not_found invalid_blocks invalid_blocks_format
    invalid_metadata_format invalid_metadata_schema is_archived is_inactive markdown_text_conflict
    message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large
    msg_blocks_too_long msg_too_long no_text not_in_channel restricted_action
    restricted_action_non_threadable_channel restricted_action_read_only_channel
    restricted_action_thread_locked restricted_action_thread_only_channel slack_connect_blocked_file_type
    team_not_found thread_not_found too_many_attachments too_many_contact_cards user_not_found"""
_VIEWS = """app_not_installed duplicate_external_id exchanged_trigger_id expired_trigger_id hash_conflict
    invalid_trigger_id not_enabled not_found push_limit_reached trigger_exchanged user_not_found
    view_too_large"""
_HISTORY = "channel_not_found invalid_cursor invalid_limit invalid_ts_latest not_in_channel thread_not_found"
_FILES = "channel_not_found file_not_found invalid_channel not_in_channel posting_to_channel_denied"
ERRORS: Mapping[str, frozenset[str]] = {
    method: COMMON | frozenset(codes.split())
    for method, codes in {
        "auth.test": "",
        "apps.connections.open": "forbidden_team",
        "chat.postMessage": _WRITING,
        "chat.postEphemeral": f"{_WRITING} user_not_in_channel",
        "chat.update": f"{_WRITING} block_mismatch cant_update_message edit_window_closed message_not_found",
        "chat.delete": "cant_delete_message channel_not_found message_not_found",
        "chat.getPermalink": "channel_not_found message_not_found",
        "chat.scheduleMessage": f"{_WRITING} invalid_time time_in_past time_too_far",
        "chat.deleteScheduledMessage": "bad_token channel_not_found invalid_scheduled_message_id",
        "chat.scheduledMessages.list": "invalid_channel",
        "conversations.history": _HISTORY,
        "conversations.replies": _HISTORY,
        "conversations.info": "channel_not_found",
        "conversations.members": "channel_not_found fetch_members_failed invalid_cursor invalid_limit",
        "users.info": "user_not_found user_not_visible",
        "usergroups.list": "permission_denied",
        "usergroups.users.list": "no_such_subteam permission_denied subteam_max_users_exceeded",
        "views.open": _VIEWS,
        "views.push": _VIEWS,
        "views.update": _VIEWS,
        "views.publish": _VIEWS,
        "files.getUploadURLExternal": "file_update_blocked invalid_arguments unknown_snippet_type",
        "files.completeUploadExternal": _FILES,
    }.items()
}
_MESSAGE = (
    "channel text blocks attachments metadata mrkdwn parse link_names unfurl_links unfurl_media thread_ts"
)
ARGUMENTS: Mapping[str, frozenset[str]] = {
    method: frozenset(names.split()) | {"token"}
    for method, names in {
        "auth.test": "team_id",  # of Bolt, for tokens of a whole organisation
        "apps.connections.open": "",
        "chat.postMessage": f"{_MESSAGE} reply_broadcast icon_emoji icon_url username markdown_text",
        "chat.postEphemeral": f"{_MESSAGE} user icon_emoji icon_url username markdown_text",
        "chat.update": f"{_MESSAGE} ts reply_broadcast file_ids markdown_text",
        "chat.delete": "channel ts",
        "chat.getPermalink": "channel message_ts",
        "chat.scheduleMessage": f"{_MESSAGE} post_at reply_broadcast markdown_text",
        "chat.deleteScheduledMessage": "channel scheduled_message_id as_user",
        "chat.scheduledMessages.list": "channel cursor latest oldest limit team_id",
        "conversations.history": "channel cursor include_all_metadata inclusive latest limit oldest",
        "conversations.replies": "channel ts cursor include_all_metadata inclusive latest limit oldest",
        "conversations.info": "channel include_locale include_num_members",
        "conversations.members": "channel cursor limit",
        "users.info": "user include_locale",
        "usergroups.list": "include_count include_disabled include_users team_id",
        "usergroups.users.list": "usergroup include_disabled team_id",
        "views.open": "view trigger_id interactivity_pointer",
        "views.push": "view trigger_id interactivity_pointer",
        "views.update": "view view_id external_id hash",
        "views.publish": "view user_id hash",
        "files.getUploadURLExternal": "filename length alt_txt snippet_type",
        "files.completeUploadExternal": "files channel_id channels thread_ts initial_comment blocks",
    }.items()
}
A_MINUTE: Mapping[str, int] = {
    "chat.postMessage": 60,
    **dict.fromkeys(("chat.update", "chat.scheduleMessage", "chat.deleteScheduledMessage"), 50),
    **dict.fromkeys(("chat.scheduledMessages.list", "conversations.history", "chat.delete"), 50),
    **dict.fromkeys(("conversations.replies", "conversations.info"), 50),
    **dict.fromkeys(("usergroups.list", "usergroups.users.list"), 20),
    **dict.fromkeys(("chat.postEphemeral", "views.open", "views.push", "views.update", "views.publish"), 100),
    **dict.fromkeys(("files.getUploadURLExternal", "files.completeUploadExternal"), 100),
}
"""Calls of one method that are taken within any minute; of chat.postMessage by channel."""
BURST = 5
"""Messages to one channel within five seconds."""
