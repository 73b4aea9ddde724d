"""The codes that providers document, and the kind each of them names. A table, one a line with its source.

`DECIDING` codes name one cause: they are heard before the prose. `BROAD` ones only name a family of causes,
mostly the status in words, and count where the prose says nothing. In any spelling: `MODEL_NOT_FOUND`,
`model-not-found` and `ModelNotFoundException` are one code.
"""

from operator_core.domain.kinds import Kind

DECIDING = {
    # gone
    "model_not_found": Kind.HARD_MODEL,  # OpenAI, Groq, Cerebras: platform.openai.com/docs/guides/error-codes
    "model_decommissioned": Kind.HARD_MODEL,  # Groq: console.groq.com/docs/deprecations
    "model_deprecated": Kind.HARD_MODEL,  # GitHub Models: docs.github.com/github-models
    "model_not_available": Kind.HARD_MODEL,  # Together, not serverless: docs.together.ai/docs/error-codes
    "model_not_exist": Kind.HARD_MODEL,  # SiliconFlow: docs.siliconflow.cn/faqs/error-code
    "invalid_model": Kind.HARD_MODEL,  # Mistral, Perplexity: docs.mistral.ai/api
    "unknown_model": Kind.HARD_MODEL,  # GitHub Models: docs.github.com/rest/models/inference
    "DeploymentNotFound": Kind.HARD_MODEL,  # Azure: learn.microsoft.com/azure/ai-services/openai/faq
    "err.model_not_found": Kind.HARD_MODEL,  # Novita: novita.ai/docs/guides/llm-error-codes
    # money
    "insufficient_quota": Kind.BILLING,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "billing_hard_limit_reached": Kind.BILLING,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "billing_not_active": Kind.BILLING,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "billing_error": Kind.BILLING,  # Anthropic: docs.claude.com/en/api/errors
    "exceeded_current_quota_error": Kind.BILLING,  # Moonshot: platform.moonshot.ai/docs/api/chat#error
    "insufficient_balance": Kind.BILLING,  # DeepSeek: api-docs.deepseek.com/quick_start/error_codes
    "insufficient_user_quota": Kind.BILLING,  # New API: docs.newapi.pro
    "not_enough_balance": Kind.BILLING,  # Novita: novita.ai/docs/guides/llm-error-codes
    "insufficient_credits": Kind.BILLING,  # OpenRouter: openrouter.ai/docs/api-reference/errors
    "payment_required": Kind.BILLING,  # Cerebras, Hugging Face: inference-docs.cerebras.ai/support/error
    "Arrearage": Kind.BILLING,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "AllocationQuota.FreeTierOnly": Kind.BILLING,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "INVALID_PAYMENT_INSTRUMENT": Kind.BILLING,  # AWS Marketplace: docs.aws.amazon.com/marketplace
    "BILLING_DISABLED": Kind.BILLING,  # Google, ErrorInfo: google/api/error_reason.proto
    # limits
    "rate_limit_exceeded": Kind.RATE_LIMIT,  # OpenAI, Groq: platform.openai.com/docs/guides/rate-limits
    "RESOURCE_EXHAUSTED": Kind.RATE_LIMIT,  # gRPC, code 8: google/rpc/code.proto
    "RATE_LIMIT_EXCEEDED": Kind.RATE_LIMIT,  # Google, ErrorInfo: google/api/error_reason.proto
    "MODEL_CAPACITY_EXHAUSTED": Kind.RATE_LIMIT,  # Google, Code Assist, comes with 429
    "ThrottlingException": Kind.RATE_LIMIT,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "TooManyRequestsException": Kind.RATE_LIMIT,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "ServiceQuotaExceededException": Kind.RATE_LIMIT,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "Throttling": Kind.RATE_LIMIT,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "engine_overloaded": Kind.RATE_LIMIT,  # DeepInfra, and Moonshot as engine_overloaded_error: both with 429
    "rate_limit_reached_error": Kind.RATE_LIMIT,  # Moonshot: platform.moonshot.ai/docs/api/chat#error
    # not let in: about a key, an account or a place
    "invalid_api_key": Kind.AUTH,  # OpenAI, Groq: platform.openai.com/docs/guides/error-codes
    "wrong_api_key": Kind.AUTH,  # Cerebras: inference-docs.cerebras.ai/support/error
    "InvalidApiKey": Kind.AUTH,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "API_KEY_INVALID": Kind.AUTH,  # Google, ErrorInfo: google/api/error_reason.proto
    "SERVICE_DISABLED": Kind.AUTH,  # Google, ErrorInfo: google/api/error_reason.proto
    "IAM_PERMISSION_DENIED": Kind.AUTH,  # Google, ErrorInfo: google/api/error_reason.proto
    "unsupported_country_region_territory": Kind.AUTH,  # OpenAI: its list of supported countries
    "UnrecognizedClientException": Kind.AUTH,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "ExpiredTokenException": Kind.AUTH,  # AWS: docs.aws.amazon.com/STS/latest/APIReference
    "InvalidSignatureException": Kind.AUTH,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "NoCredentialsError": Kind.AUTH,  # botocore.exceptions
    "RegionError": Kind.AUTH,  # GitHub Copilot, a region lock
    # our request
    "unsupported_parameter": Kind.HARD_CAPABILITY,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "context_length_exceeded": Kind.HARD_CAPABILITY,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "string_above_max_length": Kind.HARD_CAPABILITY,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "request_too_large": Kind.HARD_CAPABILITY,  # Anthropic, 413: docs.claude.com/en/api/errors
    "OperationNotSupported": Kind.HARD_CAPABILITY,  # Azure: learn.microsoft.com/azure/ai-services/openai
    "InvalidParameter": Kind.HARD_CAPABILITY,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    # about one generation
    "tool_use_failed": Kind.UNKNOWN,  # Groq: console.groq.com/docs/tool-use
    "json_validate_failed": Kind.UNKNOWN,  # Groq: console.groq.com/docs/structured-outputs
    "DataInspectionFailed": Kind.UNKNOWN,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "content_policy_violation": Kind.UNKNOWN,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "ResponsibleAIPolicyViolation": Kind.UNKNOWN,  # Azure: learn.microsoft.com/azure/ai-services/openai
    # their servers, and the way there
    "overloaded_error": Kind.TRANSIENT_PROVIDER,  # Anthropic, 529: docs.claude.com/en/api/errors
    "ModelNotReadyException": Kind.TRANSIENT_PROVIDER,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "cf_bad_gateway": Kind.TRANSIENT_PROVIDER,  # Cloudflare, before OpenAI
    "DEADLINE_EXCEEDED": Kind.TIMEOUT,  # gRPC, code 4: google/rpc/code.proto
    "UND_ERR_CONNECT_TIMEOUT": Kind.TIMEOUT,  # undici: undici.nodejs.org/#/docs/api/Errors
    "UND_ERR_HEADERS_TIMEOUT": Kind.TIMEOUT,  # undici: undici.nodejs.org/#/docs/api/Errors
    "UND_ERR_BODY_TIMEOUT": Kind.TIMEOUT,  # undici: undici.nodejs.org/#/docs/api/Errors
    "UND_ERR_SOCKET": Kind.NETWORK,  # undici: undici.nodejs.org/#/docs/api/Errors
    "ETIMEDOUT": Kind.TIMEOUT,  # Node: nodejs.org/api/errors.html#common-system-errors
    "ESOCKETTIMEDOUT": Kind.TIMEOUT,  # Node, request
    "ECONNRESET": Kind.NETWORK,  # Node: nodejs.org/api/errors.html#common-system-errors
    "ECONNREFUSED": Kind.NETWORK,  # Node: nodejs.org/api/errors.html#common-system-errors
    "ENOTFOUND": Kind.NETWORK,  # Node: nodejs.org/api/errors.html#common-system-errors
    "EAI_AGAIN": Kind.NETWORK,  # Node: nodejs.org/api/errors.html#common-system-errors
    "EHOSTUNREACH": Kind.NETWORK,  # POSIX: man7.org/linux/man-pages/man3/errno.3.html
    "ENETUNREACH": Kind.NETWORK,  # POSIX: man7.org/linux/man-pages/man3/errno.3.html
    "EPIPE": Kind.NETWORK,  # POSIX: man7.org/linux/man-pages/man3/errno.3.html
}
"""Each names one cause; of the kind `unknown`: the failure is about one generation."""

