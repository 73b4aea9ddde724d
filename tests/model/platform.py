"""A tiny platform: eight models at three providers, their results as time passes, and strangers' edits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Document = dict[str, Any]
Ref = tuple[str, str]
"""Provider and model id."""
Mood = Literal["answers", "gone", "slow", "silent"]
EditKind = Literal["enable", "disable", "flag", "touch", "remove", "successor", "squat"]

START = datetime.fromisoformat("2096-11-18T09:00:00+00:00")
"""Far ahead, so that no server deletes by its own clock what is to expire by ours."""
GONE = "Error code: 404 - {{'error': {{'message': 'The model `{model}` does not exist (req_00000025f)'}}}}"
SLOW = "Request timed out after 37 seconds"
MODELS: tuple[Ref, ...] = (
    ("groq", "llama-3.1-8b"),
    ("groq", "mixtral-8x7b"),
    ("groq", "gemma-2-9b"),
    ("bedrock", "mixtral-8x7b"),
    ("bedrock", "llama-3.1-8b"),
    ("bedrock", "gemma-2-9b"),
    ("together", "gemma-2-9b"),
    ("together", "llama-3.1-8b"),
)
SUCCESSORS: dict[Ref, str] = {
    ("bedrock", "mixtral-8x7b"): "mixtral-8x22b",
    ("together", "gemma-2-9b"): "gemma-3-12b",
}
"""Of these `models` has two documents each."""
DROPPED: Ref = ("bedrock", "mixtral-8x7b")
LISTED: tuple[Ref, ...] = (
    ("bedrock", "mixtral-8x22b"),
    ("bedrock", "llama-3.1-8b"),
    ("bedrock", "gemma-2-9b"),
)
"""Its provider's own list: without it."""
OTHER_SPELLINGS = {"mixtral-8x22b": "Mixtral_8x22B", "gemma-3-12b": "Gemma_3_12B"}
RUNS_HOURS = 6
MOST_RUNS = 8
"""Of a model while time passes once: a month of runs teaches nothing more."""


@dataclass(frozen=True)
class Row:
    """One result: a success, or a failure of a kind."""

    ref: Ref
    at: datetime
    mood: Mood


@dataclass(frozen=True)
class Edit:
    """What somebody outside did to one document: fields set, or all of it."""

    document_id: object
    set: Document = field(default_factory=dict)
    whole: Document | None = None
    """Inserted as this."""
    removed: bool = False


def first_documents() -> list[Document]:
    refs = [*MODELS, *SUCCESSORS]
    return [
        {
            "_id": f"{number}:{provider}/{model_id}",
            "provider": provider,
            "model_id": model_id,
            "display_name": f"{provider} {model_id} {number}",
            "enabled": True,
            "deprecated": False,
            "note": "not ours",
            **(
                {"successor_model": SUCCESSORS[provider, model_id]}
                if (provider, model_id) in SUCCESSORS
                else {}
            ),
        }
        for number, (provider, model_id) in enumerate(refs)
    ]


def witnesses() -> list[Document]:
    refs = [*LISTED, ("together", SUCCESSORS["together", "gemma-2-9b"])]
    return [{"provider": provider, "model_id": name} for provider, name in refs]


def ref_of(document: Document) -> Ref:
    return document["provider"], document["model_id"]


def runs(document: Document) -> bool:
    """The scheduler runs it."""
    return document["enabled"] is True and document["deprecated"] is not True


def past(ref: Ref, mood: Mood, now: datetime) -> list[Row]:
    """It answered ten days ago; since then as its mood says, for four days."""
    hours = {"answers": (49, 25, 1), "gone": (96, 73, 49, 25, 1), "slow": (96, 49, 25, 1), "silent": (49,)}[
        mood
    ]
    later: Mood = "answers" if mood == "silent" else mood
    return [
        Row(ref, now - timedelta(days=10), "answers"),
        *(Row(ref, now - timedelta(hours=hour), later) for hour in hours),
    ]


def results(refs: list[Ref], moods: dict[Ref, Mood], since: datetime, hours: int) -> list[Row]:
    """What the runs give within so many hours."""
    count = min(MOST_RUNS, max(1, hours // RUNS_HOURS))
    times = [since + timedelta(hours=hours) * (number + 1) / (count + 1) for number in range(count)]
    given = [Row(ref, at, moods.get(ref, "answers")) for ref in refs for at in times]
    return [row for row in given if row.mood != "silent"]


def success_rows(rows: list[Row]) -> list[Document]:
    return [
        {"provider": row.ref[0], "model_name": row.ref[1], "gen_ts": row.at, "run_ts": row.at}
        for row in rows
        if row.mood == "answers"
    ]


def error_rows(rows: list[Row]) -> list[Document]:
    texts = {"gone": GONE, "slow": SLOW}
    return [
        {
            "provider": row.ref[0],
            "model_name": row.ref[1],
            "ts": row.at,
            "message": texts[row.mood].format(model=row.ref[1]),
        }
        for row in rows
        if row.mood in texts
    ]


def edit_of(kind: EditKind, document: Document, number: int) -> Edit | None:
    """What somebody outside does about this document; None where that makes no sense."""
    one = document["_id"]
    if kind == "enable":
        return Edit(one, set={"enabled": True})
    if kind == "disable":
        return Edit(one, set={"enabled": False, "disabled_by": "ops", "disabled_reason": f"by hand {number}"})
    if kind == "flag":
        return Edit(one, set={"deprecated": document["deprecated"] is not True})
    if kind == "touch":
        return Edit(one, set={"note": f"looked at {number}"})
    if kind == "remove":
        return Edit(one, removed=True)
    successor = SUCCESSORS.get(ref_of(document))
    return None if successor is None else _about_successor(kind, document, successor, number)


def _about_successor(kind: EditKind, document: Document, successor: str, number: int) -> Edit:
    """Somebody adds it in another spelling; or gives something else its name, which is unique."""
    added = {"_id": f"outside-{number}", "enabled": True, "deprecated": False, "note": "theirs"}
    if kind == "successor":
        spelled = OTHER_SPELLINGS[successor]
        added |= {"provider": document["provider"], "model_id": spelled, "display_name": f"theirs {number}"}
    else:
        added |= {
            "provider": "elsewhere",
            "model_id": f"other-{number}",
            "display_name": successor,
            "enabled": False,
        }
    return Edit(added["_id"], whole=added)
