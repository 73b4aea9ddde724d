"""What people type is read as meant; else the nearest is offered, or what exists is listed."""

import pytest

from operator_core.as_typed import as_id, as_meant, models_meant, there_are, unmarked
from operator_core.domain.base import ModelRef
from operator_core.errors import NotFound

PROVIDERS = ("anthropic", "bedrock", "groq", "Mistral", "together", "z.ai")
REFS = tuple(
    ModelRef(provider=provider, model_id=model_id)
    for provider, model_id in (
        ("groq", "llama-3.1-8b-instant"),
        ("groq", "meta-llama/llama-4-scout"),
        ("together", "meta-llama/Llama-3.3-70B"),
        ("deepinfra", "meta-llama/Llama-3.3-70B"),
        ("bedrock", "us.meta.llama3-3-70b-instruct-v1:0"),
        ("MiniMax", "MiniMax-M3"),
        ("MiniMax", "minimax-m3"),
    )
)


def complaint(typed: str) -> str:
    with pytest.raises(NotFound) as raised:
        models_meant(typed, REFS)
    return str(raised.value)


@pytest.mark.parametrize(
    "typed",
    [
        '"groq"',
        "'groq'",
        "`groq`",
        "“groq”",
        "‘groq’",
        "«groq»",
        "  groq ",
        "GROQ",
        "groq,",
        "*Groq*",
        "„groq“",
    ],
)
def test_quotes_marks_case_and_spaces_around_a_name_dont_matter(typed: str) -> None:
    assert as_meant(typed, PROVIDERS, "provider") == "groq"


@pytest.mark.parametrize(
    "typed",
    [
        "groq/llama-3.1-8b-instant",
        "`groq`/`llama-3.1-8b-instant`",
        "“Groq / Llama-3.1-8B-Instant”",
        "groq llama-3.1-8b-instant",
        "llama-3.1-8b-instant",
    ],
)
def test_provider_and_model_are_told_apart(typed: str) -> None:
    assert models_meant(typed, REFS) == ("groq/llama-3.1-8b-instant", REFS[:1])


def test_a_provider_alone_means_all_its_models_and_a_model_may_have_a_slash() -> None:
    assert models_meant("groq", REFS) == ("groq", REFS[:2])
    assert models_meant("groq/meta-llama/llama-4-scout", REFS)[1] == REFS[1:2]
    assert models_meant("meta-llama/llama-4-scout", REFS)[1] == REFS[1:2]


def test_what_several_have_is_never_guessed() -> None:
    said = complaint("meta-llama/Llama-3.3-70B")
    assert "did you mean together/meta-llama/Llama-3.3-70B or deepinfra/meta-llama/Llama-3.3-70B?" in said
    assert models_meant("MiniMax/minimax-m3", REFS)[1] == REFS[6:]
    assert "MiniMax/MiniMax-M3 or MiniMax/minimax-m3?" in complaint("minimax/MINIMAX-M3")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("grok", "there is no provider or model grok: did you mean groq?"),
        ("groq/llama-3.1-8b", "there is no model groq/llama-3.1-8b: did you mean groq/llama-3.1-8b-instant?"),
        ("bedrok", "did you mean bedrock?"),
        ("", "name a provider or model: there are MiniMax, bedrock"),
        (" `` ", "name a provider or model: there are MiniMax, bedrock"),
        ("groq/llama-3.1-8b_instant", "did you mean groq/llama-3.1-8b-instant?"),
        ("xyzzy", "there are MiniMax, bedrock, deepinfra, groq, together"),
        ("groq/zzzzzzzz", "there are groq/llama-3.1-8b-instant, groq/meta-llama/llama-4-scout"),
    ],
)
def test_the_nearest_is_offered_or_what_exists_is_listed(typed: str, said: str) -> None:
    assert said in complaint(typed)


def test_no_list_is_ever_empty_or_endless() -> None:
    with pytest.raises(NotFound, match="there are none at all"):
        as_meant("groq", (), "provider")
    with pytest.raises(NotFound, match=r"p00, p01, .* and 18 more$"):
        as_meant("zzz", [f"p{n:02}" for n in range(30)], "provider")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "there are none at all"),
        (("groq",), "there is only groq"),
        (("P-10", "P-9"), "there are P-10, P-9"),
        (tuple(f"J-{n}" for n in range(13, 0, -1)), "J-3, J-2 and 1 more"),
    ],
)
def test_what_exists_is_told_in_number_and_order(names: tuple[str, ...], said: str) -> None:
    assert there_are(names).endswith(said)


def test_ids_of_proposals_and_batches_are_read_as_typed() -> None:
    assert [as_id(typed, "J-") for typed in ("j-12", "`J-12`", "12", "#12", "J-12U1", "j-m3")] == [
        *("J-12", "J-12", "J-12", "J-12", "J-12u1", "J-M3"),
    ]
    assert as_id("“p-4”", "P-") == "P-4"
    for typed in ("j12", "J–12", "J-12.", "j 12", "J#12"):
        assert as_id(typed, "J-") == "J-12"
    for other in ("P-12", "M-12", "J-X12"):
        assert as_id(other, "J-") == other


def test_what_slack_made_a_link_of_is_a_name_again() -> None:
    assert unmarked("<http://z.ai/glm-4.5|z.ai/glm-4.5>") == "z.ai/glm-4.5"
    assert unmarked("<!channel>") == "<!channel>", "what is no name is not made one"


@pytest.mark.parametrize("typed", ["nope", "none", "all", "model"])
def test_what_is_like_nothing_is_not_guessed(typed: str) -> None:
    with pytest.raises(NotFound, match="there are bedrock, openai, together"):
        as_meant(typed, ["openai", "bedrock", "together"], "provider")
