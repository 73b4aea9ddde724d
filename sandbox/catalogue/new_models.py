"""The models that are new in the sandbox's catalogue: none of them is in the sandbox's platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class New:
    """A catalogue entry, and the ids under which providers serve it themselves."""

    slug: str
    name: str
    context: int
    prices: tuple[str, str]
    """Dollars a token, prompt and completion, as OpenRouter writes them."""
    days_old: int
    served: Mapping[str, str] = field(default_factory=dict)
    """Provider and its own id, as the witnesses list them."""
    output: tuple[str, ...] = ("text",)


FREE = ("0", "0")
OPUS = ("0.000005", "0.000025")
SONNET = ("0.000003", "0.000015")

CONFIRMED = (
    New(
        "anthropic/claude-opus-4.6",
        "Anthropic: Claude Opus 4.6",
        1_000_000,
        OPUS,
        6,
        {
            "anthropic": "claude-opus-4-6",
            "bedrock": "anthropic.claude-opus-4-6-v1",
            "vertex": "claude-opus-4-6@default",
        },
    ),
    New(
        "anthropic/claude-sonnet-4.6",
        "Anthropic: Claude Sonnet 4.6",
        1_000_000,
        SONNET,
        3,
        {
            "anthropic": "claude-sonnet-4-6",
            "bedrock": "anthropic.claude-sonnet-4-6",
            "vertex": "claude-sonnet-4-6@default",
        },
    ),
    New(
        "openai/gpt-5.3-codex",
        "OpenAI: GPT-5.3-Codex",
        400_000,
        ("0.00000175", "0.000014"),
        4,
        {"openai": "gpt-5.3-codex"},
    ),
    New(
        "openai/gpt-oss-safeguard-20b",
        "OpenAI: gpt-oss-safeguard-20b",
        131_072,
        ("0.000000075", "0.0000003"),
        20,
        {"groq": "openai/gpt-oss-safeguard-20b", "bedrock": "openai.gpt-oss-safeguard-20b"},
    ),
    New(
        "google/gemini-3.1-pro-preview",
        "Google: Gemini 3.1 Pro Preview",
        1_048_576,
        ("0.000002", "0.000012"),
        5,
        {"vertex": "gemini-3.1-pro-preview"},
    ),
    New(
        "moonshotai/kimi-k2.5",
        "MoonshotAI: Kimi K2.5",
        262_144,
        ("0.0000005", "0.0000025"),
        9,
        {
            "fireworks": "accounts/fireworks/models/kimi-k2p5",
            "together": "moonshotai/Kimi-K2.5",
            "deepinfra": "moonshotai/Kimi-K2.5",
            "bedrock": "moonshotai.kimi-k2.5",
        },
    ),
    New(
        "minimax/minimax-m2.5",
        "MiniMax: MiniMax M2.5",
        196_608,
        ("0.0000003", "0.0000012"),
        7,
        {"fireworks": "accounts/fireworks/models/minimax-m2p5", "together": "MiniMaxAI/MiniMax-M2.5"},
    ),
    New(
        "z-ai/glm-5",
        "Z.AI: GLM 5",
        202_752,
        ("0.0000008", "0.00000256"),
        8,
        {
            "fireworks": "accounts/fireworks/models/glm-5",
            "together": "zai-org/GLM-5",
            "vertex": "zai-org/glm-5-maas",
        },
    ),
    New(
        "z-ai/glm-4.7-flash",
        "Z.AI: GLM 4.7 Flash",
        200_000,
        ("0.00000007", "0.0000004"),
        12,
        {"deepinfra": "zai-org/GLM-4.7-Flash", "bedrock": "zai.glm-4.7-flash"},
    ),
    New(
        "qwen/qwen3-coder-next",
        "Qwen: Qwen3 Coder Next",
        262_144,
        ("0.0000002", "0.0000015"),
        10,
        {"together": "Qwen/Qwen3-Coder-Next-FP8", "bedrock": "qwen.qwen3-coder-next"},
    ),
    New(
        "qwen/qwen3.5-397b-a17b",
        "Qwen: Qwen3.5 397B A17B",
        262_144,
        ("0.0000006", "0.0000036"),
        2,
        {"together": "Qwen/Qwen3.5-397B-A17B", "deepinfra": "Qwen/Qwen3.5-397B-A17B"},
    ),
    New(
        "amazon/nova-2-lite-v1",
        "Amazon: Nova 2 Lite",
        1_000_000,
        ("0.0000003", "0.0000025"),
        25,
        {"bedrock": "amazon.nova-2-lite-v1:0"},
    ),
    New(
        "writer/palmyra-x5",
        "Writer: Palmyra X5",
        1_040_000,
        ("0.0000006", "0.000006"),
        15,
        {"bedrock": "writer.palmyra-x5-v1:0"},
    ),
)
"""A witness lists each of them on a provider that the platform runs."""

UNCONFIRMED = (
    New("x-ai/grok-4.1-fast", "xAI: Grok 4.1 Fast", 2_000_000, ("0.0000002", "0.0000005"), 18),
    New("bytedance-seed/seed-1.6", "ByteDance Seed: Seed 1.6", 262_144, ("0.00000025", "0.000002"), 22),
    New("xiaomi/mimo-v2-flash", "Xiaomi: MiMo-V2-Flash", 262_144, ("0.00000009", "0.00000029"), 17),
    New(
        "allenai/olmo-3.1-32b-instruct",
        "AllenAI: Olmo 3.1 32B Instruct",
        65_536,
        ("0.0000002", "0.0000006"),
        11,
    ),
    New(
        "nvidia/nemotron-3-nano-30b-a3b",
        "NVIDIA: Nemotron 3 Nano 30B A3B",
        262_144,
        ("0.00000005", "0.0000002"),
        14,
    ),
    New(
        "baidu/ernie-4.5-21b-a3b-thinking",
        "Baidu: ERNIE 4.5 21B A3B Thinking",
        131_072,
        ("0.00000007", "0.00000028"),
        27,
    ),
    New("inception/mercury-coder", "Inception: Mercury Coder", 128_000, ("0.00000025", "0.000001"), 21),
    New(
        "deepcogito/cogito-v2.1-671b",
        "Deep Cogito: Cogito v2.1 671B",
        128_000,
        ("0.00000125", "0.00000125"),
        16,
    ),
)
"""No witness lists them on a provider that the platform runs."""

LEFT_OUT = (
    New("upstage/solar-pro-3:free", "Upstage: Solar Pro 3 (free)", 128_000, FREE, 5),
    New("z-ai/glm-5:free", "Z.AI: GLM 5 (free)", 131_072, FREE, 8),
    New(
        "qwen/qwen-plus-2025-07-28:thinking",
        "Qwen: Qwen Plus 0728 (thinking)",
        1_000_000,
        ("0.0000004", "0.000004"),
        9,
    ),
    New("openrouter/auto", "Auto Router", 2_000_000, ("-1", "-1"), 400),
    New(
        "meta-llama/llama-guard-4-12b",
        "Meta: Llama Guard 4 12B",
        163_840,
        ("0.00000018", "0.00000018"),
        30,
        {"groq": "meta-llama/llama-guard-4-12b"},
    ),
    New(
        "openai/text-embedding-3-large",
        "OpenAI: Text Embedding 3 Large",
        8192,
        ("0.00000013", "0"),
        28,
        {"openai": "text-embedding-3-large"},
        ("embeddings",),
    ),
    New(
        "openai/gpt-5-image",
        "OpenAI: GPT-5 Image",
        400_000,
        ("0.00001", "0.00001"),
        26,
        output=("image", "text"),
    ),
    New(
        "openai/gpt-audio",
        "OpenAI: GPT Audio",
        128_000,
        ("0.0000025", "0.00001"),
        13,
        {"openai": "gpt-audio"},
        ("text", "audio"),
    ),
)
"""Variants, a router, a guard, an embedding, an image and an audio model: never proposed."""

NEW = (*CONFIRMED, *UNCONFIRMED, *LEFT_OUT)
