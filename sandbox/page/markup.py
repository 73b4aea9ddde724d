"""Slack's markup as HTML. Everything is text until it is one of Slack's own constructs. Pure."""

import re
from collections.abc import Callable, Mapping

from markupsafe import Markup, escape

CONSTRUCT = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
CODE = re.compile(r"```\n?(?P<pre>.+?)```|`(?P<code>[^`\n]+)`", re.DOTALL)
EMPHASIS = {
    "strong": re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"),
    "em": re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)"),
    "s": re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"),
}
QUOTED = re.compile(r"(?:^&gt;.*(?:\n|\Z))+", re.MULTILINE)
QUOTE_SIGN = re.compile(r"^&gt; ?", re.MULTILINE)
APART = "\ue000\ue001"
"""Signs of nobody's language, around what is set apart."""
EMOJI = re.compile(r":([a-z0-9_+-]+):")
ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
NAMED_EMOJI = {
    "white_check_mark": "✅",
    "warning": "⚠️",
    "eyes": "👀",
    "key": "🔑",
    "robot_face": "🤖",
    "tada": "🎉",
    "hourglass": "⌛",
    "x": "❌",
    "+1": "👍",
    "-1": "👎",
}
Link = Callable[[str], str]
"""Where a link of Slack's leads within the page."""


def mrkdwn(text: str, names: Mapping[str, str], link: Link = str) -> Markup:
    """`names`: of people, channels and user groups, by their ids."""
    kept: list[Markup] = []

    def keep(markup: Markup) -> str:
        """Sets it apart, where no sign of it is taken for formatting."""
        kept.append(markup)
        return f"{APART[0]}{len(kept) - 1}{APART[1]}"

    def code(found: re.Match[str]) -> str:
        frame = Markup("<pre>{}</pre>") if found["pre"] else Markup("<code>{}</code>")
        said = (found["pre"] or found["code"]).rstrip("\n")
        return keep(frame.format(_signs(CONSTRUCT.sub(lambda c: c[3] or c[2], said))))

    text = CODE.sub(code, text.translate(dict.fromkeys(map(ord, APART))))
    text = CONSTRUCT.sub(lambda found: keep(_construct(found, names, link)), text)
    html = str(escape(emoji(_signs(text))))
    for tag, marked in EMPHASIS.items():
        html = marked.sub(rf"<{tag}>\1</{tag}>", html)
    html = QUOTED.sub(lambda found: _quote(found[0]), html).replace("\n", "<br>")
    whole = re.sub(f"{APART[0]}(\\d+){APART[1]}", lambda found: kept[int(found[1])], html)
    return Markup(whole)  # noqa: S704 - the text was escaped above, before the first tag


def emoji(text: str) -> str:
    """`:eyes:` and the like as their signs; what is none stays as it is."""
    return EMOJI.sub(lambda found: NAMED_EMOJI.get(found[1], found[0]), text)


def _quote(lines: str) -> str:
    return f"<blockquote>{QUOTE_SIGN.sub('', lines).rstrip()}</blockquote>"


def _construct(found: re.Match[str], names: Mapping[str, str], link: Link) -> Markup:
    sign, target, label = found[1], found[2], found[3]
    if sign == "!" and target.startswith("date^"):
        seconds, form = (*target.split("^")[1:], "{date}")[:2]
        return Markup('<time data-at="{}" data-form="{}">{}</time>').format(
            seconds, form, _signs(label or form)
        )
    if sign:
        target = target.removeprefix("subteam^")
        name = names.get(target) or (label or target).lstrip("@#")
        return Markup('<span class="mention">{}{}</span>').format("#" if sign == "#" else "@", name)
    if re.match(r"https?://|mailto:", target):
        return Markup('<a href="{}">{}</a>').format(link(_signs(target)), emoji(_signs(label or target)))
    return escape(found[0])


def _signs(text: str) -> str:
    """The signs that Slack has escaped."""
    return re.sub("|".join(ENTITIES), lambda found: ENTITIES[found[0]], text)