BROAD = {
    "not_found": Kind.UNKNOWN,  # gRPC, code 5; Fireworks: google/rpc/code.proto
    "not_found_error": Kind.UNKNOWN,  # Anthropic: docs.claude.com/en/api/errors
    "ResourceNotFoundException": Kind.UNKNOWN,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "unsupported_value": Kind.HARD_CAPABILITY,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "ValidationException": Kind.HARD_CAPABILITY,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "INVALID_ARGUMENT": Kind.HARD_CAPABILITY,  # gRPC, code 3: google/rpc/code.proto
    "invalid_input_argument": Kind.HARD_CAPABILITY,  # watsonx: cloud.ibm.com/apidocs/watsonx-ai
    "invalid_parameter_error": Kind.HARD_CAPABILITY,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "UNAUTHENTICATED": Kind.AUTH,  # gRPC, code 16: google/rpc/code.proto
    "AuthenticationError": Kind.AUTH,  # the SDKs' name of a 401; Anthropic's type
    "PERMISSION_DENIED": Kind.AUTH,  # gRPC, code 7: google/rpc/code.proto
    "permission_error": Kind.AUTH,  # Anthropic: docs.claude.com/en/api/errors
    "AccessDeniedException": Kind.AUTH,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "Model.AccessDenied": Kind.AUTH,  # DashScope: help.aliyun.com/zh/model-studio/error-code
    "invalid_authentication_error": Kind.AUTH,  # Moonshot: platform.moonshot.ai/docs/api/chat#error
    "RateLimitError": Kind.RATE_LIMIT,  # Anthropic's type; the SDKs' name of a 429
    "rate_limited": Kind.RATE_LIMIT,  # Mistral: docs.mistral.ai/api
    "ServiceUnavailableException": Kind.TRANSIENT_PROVIDER,  # AWS: docs.aws.amazon.com/bedrock
    "ModelErrorException": Kind.TRANSIENT_PROVIDER,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "ModelStreamErrorException": Kind.TRANSIENT_PROVIDER,  # AWS: docs.aws.amazon.com/bedrock
    "ModelTimeoutException": Kind.TIMEOUT,  # AWS: docs.aws.amazon.com/bedrock/latest/APIReference
    "InternalServerException": Kind.TRANSIENT_PROVIDER,  # AWS: docs.aws.amazon.com/bedrock
    "InternalServerError": Kind.TRANSIENT_PROVIDER,  # the SDKs' name of a 5xx; Groq's type
    "server_error": Kind.TRANSIENT_PROVIDER,  # OpenAI: platform.openai.com/docs/guides/error-codes
    "api_error": Kind.UNKNOWN,  # Anthropic, and many wrappers
    "timeout_error": Kind.TIMEOUT,  # Anthropic, 504: docs.claude.com/en/api/errors
    "APITimeoutError": Kind.TIMEOUT,  # the SDKs' name of no answer in time
    "ReadTimeout": Kind.TIMEOUT,  # httpx, requests
    "PoolTimeout": Kind.TIMEOUT,  # httpx
    "WriteTimeout": Kind.TIMEOUT,  # httpx
    "ConnectTimeout": Kind.TIMEOUT,  # httpx, requests
    "RemoteProtocolError": Kind.NETWORK,  # httpx
    "ConnectError": Kind.NETWORK,  # httpx
}
"""Each names a family of causes, mostly its status in words."""

