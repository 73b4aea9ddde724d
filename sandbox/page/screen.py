"""The page as one person sees it: what of the stand-ins and of MongoDB it shows, handed to the templates."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from bot.slack.views.replies import USAGE
from sandbox.demo.stage import APPROVERS, Stage
from sandbox.demo.world import HAPPENINGS, World
from sandbox.digest import CHANNEL
from sandbox.page import behind
from sandbox.page.markup import emoji, mrkdwn
from sandbox.slack import Message

FOLDER = Path(__file__).parent
TABS = (
    ("world", "World"),
    ("documents", "Documents"),
    ("journal", "Journal"),
    ("llm", "LLM"),
    ("runs", "Runs"),
)
TOPICS = {
    CHANNEL: "The model catalogue of a benchmark platform",
    "home": "What waits, what is down, what was done",
}
EMPTY = {CHANNEL: "AI Operator looks at 30 days of results of 222 models; its digest comes here …"}
ARCHIVE = re.compile(r"/archives/(?P<channel>\w+)/p(?P<seconds>\d+)(?P<micro>\d{6})$")


@dataclass(frozen=True)
class Spot:
    """Who looks, and where: what stands in the page's address."""

    me: str
    at: str = CHANNEL
    thread: str = ""
    behind: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], people: Mapping[str, object]) -> "Spot":
        """What can't be is the usual."""
        me = query.get("as", "")
        tab = query.get("behind", "")
        spot = cls(me if me in people else next(iter(people)), behind=tab if tab in dict(TABS) else "")
        return replace(spot, at=query.get("at", CHANNEL), thread=query.get("thread", ""))

    def url(self, **changes: str) -> str:
        """The address of the same with changes; elsewhere no thread stays open."""
        names = {"as": self.me, "at": self.at, "thread": self.thread, "behind": self.behind} | changes
        if names["at"] != self.at and "thread" not in changes:
            names["thread"] = ""
        return "/?" + urlencode({name: value for name, value in names.items() if value})


class Screen:
    """Draws the page."""

    def __init__(self, stage: Stage, world: World, *, real_llm: bool) -> None:
        self._stage, self._world, self._real_llm = stage, world, real_llm
        self._slack, self._workspace = stage.slack, stage.slack.workspace
        channels = {channel.id: channel.name for channel in self._workspace.channels.values()}
        self._names = {**stage.names, self._workspace.bot_user_id: "AI Operator", **channels}

    async def draw(self, spot: Spot) -> str:
        """The whole page, for this person at this spot."""
        person = self._slack.person(spot.me)
        direct = f"D{spot.me[1:]}"
        at = spot.at if spot.at in (CHANNEL, direct, "home") else CHANNEL
        spot = replace(spot, at=at)
        titles = {CHANNEL: "#llm-ops", direct: "AI Operator", "home": "AI Operator: Home"}
        root = self._workspace.message(at, spot.thread) if spot.thread else None
        return TEMPLATES.get_template("page.html").render(
            me=person.profile,
            at=at,
            thread=spot.thread,
            behind=spot.behind,
            url=spot.url,
            link=lambda link: self._within(link, spot),
            title=titles[at],
            topic=TOPICS.get(at, "What the bot says to you alone"),
            empty=EMPTY.get(at, "Nothing was said to you alone."),
            places=[(CHANNEL, "#", "llm-ops"), ("home", "⌂", "Home"), (direct, "✉", "Messages")],
            people=list(self._workspace.people.values()),
            approvers=APPROVERS,
            names=self._names,
            bot_id=self._workspace.bot_user_id,
            messages=self._messages(at, spot.me),
            root=root,
            thread_of=lambda message: self._replies(message, spot.me),
            pictures={file.id: file.alt_text for file in self._slack.files},
            home=self._slack.home(spot.me),
            view=person.view,
            values=person.values,
            errors=person.errors,
            commands=list(USAGE.values()),
            now=int(self._stage.clock().timestamp()),
            world=self._world,
            happenings=HAPPENINGS,
            tabs=TABS,
            real_llm=self._real_llm,
            **await behind.shown(self._stage, spot.behind),
        )

    def _messages(self, channel: str, me: str) -> list[Message]:
        """The channel's own, and those that only this person sees, oldest first."""
        mine = [m for m in self._slack.ephemerals(me) if m.channel == channel and not m.thread_ts]
        return sorted([*self._slack.messages(channel), *mine], key=lambda message: message.ts)

    def _replies(self, root: Message, me: str) -> list[Message]:
        mine = [m for m in self._slack.ephemerals(me) if m.thread_ts == root.ts]
        return sorted([*self._slack.thread(root.channel, root.ts), *mine], key=lambda message: message.ts)

    def _within(self, link: str, spot: Spot) -> str:
        """A link to a message of this workspace leads to it in the page."""
        parts = urlsplit(link)
        message = ARCHIVE.search(parts.path)
        if message is None or parts.hostname != f"{self._workspace.domain}.slack.com":
            return link
        ts = f"{message['seconds']}.{message['micro']}"
        root = parse_qs(parts.query).get("thread_ts", [""])[0]
        return spot.url(at=message["channel"], thread=root) + f"#m-{(root or ts).replace('.', '-')}"


@pass_context
def marked(context: Context, text: str) -> Markup:
    """Slack's markup, with the page's names and links."""
    return mrkdwn(text, context["names"], context["link"])


@pass_context
def said(context: Context, text: Mapping[str, str]) -> Markup:
    """A text object; plain text has nothing but emoji."""
    if text["type"] == "mrkdwn":
        return marked(context, text["text"])
    return escape(emoji(text["text"])).replace("\n", Markup("<br>"))


@pass_context
def person(context: Context, by: str) -> str:
    return "autopilot" if by == "policy" else str(context["names"].get(by, by))


TEMPLATES = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, trim_blocks=True)
TEMPLATES.filters |= {
    "mrkdwn": marked,
    "said": said,
    "person": person,
    "digest": lambda text: hashlib.sha256(str(text).encode()).hexdigest()[:12],
    "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False, default=str),
    "image": behind.image,
    "cost": behind.cost,
}
