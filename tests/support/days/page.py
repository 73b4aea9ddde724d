"""What the page of a day states, read as a person reads it: how many models stand where, and who did what."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.slack import Message
from support.days.as_read import on_a_phone, paragraphs, words

FOLD = "▸ Known:"


class Stated(NamedTuple):
    """How many models the page says stand where. `folded`: it says that there is more elsewhere."""

    answering: int
    running: int
    elsewhere: Counter[str]
    switched_off: int
    folded: bool


def texts(messages: Iterable[Message]) -> list[str]:
    """A text for each block."""
    return [text for message in messages for block in message.blocks for text in paragraphs(block)]


def stated(root: Message, thread: Sequence[Message]) -> Stated | None:
    """None of a page that is only a warning."""
    page, all_cards = texts([root]), texts([root, *thread])
    whole = "\n".join(page)
    answers = re.search(r"([\d,]+) of ([\d,]+) models? answers?", whole)
    if answers is None:
        return None
    known = next((text.removeprefix(FOLD) for text in page if text.startswith(FOLD)), "")
    known = known or (whole.partition("Known: ")[2] if len(page) == 1 else "")
    above = [text for text in page if not text.startswith(FOLD)] if len(page) > 1 else []
    off = re.search(r"switched off (\d+) models?", page[0])
    hello = page[0].startswith("# Hello")
    elsewhere = introduced(whole) if hello else Counter[str]()
    if not hello:
        elsewhere["asked"] = sum(map(asked, all_cards))
        elsewhere["down"] = sum(map(down, above)) + down(known)
        elsewhere["ours"] = sum(map(ours, above)) + of_known(known)
        elsewhere["watched"] = number(r"watched ([\d,]+):", known)
        elsewhere["on hold"] = number(r"on hold ([\d,]+)", known)
    folded = " more in Home" in whole or bool(re.search(r"^And .*\d+ more\.", whole, re.MULTILINE))
    return Stated(count(answers[1]), count(answers[2]), elsewhere, count(off[1]) if off else 0, folded)


def count(digits: str) -> int:
    return int(digits.replace(",", ""))


def number(pattern: str, text: str) -> int:
    return sum(count(one) for one in re.findall(pattern, text))


def asked(card: str) -> int:
    """How many models that don't answer this card asks about."""
    title, _, rest = card.partition("\n")
    if not re.match(r"(Disable|Rename) .+\?  P-\d+", title):
        return 0
    several = re.match(r"Disable ([\d,]+) \S+ models\?", title)
    return (count(several[1]) if several else 1) + number(r"And ([\d,]+) more follow", rest)


def down(text: str) -> int:
    """Of a line about a provider, or of what is silent."""
    some = number(r"· ([\d,]+) of [\d,]+(?: ·|$|,|\.|   )", text) + number(
        r", day \d+[^()·]*\(([\d,]+)\)", text
    )
    silent = number(r"no runs(?: for [^:·]+?)? of any of its ([\d,]+) models", text)
    named = re.findall(r"(?:^|[.·] )([^·\n]+) on [^ ]+: no runs", text, re.MULTILINE)
    return some + silent + sum(len(re.findall(r"m-\d+", one)) + number(r"(\d+) more", one) for one in named)


def ours(text: str) -> int:
    found = re.search(r"Ours to fix, in Home: (.*)", text)
    return sum(number(r"^([\d,]+) ", kind) for kind in found[1].split("; ")) if found else 0


def of_known(known: str) -> int:
    """What is ours to fix among what is known: a count, and what is wrong."""
    phrases = (phrase.strip() for phrase in known.split(" · "))
    return sum(number(r"^([\d,]+) (?!models?\b|rows?\b)", phrase) for phrase in phrases)


def introduced(text: str) -> Counter[str]:
    """The first page counts otherwise."""
    found = text.partition("models answer.")[2].partition("\n")[0]
    down, gone = number(r"\(([\d,]+)\)\.", found), number(r"([\d,]+) gone for", found)
    return Counter(down=down, asked=gone, others=number(r"([\d,]+) others? do", found))


def words_before_more(root: Message) -> int:
    """Those of a busy page that stand before what is known and the last line, buttons included."""
    page = texts([root])
    fold = next((place for place, text in enumerate(page) if text.startswith(FOLD)), len(page) - 1)
    return words("\n".join(page[:fold]))


def lines_to_tap(root: Message) -> int:
    """How far down a phone the last button stands that isn't below the fold."""
    page = texts([root])
    fold = next((place for place, text in enumerate(page) if text.startswith(FOLD)), len(page) - 1)
    last = max((place for place, text in enumerate(page[:fold]) if "[" in text), default=0)
    return len(on_a_phone("\n".join(page[: last + 1])))


def done_by_people(messages: Iterable[Message]) -> dict[str, int]:
    """By proposal: how many models a card says were done."""
    found = {}
    for text in texts(messages):
        if done := re.match(r"[✅⚠] (P-\d+) · (?:(\d+)(?: of \d+)? )?.*(?:disabled|enabled|merged) · ", text):
            found[done[1]] = int(done[2] or 1)
    return found


def taken_back(messages: Iterable[Message]) -> set[str]:
    """Proposals of which a card says that all, or some, was taken back."""
    found = set()
    for text in texts(messages):
        if whole := re.match(r"↩ (P-\d+) · ", text):
            found.add(whole[1])
        elif "↩ Taken back: " in text and (some := re.search(r"P-\d+", text)):
            found.add(some[0])
    return found


def named_beside(proposal: str, messages: Iterable[Message]) -> set[str]:
    """Models that stand in a text about this proposal."""
    about = [text for text in texts(messages) if re.search(rf"{proposal}\b", text)]
    return {name for text in about for name in re.findall(r"m-\d+", text)}


def changed_since(root: Message) -> dict[str, int]:
    """ "Since then switched off: 6 approved, 1 outside this bot (a on b); on: 2 taken back": by whom."""
    said = re.search(r"Since then switched ((?:off|on): [^\n]*)", "\n".join(texts([root])))
    if said is None:
        return {}
    found = {}
    for way in said[1].split("; "):
        for how_many, whose in re.findall(
            r"(\d+) (approved|by command|outside this bot|taken back|by myself)", way
        ):
            found[f"{way.split(':')[0]} {whose}"] = int(how_many)
    return found


Documents = Sequence[Mapping[str, Any]]


def differences(
    before: set[Any], after: set[Any], journal: Documents, commands: Collection[str]
) -> dict[str, int]:
    """The same, from the catalogue's two states and the journal: what was done alone is named elsewhere.

    `commands`: the proposals that people gave.
    """
    last: dict[tuple[str, str], tuple[bool, str]] = {}
    for entry in sorted(journal, key=lambda one: one["started_at"]):
        approved = "by command" if entry["proposal_id"] in commands else "approved"
        whose = "by myself" if entry["actor"] == "policy" else approved
        whose = "taken back" if entry["undo_of"] else whose
        for change in entry["changes"]:
            enabled = change["after"]["values"].get("enabled") if change["result"] == "done" else None
            if enabled is not None:
                last[change["ref"]["provider"], change["ref"]["model_id"]] = (enabled, whose)
    found = Counter[str]()
    for way, refs in (("off", before - after), ("on", after - before)):
        for ref in refs:
            went, whose = last.get((ref.provider, ref.model_id), (None, ""))
            found[f"{way} {whose if went == (way == 'on') else 'outside this bot'}"] += 1
    return {what: n for what, n in found.items() if what != "off by myself"}