OF_PROVIDER = {
    ("mistral", "1500"): Kind.HARD_MODEL,  # invalid_model: docs.mistral.ai/api
    ("mistral", "1300"): Kind.RATE_LIMIT,  # rate_limited: docs.mistral.ai/api
    (
        "minimax",
        "1008",
    ): Kind.BILLING,  # balance: platform.minimax.io/docs/api-reference/errorcode
    ("minimax", "1002"): Kind.RATE_LIMIT,  # rate limit: platform.minimax.io/docs/api-reference/errorcode
    ("minimax", "1004"): Kind.AUTH,  # not authorized: platform.minimax.io/docs/api-reference/errorcode
    ("zhipu", "1113"): Kind.BILLING,  # account in arrears: docs.bigmodel.cn/cn/faq/api-code
    ("zhipu", "1211"): Kind.HARD_MODEL,  # model does not exist: docs.bigmodel.cn/cn/faq/api-code
    ("zhipu", "1302"): Kind.RATE_LIMIT,  # concurrency too high: docs.bigmodel.cn/cn/faq/api-code
    ("azure", "resource not found"): Kind.HARD_CAPABILITY,  # path or api-version: learn.microsoft.com/azure
}
"""What means something only where one provider says it."""

FOR_GOOD = frozenset({"modeldecommissioned", "modeldeprecated"})
"""Of a gone model, also where the status says that the servers are in trouble."""


def squeezed(token: str) -> str:
    """A word of a text in the one spelling under which the tables are read."""
    return token.replace("_", "").lower()


def _by_spelling(codes: dict[str, Kind]) -> dict[str, Kind]:
    """Under the last part of a dotted code; an exception also without that word, a code also with it."""
    names = {squeezed(code.rsplit(".", 1)[-1]): kind for code, kind in codes.items()}
    return {
        spelling: kind
        for name, kind in names.items()
        for spelling in (name, f"{name}exception", f"{name}error", name.removesuffix("exception"))
    }


DECIDES = _by_spelling(DECIDING)
TELLS = _by_spelling(BROAD)
KNOWN = DECIDES.keys() | TELLS.keys()
