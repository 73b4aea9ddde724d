"""Keys, tokens and passwords in text from outside: their formats, and how they are taken out. Pure."""

import re

PRIVATE_KEY = re.compile(
    r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)"
)
"""To the end of the block or, where that was cut off, of the text."""
_WHOLE = r"(?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16}"
"""Words that tell which sort of key it is, and 16 characters at least."""
KEY_FORMATS = (
    ("sk- rk- pk-", r"[A-Za-z0-9_*-]{6,}+", _WHOLE),  # OpenAI, Anthropic, OpenRouter, DeepSeek
    ("sk_ rk_ pk_", r"(?:(?:live|test|proj)_\w{6,}+|[A-Za-z0-9]{12,}+)", _WHOLE),  # Stripe's way
    ("gsk_", r"\w{8,}+", _WHOLE),  # Groq
    # Fireworks, Hugging Face, Replicate, xAI, Perplexity, Cerebras.
    ("fw fpk hf r8 xai pplx csk", r"[-_][A-Za-z0-9]{12,}+", "[-_]" + _WHOLE),
    ("nvapi tvly tgp_v1", r"[-_][A-Za-z0-9_-]{12,}+", "[-_]" + _WHOLE),  # NVIDIA, Tavily, Together
    ("sess- vcp_", r"[A-Za-z0-9]{24,}+", r"[A-Za-z0-9]{40}"),  # OpenAI's sessions, Vercel
    ("ABSK bedrock-api-key-", r"[A-Za-z0-9+/=]{16,}+", r"[A-Za-z0-9+/]{40}"),
    ("dapi", r"[0-9a-f]{32}", r"[0-9a-f]{32}"),  # Databricks
    ("glpat", r"[-_][A-Za-z0-9_-]{12,}+", r"-[A-Za-z0-9_-]{20}"),  # GitLab
    ("github_pat_", r"\w{16,}+", r"\w{22}"),
    ("gho_ ghp_ ghr_ ghs_ ghu_", r"[A-Za-z0-9]{16,}+", r"[A-Za-z0-9]{36}"),
    ("AKIA ASIA", r"[A-Z0-9]{12,}+", r"[A-Z0-9]{16}\b"),  # AWS
    ("AIza", r"[A-Za-z0-9_-]{16,}+", r"[A-Za-z0-9_-]{35}"),  # Google
    ("ya29.", r"[A-Za-z0-9_-]{10,}+", r"[A-Za-z0-9_-]{20}"),  # Google, short-lived
    ("xox", r"[a-z]-[A-Za-z0-9-]{8,}+", r"[abeprs]-[A-Za-z0-9-]{10}"),  # Slack
    ("xapp-", r"[A-Za-z0-9-]{8,}+", r"[A-Za-z0-9-]{10}"),
    ("eyJ", r"[\w-]{8,}+\.[\w-]{2,}+(?:\.[\w-]*+)?", r"[\w-]{10,}\.[\w-]{10,}\."),  # signed tokens (JWT)
)
"""How keys begin, and how they go on where they are masked, and where they are reported.

A word masked too many costs nothing, so the first is loose. The second wakes somebody, so it takes a whole
key: one that the provider starred out (`sk-…abcd`) is none. It must suit MongoDB's `$regexMatch`.
"""


def _any_of(begins: str) -> str:
    return f"(?:{'|'.join(map(re.escape, begins.split()))})"


REPORTED = "|".join(
    (
        *(rf"\b{_any_of(begins)}{whole}" for begins, _, whole in KEY_FORMATS),
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"\bBearer\s+[A-Za-z0-9._~+/-]{20}",
        r"://[^/\s:@]+:[^/\s:@]+@",  # user and password in a URI
    )
)
"""Whole keys, as one pattern for MongoDB."""

_MASKED = "|".join(_any_of(begins) + loose for begins, loose, _ in KEY_FORMATS)
_KEY = re.compile(f"(?<![A-Za-z0-9])(?:{_MASKED})")
_IN_URI = re.compile(r"(?<=://)[^/\s:@]{0,100}:[^/\s@]{1,200}(?=@)")
_WORDS_NOT_VALUES = (
    r"(?! (?:invalid|missing|required|provided|null|none|true|false|not|expired|revoked|incorrect|wrong"
    r"|your|must|is|was|and|or|the|has|cannot|blocked|disabled|empty|undefined) (?:[\s\"',;:.!?)}\]]|$) )"
)
_ASSIGNED = re.compile(
    rf"""(?ix)
    ( (?: (?:api|access|private|secret|subscription|account)[_ -]?key(?:[_ -]?id)? | apikey
        | secret(?:[_-]\w{{1,30}})? | passw(?:or)?d | pwd | authorization
        | (?:auth|access|refresh|session|id|bearer|security)[_ -]?token )
      \\*["']? (?: \s+provided )? \s{{0,3}} [:=]\s{{0,3}} \\*["']? (?:(?:Bearer|Basic|Token)\s+)? )
    {_WORDS_NOT_VALUES} ( <key> | [^\s"',;}}\])<\\]{{3,}}+ (?<![.:]) | [^\s"',;}}\])<\\]{{3,}} (?=[.:]) )
    """
)
_TOKEN = re.compile(
    r"(?i)(\b[\w-]{0,40}token[\"']?\s?[:=]\s?[\"']?)(?=[\w.-]{0,60}\d)(?!\d+\b)[\w.~+/=-]{8,}+"
)
_IN_QUERY = re.compile(r"(?i)([?&](?:\w{0,20}key|sig|signature|token|code|x-amz-[\w-]{1,40})=)[^\s&\"'<>]+")
_BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s+(?=[\w.~+/=-]{20}|[\w.~+/=-]{0,20}\d)[\w.~+/=-]{8,}+")
_SECRETS = (
    (PRIVATE_KEY, "<key>", ("-----begin",)),
    (_KEY, "<key>", tuple(" ".join(begins for begins, _, _ in KEY_FORMATS).casefold().split())),
    (_IN_URI, "<key>", ("://",)),
    (_BEARER, r"\1 <key>", ("bearer", "basic")),
    (_ASSIGNED, r"\1<key>", ("key", "secret", "passw", "pwd", "authorization", "token")),
    (_TOKEN, r"\1<key>", ("token",)),
    (_IN_QUERY, r"\1<key>", ("?", "&")),
)
"""What to look for, what to show instead, and parts of which one must stand there to be worth a search."""


def without_secrets(text: str) -> str:
    """Keys, tokens and passwords out; nothing else changes."""
    folded = text.casefold()
    for secret, shown, hints in _SECRETS:
        if any(map(folded.__contains__, hints)):
            text = secret.sub(shown, text)
    return text
