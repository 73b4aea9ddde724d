"""docs/reliability.md: each promise, how it is tested, and the figures of the last run. Pure."""

import re
from collections import Counter
from collections.abc import Mapping

FRAME = """# Reliability

What this project promises on its worst days, how each promise is tried, and the figures of the last run. The figures
are written by `make faults ARGS="--page …"` and `make mutation ARGS="--page …"`, not by hand.

## Promises

| promise | how it is looked at, from outside |
|---|---|
| What was approved is made exactly once, or visibly not made | `models` must follow from its first state by what the journal claims and by strangers' edits, and by nothing else |
| Undo is exact, or a conflict that is named | the same, and each undo is the way back of its entry |
| Every entry is closed, soon after all is well again | no entry open, no proposal approved that nobody carries out, within 90 s (with leases of 2 s) |
| Journal, `models`, `model_status` and cards agree | states, results and buttons are compared; what Slack shows is what MongoDB keeps |
| Nothing without an approval, or open gates | each entry's actor pressed that button; policy acts only in mode on, on models that are gone, within its brakes |
| One digest a day and channel | counted by the claim in the message's metadata |
| A person's word stands | a hold with who said it, for each undo and each enabling |
| Who asked is told the truth in the end | every entry of a person is marked as told, and nobody is left before "one moment" |
| No faster than Slack allows | no call before Retry-After is over, none that Slack's rules refuse |
| Bounded | memory, threads, open files, connections and sockets of each replica |
| Secrets stay where they are | planted ones are searched in messages, prompts, logs and our own documents |
| Bad input stops nothing | `tests/bad_inputs`, more than 400 by kind, in CI |

## Not promised

- What somebody pressed or submitted is lost where their process dies after Slack got its acknowledgement and before the
  first write: nothing was done, the card says so, but a dialog may go on saying "One moment". The figures count these.
- Slack knows no way to post exactly once. A message whose answer is lost is looked for before it is posted again; where
  Slack does not show it either, it may stand twice.
- A write that is a day late, after its batch changed hands, is not looked for any more.
- Several replicas share no count of Slack's calls: each keeps to Slack's pace by itself.
- Where Slack refuses a dialog's update, and the message in the channel, the answer where they clicked and the direct
  message that stand in for it, they are told no other way.

## The worst days

<!-- faults -->
<!-- /faults -->

## Do the tests notice?

<!-- mutation -->
<!-- /mutation -->
"""
CLASSES: Mapping[str, str] = {
    "SIGKILL, at a write or at any time": r"process: SIGKILL|wire: kill",
    "SIGSTOP beyond the lease": r"process: SIGSTOP|wire: stop",
    "restarted (SIGTERM)": r"process: restarted",
    "clocks apart by more than a lease": r"process: clock",
    "MongoDB: connections cut": r"mongodb: cut|wire: cut",
    "MongoDB: slow": r"mongodb: slow",
    "MongoDB: a write comes late": r"wire: late",
    "MongoDB: a write arrives twice": r"wire: twice",
    "MongoDB: an error before the write": r"wire: error \d",
    "MongoDB: an error after the write": r"wire: error after",
    "Slack: 429 with Retry-After": r"slack: 429",
    "Slack: 5xx, or away": r"slack: (5|away)",
    "Slack: HTML, or nothing, with 200": r"slack: (html|empty)",
    "Slack: `ok: false`": r"slack: refused",
    "Slack: the connection ends without an answer, or it comes late": r"slack: (dropped|slow)",
    "Slack: sockets dropped or renewed": r"socket:",
    "an envelope twice": r"envelope: twice",
    "an envelope late": r"envelope: late",
    "an envelope to another replica as well": r"envelope: to another",
    "an envelope from another workspace": r"envelope: another",
    "the LLM stalls": r"llm: stalls",
    "the LLM refuses": r"llm: refuses",
    "the LLM's answer is cut": r"llm: cut",
    "the LLM lies": r"llm: lies",
    "the LLM fails, or answers garbage": r"llm: (fails|garbage)",
    "the catalogue shrinks": r"catalogue:",
    "documents of odd BSON types": r"odd:",
    "documents of a version to come": r"future:",
    "edits from outside": r"outside:",
    "a stranger's click": r"people:",
    "(not promised: a dialog that waits for a process that died)": r"not promised: a dialog",
    "(not promised: two digests of which Slack did not tell)": r"not promised: two",
}


def struck(counts: Mapping[str, int]) -> dict[str, int]:
    """How often each class of fault struck."""
    return {
        name: sum(n for what, n in counts.items() if re.match(pattern, what))
        for name, pattern in CLASSES.items()
    }


def told(counts: Counter[str], seed: int, ended: str) -> str:
    """The section of the last run. `ended`: how many scenarios, in what time, with what end."""
    codes = {code for what in counts for code in re.findall(r"^wire: error(?: after)? (\d+)", what)}
    refusals = {code for what in counts for code in re.findall(r"^slack: refused (\S+)", what)}
    types = {kind for what in counts for kind in re.findall(r"^odd: (.+)", what)}
    return "\n".join(
        [
            f'`make faults ARGS="--scenarios {ended.partition(" ")[0]} --seed {seed}"`: {ended}',
            "",
            f"MongoDB's errors: {len(codes)} codes; Slack's refusals: {len(refusals)} codes; BSON: {len(types)} kinds of"
            " value.",
            "",
            "| fault | struck |",
            "|---|---|",
            *(f"| {name} | {count} |" for name, count in struck(counts).items()),
        ]
    )


def with_section(page: str, name: str, text: str) -> str:
    """The page with this section's figures; a page that is none yet gets the frame."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the page has no section {name}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def frame_with(page: str, names: tuple[str, ...] = ("faults", "mutation")) -> str:
    """The frame as it is now, with the figures of an earlier page."""
    new = FRAME
    for name in names:
        figures = page.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0]
        if figures:
            new = with_section(new, name, figures)
    return new
