"""The values that the stand-in keeps and hands out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

Json = dict[str, Any]
"""An object as it goes over the wire."""
ID = re.compile(r"[A-Z][A-Z0-9]{2,20}")


class _Named:
    """Something with an id of Slack's."""

    begins: ClassVar[str]
    id: str

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id) or self.id[0] not in self.begins:
            raise ValueError(
                f"{self.id!r} does not look like a Slack id that starts with one of {self.begins}"
            )


@dataclass(frozen=True)
class Profile(_Named):
    """A person of the workspace."""

    begins = "UW"
    id: str
    name: str
    """The handle, without @."""
    real_name: str = ""
    team_id: str = ""
    """Of Slack Connect: the workspace that they belong to; "" for ours."""


@dataclass(frozen=True)
class Channel(_Named):
    """A conversation. `members`: the ids of its people; None: all of the workspace."""

    begins = "CGD"
    id: str
    name: str
    members: frozenset[str] | None = None
    bot_is_member: bool = True
    private: bool = False
    closed: str = ""
    """Why nothing is taken there, in Slack's word: is_archived, restricted_action …"""


@dataclass(frozen=True)
class Group(_Named):
    """A user group."""

    begins = "S"
    id: str
    handle: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """One state of a message. An edit makes another value with the same channel and ts."""

    channel: str
    ts: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str | None = None
    """The root's ts; None for a root, even if it has replies."""
    metadata: Json | None = None
    user: str = ""
    edited: bool = False
    ephemeral_to: str | None = None
    files: tuple[Json, ...] = ()

    @property
    def event(self) -> str:
        """The type of event in its metadata; "" when it carries none."""
        return str((self.metadata or {}).get("event_type", ""))


@dataclass(frozen=True)
class Scheduled:
    """A message that is posted at its time (Unix seconds), unless it is withdrawn."""

    id: str
    channel: str
    post_at: int
    text: str
    blocks: tuple[Json, ...] = ()


@dataclass(frozen=True)
class UploadedFile:
    """A file whose upload was completed."""

    id: str
    name: str
    title: str
    content: bytes
    alt_text: str
    channel: str | None
    thread_ts: str | None
    comment: str


@dataclass(frozen=True)
class Call:
    """A Web API call and how it was answered."""

    method: str
    args: Mapping[str, Any]
    response: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        return bool(self.response.get("ok"))


@dataclass(frozen=True)
class Outcome:
    """What became of one delivered payload."""

    acked: bool
    seconds: float
    """From sending until the acknowledgement, or until the deadline."""
    payload: Json | None
    """What came with the acknowledgement."""
    error: str | None
    """What the person sees: `operation_timeout`, or why the acknowledgement's payload was refused."""
    kind: str
    body: Json
    """What was delivered."""
    envelope_id: str


@dataclass
class Failure:
    """A scripted failure of one method."""

    error: str
    status: int
    retry_after: int | None
    times: int
    body: str | None = None
    """What is answered instead of Slack's JSON."""
    kind: str = "text/html"


@dataclass
class Trigger:
    """What lets the bot open a modal once, within seconds of a gesture."""

    user: str
    made_at: float
    spent: bool = False


@dataclass
class ResponseUrl:
    """Where the bot may answer a gesture, five times within half an hour."""

    user: str
    channel: str
    made_at: float
    uses: int = 0


@dataclass
class Upload:
    """A file on its way."""

    id: str
    name: str
    length: int
    alt_text: str
    content: bytes | None = None


@dataclass
class Screen:
    """What one person has in front of them, beside the channels."""

    stack: list[Json] = field(default_factory=list)
    """Open modals, the visible one last."""
    home: Json | None = None
    errors: dict[str, str] = field(default_factory=dict)
    """The words under the inputs of the visible modal, by block id."""


class Refused(Exception):
    """A call that Slack answers with `ok: false`."""

    def __init__(self, error: str, *messages: str, **fields: str) -> None:
        super().__init__(error, *messages)
        self.error = error
        self.messages = messages
        self.fields = fields
