"""The names of real models, as their makers spell them, oldest first."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


OPEN = _words("""
Gryphe/MythoMax-L2-13b meta-llama/Llama-2-7b-chat meta-llama/Llama-2-13b-chat meta-llama/Llama-2-70b-chat
meta-llama/CodeLlama-34b-Instruct 01-ai/Yi-34B-Chat databricks/dbrx-instruct upstage/SOLAR-10.7B-Instruct
NousResearch/Hermes-2-Mixtral-8x7B-DPO mistralai/Mistral-7B-Instruct-v0.1
mistralai/Mistral-7B-Instruct-v0.2 mistralai/Mixtral-8x7B-Instruct-v0.1
mistralai/Mixtral-8x22B-Instruct-v0.1 google/gemma-7b-it microsoft/WizardLM-2-8x22B
microsoft/Phi-3-medium-128k-instruct meta-llama/Llama-3-8B-Instruct meta-llama/Llama-3-70B-Instruct
mistralai/Mistral-7B-Instruct-v0.3 google/gemma-2-9b-it google/gemma-2-27b-it Qwen/Qwen2-7B-Instruct
Qwen/Qwen2-72B-Instruct Sao10K/L3-8B-Lunaris-v1 deepseek-ai/DeepSeek-V2.5
meta-llama/Llama-3.1-8B-Instruct meta-llama/Llama-3.1-70B-Instruct meta-llama/Llama-3.1-405B-Instruct
NousResearch/Hermes-3-Llama-3.1-70B NousResearch/Hermes-3-Llama-3.1-405B
mistralai/Mistral-Nemo-Instruct-2407 Sao10K/L3.1-70B-Euryale-v2.2 nvidia/Llama-3.1-Nemotron-70B-Instruct
Qwen/Qwen2.5-7B-Instruct Qwen/Qwen2.5-14B-Instruct Qwen/Qwen2.5-32B-Instruct Qwen/Qwen2.5-72B-Instruct
Qwen/Qwen2.5-Coder-7B-Instruct Qwen/Qwen2.5-Coder-32B-Instruct meta-llama/Llama-3.2-1B-Instruct
meta-llama/Llama-3.2-3B-Instruct meta-llama/Llama-3.2-11B-Vision-Instruct
meta-llama/Llama-3.2-90B-Vision-Instruct meta-llama/Llama-3.3-70B-Instruct Sao10K/L3.3-70B-Euryale-v2.3
deepseek-ai/DeepSeek-V3 microsoft/phi-4 deepseek-ai/DeepSeek-R1 deepseek-ai/DeepSeek-R1-Distill-Llama-70B
deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
deepseek-ai/DeepSeek-R1-Distill-Qwen-14B deepseek-ai/DeepSeek-R1-Distill-Qwen-32B
mistralai/Mistral-Small-24B-Instruct-2501 Qwen/Qwen2.5-VL-32B-Instruct Qwen/Qwen2.5-VL-72B-Instruct
Qwen/QwQ-32B google/gemma-3-4b-it google/gemma-3-12b-it google/gemma-3-27b-it allenai/OLMo-2-32B-Instruct
deepseek-ai/DeepSeek-V3-0324 meta-llama/Llama-4-Scout-17B-16E-Instruct
meta-llama/Llama-4-Maverick-17B-128E-Instruct nvidia/Llama-3.3-Nemotron-Super-49B-v1 Qwen/Qwen3-4B
Qwen/Qwen3-8B Qwen/Qwen3-14B Qwen/Qwen3-32B Qwen/Qwen3-30B-A3B Qwen/Qwen3-235B-A22B
microsoft/Phi-4-reasoning-plus mistralai/Devstral-Small-2505 deepseek-ai/DeepSeek-R1-0528
MiniMaxAI/MiniMax-M1-80k mistralai/Mistral-Small-3.2-24B-Instruct-2506 google/gemma-3n-e4b-it
Qwen/Qwen3-235B-A22B-Instruct-2507 Qwen/Qwen3-235B-A22B-Thinking-2507 Qwen/Qwen3-30B-A3B-Instruct-2507
Qwen/Qwen3-30B-A3B-Thinking-2507 Qwen/Qwen3-Coder-30B-A3B-Instruct Qwen/Qwen3-Coder-480B-A35B-Instruct
moonshotai/Kimi-K2-Instruct zai-org/GLM-4.5-Air zai-org/GLM-4.5 zai-org/GLM-4.5V
mistralai/Devstral-Small-2507 openai/gpt-oss-20b openai/gpt-oss-120b deepseek-ai/DeepSeek-V3.1
NousResearch/Hermes-4-70B NousResearch/Hermes-4-405B moonshotai/Kimi-K2-Instruct-0905
nvidia/Nemotron-Nano-9B-v2 Qwen/Qwen3-Next-80B-A3B-Instruct Qwen/Qwen3-Next-80B-A3B-Thinking
deepseek-ai/DeepSeek-V3.1-Terminus Qwen/Qwen3-VL-235B-A22B-Instruct Qwen/Qwen3-VL-235B-A22B-Thinking
Qwen/Qwen3-VL-30B-A3B-Instruct Qwen/Qwen3-VL-8B-Instruct zai-org/GLM-4.6 MiniMaxAI/MiniMax-M2
moonshotai/Kimi-K2-Thinking allenai/Olmo-3-7B-Instruct allenai/Olmo-3-32B-Think zai-org/GLM-4.7
MiniMaxAI/MiniMax-M2.1 deepseek-ai/DeepSeek-V3.2
""")
"""Open weights, as Hugging Face spells them, oldest first."""

OPENAI = _words("""
gpt-3.5-turbo-1106 gpt-3.5-turbo-16k gpt-3.5-turbo-instruct gpt-3.5-turbo-0125 gpt-3.5-turbo gpt-4-32k
gpt-4-0613 gpt-4-1106-preview gpt-4-0125-preview gpt-4 gpt-4-turbo-2024-04-09 gpt-4-turbo
gpt-4o-2024-05-13 gpt-4o-mini-2024-07-18 gpt-4o-2024-08-06 o1-mini-2024-09-12 o1-preview-2024-09-12
gpt-4o-2024-11-20 chatgpt-4o-latest o1-2024-12-17 o3-mini-2025-01-31 gpt-4.5-preview
gpt-4o-search-preview gpt-4o-mini-search-preview o1-pro-2025-03-19 gpt-4.1-2025-04-14
gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14 o3-2025-04-16 o4-mini-2025-04-16 codex-mini-latest
o3-pro-2025-06-10 o3-deep-research o4-mini-deep-research gpt-4o-mini gpt-4o o1-mini o1-preview o1 o1-pro
o3-mini o3 o3-pro o4-mini gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-5-2025-08-07 gpt-5-mini-2025-08-07
gpt-5-nano-2025-08-07 gpt-5 gpt-5-mini gpt-5-nano gpt-5-chat-latest gpt-5-codex gpt-5-pro
gpt-5.1-2025-11-13 gpt-5.1 gpt-5.1-chat-latest gpt-5.1-codex gpt-5.1-codex-mini gpt-5.1-codex-max
gpt-5.2-2025-12-11 gpt-5.2 gpt-5.2-chat-latest gpt-5.2-pro
""")

CLAUDE = _words("""
instant-1.2 2.0 2.1 3-sonnet-20240229 3-opus-20240229 3-haiku-20240307 3-5-sonnet-20240620
3-5-sonnet-20241022 3-5-haiku-20241022 3-7-sonnet-20250219 sonnet-4-20250514 opus-4-20250514
opus-4-1-20250805 sonnet-4-5-20250929 haiku-4-5-20251001 opus-4-5-20251101
""")

CLAUDE_ALIASES = _words("""
3-opus-latest 3-5-sonnet-latest 3-5-haiku-latest 3-7-sonnet-latest opus-4-0 sonnet-4-0 opus-4-1
sonnet-4-5 haiku-4-5 opus-4-5 3-haiku-latest instant-latest
""")

GEMINI = _words("""
gemini-1.0-pro gemini-1.5-flash-001 gemini-1.5-pro-001 gemini-1.5-flash-002 gemini-1.5-pro-002
gemini-1.5-flash-8b gemini-2.0-flash-exp gemini-2.0-flash-001 gemini-2.0-flash-lite-001 gemini-2.0-flash
gemini-2.0-flash-lite gemini-2.5-pro-preview-05-06 gemini-2.5-flash-preview-05-20 gemini-2.5-pro
gemini-2.5-flash gemini-2.5-flash-lite gemini-2.5-flash-preview-09-2025
gemini-2.5-flash-lite-preview-09-2025 gemini-3-pro-preview gemini-3-flash-preview
""")

MISTRAL = _words("""
open-mistral-7b open-mixtral-8x7b mistral-small-2402 mistral-medium-2312 open-mixtral-8x22b
codestral-2405 open-mistral-nemo-2407 mistral-large-2407 pixtral-12b-2409 mistral-small-2409
ministral-3b-2410 ministral-8b-2410 pixtral-large-2411 mistral-large-2411 mistral-saba-2502
mistral-small-2503 mistral-medium-2505 codestral-2501 magistral-small-2506 mistral-small-2506
codestral-2508 mistral-medium-2508 magistral-medium-2509
""")

BEDROCK_OWN = _words("""
amazon.titan-text-lite-v1 amazon.titan-text-express-v1 amazon.titan-text-premier-v1:0 ai21.j2-mid-v1
ai21.j2-ultra-v1 cohere.command-text-v14 cohere.command-light-text-v14 cohere.command-r-v1:0
cohere.command-r-plus-v1:0 ai21.jamba-1-5-mini-v1:0 ai21.jamba-1-5-large-v1:0 amazon.nova-micro-v1:0
amazon.nova-lite-v1:0 amazon.nova-pro-v1:0 amazon.nova-premier-v1:0 writer.palmyra-x4-v1:0
""")
