# ruff: noqa: E501 (a text reads best as the provider sends it: on one line)
"""Error texts in the shapes that providers, SDKs and HTTP libraries use, in our own words, with their kinds."""

from typing import NamedTuple

from operator_core.domain.kinds import Kind


class Text(NamedTuple):
    """One failure as the platform records it."""

    provider: str
    status: int | None
    message: str


TEXTS: dict[Kind, tuple[Text, ...]] = {
    Kind.AUTH: (
        Text(
            "vertex",
            404,
            "Publisher Model `projects/p-1/locations/us-central1/publishers/meta/models/llama-9` is not servable in region us-central1.",
        ),
        Text(
            "groq",
            404,
            "NotFoundError: model `llama-9` is currently unavailable in your plan: it was withdrawn",
        ),
        Text(
            "openai",
            403,
            "Error code: 403 - {'error': {'message': 'Project `proj_9fJq2` does not have access to model `gpt-5.1`', 'type': 'invalid_request_error', 'param': None, 'code': 'model_not_found'}}",
        ),
        Text("openai", 403, "You are not allowed to sample from this model"),
        Text(
            "openai",
            404,
            "Your organization must be verified to use the model `o9-deep`. Please go to https://platform.openai.com/settings and click on Verify Organization.",
        ),
        Text(
            "openai",
            403,
            '{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}',
        ),
        Text(
            "openai",
            401,
            "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'You must be a member of an organization to use the API.', 'code': None}}",
        ),
        Text(
            "openai",
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth",
        ),
        Text(
            "anthropic",
            403,
            '{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}',
        ),
        Text(
            "anthropic",
            401,
            "OAuth token has expired. Please obtain a new token or refresh your existing one.",
        ),
        Text(
            "anthropic",
            None,
            "Could not resolve authentication method. Expected either api_key or auth_token to be set.",
        ),
        Text("bedrock", None, "botocore.exceptions.NoCredentialsError: Unable to locate credentials"),
        Text(
            "bedrock",
            403,
            "An error occurred (ExpiredTokenException) when calling the Converse operation: The security token included in the request is expired",
        ),
        Text(
            "bedrock",
            403,
            "An error occurred (UnrecognizedClientException) when calling the InvokeModel operation: The security token included in the request is invalid.",
        ),
        Text(
            "bedrock",
            404,
            "An error occurred (ResourceNotFoundException) when calling the Converse operation: Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.",
        ),
        Text(
            "bedrock",
            403,
            "An error occurred (AccessDeniedException) when calling the Converse operation: User: arn:aws:iam::123456789012:user/bench is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/x.y-v1:0 because no identity-based policy allows the bedrock:InvokeModel action",
        ),
        Text(
            "bedrock",
            403,
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
        ),
        Text(
            "vertex",
            401,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
        ),
        Text(
            "vertex",
            None,
            "google.auth.exceptions.RefreshError: Reauthentication is needed. Please run `gcloud auth application-default login` to reauthenticate.",
        ),
        Text(
            "vertex",
            None,
            "google.auth.exceptions.RefreshError: ('invalid_grant: Bad Request', {'error': 'invalid_grant', 'error_description': 'Bad Request'})",
        ),
        Text(
            "vertex",
            None,
            "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.",
        ),
        Text(
            "vertex",
            403,
            "403 PERMISSION_DENIED. {'error': {'code': 403, 'message': 'Vertex AI API has not been used in project 550011 before or it is disabled. Enable it by visiting https://console.developers.google.com then retry.', 'status': 'PERMISSION_DENIED'}}",
        ),
        Text(
            "vertex",
            400,
            '{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}',
        ),
        Text("vertex", 400, '400 API key expired. Please renew the API key. [reason: "API_KEY_INVALID"]'),
        Text(
            "groq",
            400,
            "The model `canopylabs/orpheus-9` requires terms acceptance. Please have the org admin accept the terms at https://console.groq.com/playground",
        ),
        Text(
            "groq",
            403,
            "{'error': {'message': 'The model `llama-9-8b` is blocked at the project level. Please have a project admin enable this model in the project settings', 'type': 'permissions_error', 'code': 'model_permission_blocked_project'}}",
        ),
        Text(
            "together",
            401,
            "Invalid API key provided. You can find your API key at https://api.together.xyz/settings/api-keys.",
        ),
        Text("fireworks", 401, "The API key you provided is invalid."),
        Text("fireworks", 403, '{"error":"unauthorized"}'),
        Text("deepinfra", 401, '{"detail":"Not authenticated"}'),
        Text("deepinfra", 403, "Access to this model is restricted; request access on the model page"),
        Text(
            "cerebras",
            401,
            "Error code: 401 - {'message': 'Wrong API Key', 'type': 'invalid_request_error', 'param': 'api_key', 'code': 'wrong_api_key'}",
        ),
        Text("mistral", 401, 'API error occurred: Status 401. Body: {"detail":"Unauthorized"}'),
        Text("cohere", 401, "{'message': 'invalid api token'}"),
        Text(
            "azure",
            401,
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription",
        ),
        Text("openrouter", 401, '{"error":{"message":"No auth credentials found","code":401}}'),
        Text("openrouter", 401, '{"error":{"message":"User not found.","code":401}}'),
        Text(
            "litellm",
            401,
            "litellm.AuthenticationError: key not allowed to access model. This key can only access models=['a']. Tried to access b-2",
        ),
        Text(
            "anthropic", 403, '{"type":"error","error":{"type":"forbidden","message":"Request not allowed"}}'
        ),
        Text("anthropic", 401, "This organization has been disabled."),
        Text(
            "bedrock",
            None,
            "botocore.exceptions.ClientError: An error occurred (InvalidSignatureException) when calling the Converse operation: Signature expired: 20261101T000000Z is now earlier than 20261101T001000Z",
        ),
        Text(
            "bedrock",
            403,
            "litellm.AuthenticationError: BedrockException Invalid Authentication - The security token included in the request is invalid.",
        ),
        Text(
            "vertex",
            403,
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
        ),
        Text(
            "vertex",
            403,
            "Generative Language API has not been used in project 123456 before or it is disabled.",
        ),
        Text(
            "vertex",
            None,
            "google.auth.exceptions.TransportError: metadata service: could not find default credentials",
        ),
        Text("openai", 401, "Your authentication token has been invalidated. Please try signing in again."),
        Text(
            "openai",
            403,
            "You have insufficient permissions for this operation. Missing scopes: model.request.",
        ),
        Text("openai", 401, "No such organization: org-abc."),
        Text(
            "groq",
            401,
            '{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}',
        ),
        Text("deepinfra", 401, '{"error":{"message":"User token is invalid or revoked"}}'),
        Text(
            "huggingface",
            403,
            "Cannot access gated repo for url https://huggingface.co/acme/x. Access to model acme/x is restricted and you are not in the authorized list.",
        ),
        Text("cohere", 403, "your api key is blocked"),
        Text("azure", 403, "Public access is disabled. Please configure private endpoint."),
        Text("openrouter", 403, "Key does not have permission for this model"),
    ),
    Kind.BILLING: (
        Text(
            "openai",
            429,
            "Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}",
        ),
        Text("openai", 429, "Your account is not active, please check your billing details on our website."),
        Text("openai", 400, "Billing hard limit has been reached"),
        Text("anthropic", 400, "Your credit balance is too low to access the Claude API."),
        Text(
            "anthropic",
            400,
            "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC. Raise your monthly spend limit in the Console.",
        ),
        Text(
            "together",
            402,
            "Error code: 402 - {'error': {'message': 'Credit limit exceeded, please navigate to https://api.together.ai/settings/billing to upgrade', 'type': 'credit_limit'}}",
        ),
        Text(
            "fireworks", 412, "Account bench-lab is suspended. Please update your payment method to continue."
        ),
        Text(
            "deepinfra",
            402,
            '{"detail":{"error":"inference prohibited, please enter a payment method or top up"}}',
        ),
        Text(
            "deepinfra",
            None,
            "{'detail': {'error': 'You have run out of funds. Please add funds to keep using the API'}}",
        ),
        Text(
            "openrouter",
            402,
            '{"error":{"message":"Insufficient credits. Add more using https://openrouter.ai/credits","code":402}}',
        ),
        Text(
            "openrouter",
            402,
            "This request requires more credits, or fewer max_tokens. You requested up to 64000 tokens, but can only afford 3200.",
        ),
        Text(
            "groq",
            400,
            "The organization's spend limit was reached; requests are blocked until the next billing cycle",
        ),
        Text(
            "bedrock",
            403,
            "An error occurred (AccessDeniedException) when calling the Converse operation: Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.",
        ),
        Text(
            "vertex",
            403,
            "This API method requires billing to be enabled. Please enable billing on project #81234567 by visiting https://console.developers.google.com/billing/enable?project=81234567 then retry.",
        ),
        Text("cerebras", 402, "Payment required: your free trial has ended"),
        Text("mistral", 402, "Your subscription is inactive: unpaid invoices"),
        Text(
            "xai",
            429,
            "Your team 7c1d has either used all available credits or reached its monthly spending limit.",
        ),
        Text(
            "deepseek",
            402,
            "Error code: 402 - {'error': {'message': 'Insufficient Balance', 'type': 'unknown_error', 'param': None, 'code': 'invalid_request_error'}}",
        ),
        Text(
            "openai",
            429,
            "Error code: 429 - {'error': {'message': 'Your prepaid credits are used up. Top up to continue', 'code': 'insufficient_quota'}}",
        ),
        Text("anthropic", 400, "Your organization has exceeded its monthly spend limit"),
        Text("together", 402, "Your account has a negative balance, please add a card"),
        Text("fireworks", 402, "Monthly spending limit exceeded"),
        Text("deepinfra", 402, "Payment Required"),
        Text(
            "xai",
            403,
            "Your newly created team doesn't have any credits yet. You can purchase credits on https://console.x.ai.",
        ),
        Text("novita", 403, "NOT_ENOUGH_BALANCE: not enough balance"),
        Text(
            "moonshot",
            429,
            "Your account org-1 is suspended due to insufficient balance, please recharge your account or check your plan and billing details",
        ),
        Text("vertex", 403, "The billing account for the owning project is disabled in state closed"),
        Text("cerebras", 402, "Your account has insufficient funds"),
    ),
    Kind.RATE_LIMIT: (
        Text(
            "bedrock",
            429,
            "An error occurred (ModelNotReadyException) when calling the InvokeModel operation: Model is not ready for inference. Wait and try again",
        ),
        Text(
            "openai",
            429,
            "Rate limit reached for gpt-5 in organization org-Zx81 on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.",
        ),
        Text(
            "openai",
            429,
            "Error code: 429 - {'error': {'message': 'Request too large for gpt-5.1 in organization org-Zx81 on tokens per min (TPM): Limit 30000, Requested 48211. The input or output tokens must be reduced in order to run successfully.', 'code': 'rate_limit_exceeded'}}",
        ),
        Text(
            "anthropic",
            429,
            '{"type":"error","error":{"type":"rate_limit_error","message":"Number of request tokens has exceeded your per-minute rate limit"}}',
        ),
        Text(
            "anthropic",
            429,
            "Number of concurrent connections has exceeded your rate limit. Please try again later or contact sales.",
        ),
        Text(
            "bedrock",
            429,
            "botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the Converse operation (reached max retries: 4): Too many requests, please wait before trying again.",
        ),
        Text(
            "bedrock",
            None,
            "An error occurred (ThrottlingException) when calling the InvokeModel operation: Too many tokens per day, please wait before trying again.",
        ),
        Text(
            "bedrock",
            400,
            "An error occurred (ServiceQuotaExceededException) when calling the Converse operation: Your account's service quota was exceeded",
        ),
        Text(
            "vertex",
            429,
            "429 RESOURCE_EXHAUSTED. {'error': {'code': 429, 'message': 'Resource exhausted. Please try again later.', 'status': 'RESOURCE_EXHAUSTED'}}",
        ),
        Text(
            "vertex",
            None,
            "google.api_core.exceptions.ResourceExhausted: 429 Resource has been exhausted (e.g. check quota).",
        ),
        Text(
            "vertex",
            429,
            "You exceeded your current quota. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_requests, limit: 50. Please retry in 36.2s.",
        ),
        Text(
            "together",
            429,
            "You have reached the rate limit specific to this model Qwen/Qwen9-72B. The maximum rate limit for this model is 6.0 queries and 180000 tokens per minute.",
        ),
        Text(
            "cerebras",
            429,
            "{'message': \"We're experiencing high traffic right now! Please try again soon.\", 'type': 'too_many_requests_error', 'param': 'queue', 'code': 'queue_exceeded'}",
        ),
        Text("cerebras", None, "Requests per minute limit exceeded - too many requests sent."),
        Text(
            "mistral",
            429,
            '{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","code":"3505"}',
        ),
        Text("mistral", 429, '{"message":"Requests rate limit exceeded"}'),
        Text(
            "cohere",
            429,
            "You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key",
        ),
        Text(
            "azure",
            429,
            "Requests to the ChatCompletions_Create Operation have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds.",
        ),
        Text(
            "openrouter",
            429,
            '{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"qwen/qwen9:free is temporarily rate-limited upstream. Please retry shortly.","provider_name":"Chutes"}}}',
        ),
        Text(
            "litellm",
            429,
            "litellm.RateLimitError: No deployments available for selected model, Try again in 5 seconds. Passed model=gpt-5.1",
        ),
        Text("deepinfra", 429, '{"error":{"message":"Model busy, retry later"}}'),
        Text("fireworks", 429, "429 Too Many Requests"),
        Text("replicate", 429, '{"detail":"Request was throttled. Expected available in 9 seconds."}'),
        Text(
            "groq",
            429,
            "Error code: 429 - {'error': {'message': 'Rate limit reached for model `llama-9` in organization `org_01` service tier `on_demand` on requests per day (RPD): Limit 1000, Used 1000, Requested 1. Please try again in 1m26.4s.', 'type': 'requests', 'code': 'rate_limit_exceeded'}}",
        ),
        Text(
            "bedrock",
            None,
            "An error occurred (ThrottlingException) when calling the ConverseStream operation: Your request rate is too high. Please reduce the frequency of requests.",
        ),
        Text(
            "vertex",
            429,
            "Quota exceeded for quota metric 'Online prediction requests' and limit 'per minute per region' of service 'aiplatform.googleapis.com'",
        ),
        Text(
            "anthropic",
            429,
            "This request would exceed the rate limit for your organization of 50 requests per minute",
        ),
        Text(
            "fireworks",
            429,
            "Request didn't generate first token before the given deadline: too many requests in flight",
        ),
        Text("together", 429, "Dynamic rate limit hit, slow down"),
        Text("deepinfra", 429, "Rate limited"),
        Text("huggingface", 429, "You have exceeded your hourly usage limit"),
        Text("cohere", 429, "trial token rate limit exceeded, limit is 40000 tokens per minute"),
        Text(
            "openai",
            429,
            "That model is currently overloaded with other requests. You can retry your request",
        ),
        Text("cerebras", 429, "Tokens per minute limit exceeded - too many tokens processed."),
        Text(
            "azure",
            429,
            "Operation under Azure OpenAI API has exceeded token rate limit of your current AIServices S0 pricing tier",
        ),
    ),
    Kind.HARD_MODEL: (
        Text(
            "openai",
            404,
            "Error code: 404 - {'error': {'message': 'The model `gpt-4.9-turbo` does not exist or you do not have access to it.', 'type': 'invalid_request_error', 'param': None, 'code': 'model_not_found'}}",
        ),
        Text(
            "openai",
            404,
            "The model `gpt-4.8-32k` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations",
        ),
        Text("openai", 400, '{"error":{"message":"invalid model ID","type":"invalid_request_error"}}'),
        Text(
            "anthropic",
            404,
            '{"type":"error","error":{"type":"not_found_error","message":"model: claude-9-opus-20290101"},"request_id":"req_9"}',
        ),
        Text(
            "anthropic",
            410,
            "claude-2.9 reached its end-of-life on July 21, 2026. Please migrate to a newer model.",
        ),
        Text(
            "bedrock",
            400,
            "An error occurred (ValidationException) when calling the Converse operation: The provided model identifier is invalid.",
        ),
        Text(
            "bedrock",
            404,
            "An error occurred (ResourceNotFoundException) when calling the Converse operation: This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
        ),
        Text(
            "vertex",
            404,
            "404 NOT_FOUND. {'error': {'code': 404, 'message': 'models/gemini-0.9-pro is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models.', 'status': 'NOT_FOUND'}}",
        ),
        Text(
            "vertex",
            404,
            "This model models/gemini-1.9-flash is no longer available to new users. Please update your code to use a newer model.",
        ),
        Text("vertex", 400, "Model gemini-1.9-pro-001 was retired on May 24, 2026"),
        Text(
            "groq",
            400,
            "{'error': {'message': 'The model `gemma9-7b` has been decommissioned and is no longer supported.', 'type': 'invalid_request_error', 'code': 'model_decommissioned'}}",
        ),
        Text(
            "together",
            400,
            '{"error":{"message":"Unable to access non-serverless model Qwen/Qwen9-VL. Please visit https://api.together.ai/models/Qwen/Qwen9-VL to create and start a new dedicated endpoint for the model.","code":"model_not_available"}}',
        ),
        Text(
            "fireworks",
            404,
            "Error code: 404 - {'error': {'object': 'error', 'type': 'invalid_request_error', 'code': 'NOT_FOUND', 'message': 'Model not found, inaccessible, and/or not deployed'}}",
        ),
        Text("deepinfra", 404, '{"detail":{"error":"Model is not available"}}'),
        Text(
            "deepinfra",
            404,
            "The model deepinfra/airoboros-9b was delisted; use deepinfra/airoboros-12b instead",
        ),
        Text(
            "cerebras",
            404,
            "{'message': 'Model llama9-8b does not exist or you do not have access to it.', 'type': 'not_found_error', 'param': 'model', 'code': 'model_not_found'}",
        ),
        Text("cerebras", 410, "Gone: this preview model was sunset"),
        Text(
            "mistral",
            400,
            '{"object":"error","message":"Invalid model: mistral-nano-9","type":"invalid_model","param":null,"code":"1500"}',
        ),
        Text(
            "cohere",
            404,
            "model 'command-q' was removed on September 15, 2026. See https://docs.cohere.com/docs/models for active models.",
        ),
        Text(
            "cohere",
            404,
            "model 'command-z' not found, make sure the correct model ID was used and that you have access to the model.",
        ),
        Text(
            "azure",
            404,
            "{'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.'}}",
        ),
        Text(
            "azure",
            404,
            "The model 'text-davinci-9' has been retired on 2026-07-06 and can no longer be used.",
        ),
        Text("openrouter", 404, '{"error":{"message":"No endpoints found for acme/model-9.","code":404}}'),
        Text("openrouter", 400, '{"error":{"message":"acme/model-9 is not a valid model ID","code":400}}'),
        Text("huggingface", 404, "Model acme/m-9 is not supported by any provider you have enabled"),
        Text("xai", 404, "The model grok-0 does not exist or your team 7c1d does not have access to it."),
        Text("groq", 404, "The model `mixtral-9` does not exist or you do not have access to it."),
        Text("groq", 400, "model `allam-9` is deprecated and no longer served, see docs"),
        Text(
            "bedrock",
            404,
            "An error occurred (ResourceNotFoundException) when calling the InvokeModel operation: Model not found.",
        ),
        Text("bedrock", 400, "The provided model identifier is invalid"),
        Text(
            "bedrock",
            404,
            "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days.",
        ),
        Text("vertex", 404, "models/gemini-1.1 is not found for API version v1"),
        Text("openai", 404, "The model 'gpt-4-vision-preview' has been shut down. Use gpt-4o instead."),
        Text("together", 404, 'Model "acme/m-9" is not available. It was moved to dedicated endpoints'),
        Text("fireworks", 404, "Model accounts/fireworks/models/acme-9 is not deployed"),
        Text(
            "fireworks",
            404,
            "{'error': {'message': \"The model 'accounts/fireworks/models/acme-9' was not found\", 'code': 'NOT_FOUND'}}",
        ),
        Text("deepinfra", 404, '{"error":{"message":"Unknown model acme/m-9"}}'),
        Text("deepinfra", 400, "This model is deprecated and can't be called any longer"),
        Text("mistral", 400, "Model mistral-old has been retired"),
        Text("xai", 400, "Model not found: grok-0"),
        Text(
            "anthropic",
            404,
            "Error code: 404 - {'type': 'error', 'error': {'type': 'not_found_error', 'message': 'model: claude-1.9'}}",
        ),
        Text(
            "perplexity", 400, "Invalid model 'sonar-old'. Permitted models can be found in the documentation"
        ),
    ),
    Kind.HARD_CAPABILITY: (
        Text("openai", 400, "Unsupported parameter: 'temperature' is not supported with this model."),
        Text(
            "openai",
            404,
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
        ),
        Text("openai", 404, "This model is only supported in v1/responses and not in v1/chat/completions."),
        Text(
            "openai",
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9120 tokens. Please reduce the length of the messages.",
        ),
        Text(
            "openai",
            400,
            "{'error': {'message': \"Invalid value: 'xlarge'. Supported values are: 'low', 'medium', and 'high'.\", 'type': 'invalid_request_error', 'param': 'reasoning_effort', 'code': 'invalid_value'}}",
        ),
        Text("openai", 400, "Unrecognized request argument supplied: thinking"),
        Text(
            "openai",
            400,
            "max_tokens is too large: 200000. This model supports at most 16384 completion tokens, whereas you provided 200000.",
        ),
        Text("anthropic", 400, "prompt is too long: 214330 tokens > 200000 maximum"),
        Text(
            "anthropic",
            400,
            "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens for claude-9-haiku",
        ),
        Text("anthropic", 400, "messages: text content blocks must be non-empty"),
        Text("anthropic", 400, "`temperature` may only be set to 1 when thinking is enabled."),
        Text(
            "anthropic",
            413,
            '{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}',
        ),
        Text(
            "bedrock",
            400,
            "An error occurred (ValidationException) when calling the Converse operation: Invocation of model ID meta.llama9-70b-v1:0 with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
        Text(
            "bedrock",
            400,
            "An error occurred (ValidationException) when calling the Converse operation: This action doesn't support the model that you provided. Try again with a supported text or chat model.",
        ),
        Text(
            "bedrock",
            400,
            "ValidationException: This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
        ),
        Text(
            "bedrock",
            None,
            'Parameter validation failed: Unknown parameter in input: "toolz", must be one of: modelId, messages, system',
        ),
        Text(
            "vertex",
            400,
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        ),
        Text("vertex", 400, "Budget 0 is invalid. This model only works in thinking mode."),
        Text("vertex", 400, "Developer instruction is not enabled for models/gemma-9-27b-it"),
        Text(
            "vertex",
            400,
            "400 INVALID_ARGUMENT. {'error': {'code': 400, 'message': 'Request contains an invalid argument.', 'status': 'INVALID_ARGUMENT'}}",
        ),
        Text(
            "groq",
            400,
            "'max_tokens' : must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model",
        ),
        Text("groq", 400, "The model `whisper-9` does not support chat completions"),
        Text("groq", 413, "Request Entity Too Large"),
        Text(
            "together",
            422,
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 512 `max_new_tokens`",
        ),
        Text("fireworks", 400, "Requests with max_tokens > 4096 must have stream=true"),
        Text("fireworks", 400, "The prompt is too long: 140112, model maximum context length: 131071"),
        Text(
            "deepinfra",
            422,
            '{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{}}]}',
        ),
        Text(
            "cerebras",
            400,
            "{'message': 'body.top_k: property unsupported', 'type': 'invalid_request_error', 'param': 'validation_error'}",
        ),
        Text(
            "mistral",
            422,
            '{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":7}]}',
        ),
        Text(
            "azure",
            400,
            "{'error': {'code': 'OperationNotSupported', 'message': 'The chatCompletion operation does not work with the specified model, gpt-9-instruct. Please choose different model and try again.'}}",
        ),
        Text(
            "openrouter", 404, '{"error":{"message":"No endpoints found that support tool use.","code":404}}'
        ),
        Text("cohere", 400, "invalid request: temperature must be between 0 and 1.0 inclusive."),
        Text(
            "openai",
            400,
            "Invalid schema for response_format 'answer': In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        Text(
            "openai",
            400,
            "Unsupported value: 'stream' does not support true with this model. Supported values are: false.",
        ),
        Text("openai", 400, "[{'role': 'x'}] is not valid under any of the given schemas - 'messages'"),
        Text("openai", 400, "Missing required parameter: 'messages'."),
        Text(
            "openai",
            400,
            "Function tools with reasoning_effort are not supported for gpt-9 in /v1/chat/completions. Please use /v1/responses instead.",
        ),
        Text("openai", 400, "Image input is not supported for this model"),
        Text("anthropic", 400, "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"),
        Text("anthropic", 400, "thinking.budget_tokens: Input should be greater than or equal to 1024"),
        Text(
            "anthropic",
            400,
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after",
        ),
        Text(
            "anthropic",
            400,
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ),
        Text("anthropic", 400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"),
        Text(
            "bedrock",
            400,
            "ValidationException: The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
        ),
        Text("bedrock", 400, "Input is too long for requested model."),
        Text(
            "bedrock",
            400,
            "The model returned the following errors: max_tokens: must be greater than thinking.budget_tokens",
        ),
        Text(
            "vertex",
            400,
            "Unable to submit request because it has an empty text parameter. Add a value to the parameter and try again.",
        ),
        Text("vertex", 400, "* GenerateContentRequest.contents: contents is not specified"),
        Text("vertex", 400, 'Invalid JSON payload received. Unknown name "foo": Cannot find field.'),
        Text("groq", 400, "`tools` are not supported with this model"),
        Text("together", 422, "This model's max context length is 4096, your prompt has 5000 tokens"),
        Text(
            "together", 400, "google/gemma-9 is not supported for chat completions; use the completions API"
        ),
        Text("fireworks", 400, "Input should be a valid list"),
        Text(
            "mistral",
            422,
            '{"object":"error","message":{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]},"type":"invalid_request_error"}',
        ),
        Text(
            "cerebras",
            400,
            "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
        ),
        Text("openrouter", 404, "No endpoints found that can handle the requested parameters."),
    ),
    Kind.TRANSIENT_PROVIDER: (
        Text(
            "vertex",
            None,
            "google.api_core.exceptions.RetryError: Timeout of 60.0s exceeded, last exception: 503 The service is currently unavailable.",
        ),
        Text("openai", 503, "The engine is currently overloaded, please try again later"),
        Text("openai", 500, "The server had an error while processing your request. Sorry about that!"),
        Text("anthropic", 529, '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'),
        Text(
            "anthropic",
            500,
            '{"type":"error","error":{"type":"api_error","message":"Internal server error"}}',
        ),
        Text(
            "bedrock",
            503,
            "An error occurred (ServiceUnavailableException) when calling the Converse operation (reached max retries: 4): Bedrock is unable to process your request.",
        ),
        Text(
            "bedrock",
            500,
            "An error occurred (InternalServerException) when calling the Converse operation: The system encountered an unexpected error during processing. Try your request again.",
        ),
        Text(
            "bedrock",
            424,
            "An error occurred (ModelErrorException) when calling the InvokeModel operation: The model failed while processing",
        ),
        Text(
            "vertex",
            503,
            "503 UNAVAILABLE. {'error': {'code': 503, 'message': 'The model is overloaded. Please try again later.', 'status': 'UNAVAILABLE'}}",
        ),
        Text(
            "vertex",
            500,
            "500 INTERNAL. {'error': {'code': 500, 'message': 'An internal error has occurred. Please retry or report', 'status': 'INTERNAL'}}",
        ),
        Text("vertex", None, "google.api_core.exceptions.ServiceUnavailable: 503 502:Bad Gateway"),
        Text(
            "groq",
            502,
            "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>",
        ),
        Text("together", 503, "The server is overloaded or not ready yet."),
        Text(
            "fireworks",
            500,
            "{'error': {'message': 'server had an error while processing your request, please retry again after a brief wait', 'code': 'internal'}}",
        ),
        Text("fireworks", 504, "504 Gateway Time-out"),
        Text("deepinfra", 503, '{"detail":"no healthy upstream"}'),
        Text(
            "cerebras",
            503,
            "Error code: 503 - {'message': 'Service temporarily unavailable', 'code': 'service_unavailable'}",
        ),
        Text(
            "mistral",
            503,
            "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        ),
        Text("cohere", 500, "internal server error, this has been reported to our developers. id 7d1f"),
        Text("openrouter", 502, '{"error":{"message":"Provider returned error","code":502}}'),
        Text("deepinfra", 524, "error code: 524"),
        Text("huggingface", 503, "Model acme/m-9 is currently loading"),
        Text("openai", 502, "Error code: 502"),
        Text(
            "openai",
            500,
            "The model produced invalid content. Consider modifying your prompt if you are seeing this error persistently.",
        ),
        Text(
            "anthropic",
            529,
            "anthropic.APIStatusError: {'type': 'error', 'error': {'details': None, 'type': 'overloaded_error', 'message': 'Overloaded'}}",
        ),
        Text(
            "bedrock",
            None,
            "An error occurred (ServiceUnavailableException) when calling the Converse operation: Too many connections, please wait before trying again.",
        ),
        Text("bedrock", 503, "The service is temporarily unable to handle the request"),
        Text(
            "vertex",
            503,
            "Visibility check was unavailable. Please retry the request and contact support if the problem persists",
        ),
        Text("vertex", 500, "Internal error encountered."),
        Text("vertex", None, "500 INTERNAL"),
        Text("groq", 503, "Service Unavailable"),
        Text("groq", 500, "Internal Server Error"),
        Text("together", 500, "Error processing request"),
        Text("deepinfra", 500, '{"detail":"inference failed"}'),
        Text("cerebras", 500, "Encountered a server error, please try again."),
        Text("fireworks", 502, "<html>\\n<head><title>502 Server Error</title></head>"),
        Text(
            "openrouter", None, '{"error":{"message":"Upstream error from Acme: something broke","code":502}}'
        ),
        Text("deepinfra", 520, "error code: 520"),
        Text(
            "anthropic",
            503,
            "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure",
        ),
        Text("vertex", None, "504 Deadline Exceeded"),
    ),
    Kind.NETWORK: (
        Text("groq", None, "httpx.ConnectError: [Errno -2] Name or service not known"),
        Text("groq", None, "httpx.ConnectError: All connection attempts failed"),
        Text("groq", None, "httpx.RemoteProtocolError: Server disconnected without sending a response."),
        Text("openai", None, "openai.APIConnectionError: Connection error."),
        Text(
            "openai",
            None,
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
        ),
        Text(
            "openai",
            None,
            "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host api.openai.com:443 ssl:default [Connect call failed ('104.18.6.192', 443)]",
        ),
        Text(
            "openai",
            None,
            "aiohttp.client_exceptions.ClientPayloadError: Response payload is not completed: <TransferEncodingError: 400, message='Not enough data to satisfy transfer length header.'>",
        ),
        Text(
            "anthropic",
            None,
            "HTTPSConnectionPool(host='api.anthropic.com', port=443): Max retries exceeded with url: /v1/messages (Caused by NameResolutionError(\"<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to resolve 'api.anthropic.com' ([Errno -3] Temporary failure in name resolution)\"))",
        ),
        Text(
            "anthropic",
            None,
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1007)",
        ),
        Text(
            "bedrock",
            None,
            'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse"',
        ),
        Text(
            "bedrock",
            None,
            "botocore.exceptions.ConnectionClosedError: Connection was closed before we received a valid response from endpoint URL",
        ),
        Text(
            "vertex",
            None,
            "503 failed to connect to all addresses; last error: UNKNOWN: ipv4:142.250.1.95:443: Failed to connect to remote host: Connection refused",
        ),
        Text(
            "together",
            None,
            "urllib3.exceptions.ProtocolError: ('Connection broken: IncompleteRead(312 bytes read)', IncompleteRead(312 bytes read))",
        ),
        Text("fireworks", None, "httpcore.ReadError: [Errno 104] Connection reset by peer"),
        Text("deepinfra", None, "dial tcp: lookup api.deepinfra.com on 127.0.0.53:53: no such host"),
        Text(
            "cerebras",
            None,
            "request to https://api.cerebras.ai/v1/chat/completions failed, reason: socket hang up",
        ),
        Text(
            "groq",
            None,
            "requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        ),
        Text("openai", None, "httpx.ConnectError: [Errno 111] Connection refused"),
        Text(
            "openai",
            None,
            "openai.APIConnectionError: Connection error. Cause: [Errno -3] Temporary failure in name resolution",
        ),
        Text("vertex", None, "getaddrinfo ENOTFOUND us-central1-aiplatform.googleapis.com"),
        Text("anthropic", None, "httpx.ReadError"),
        Text("together", None, "aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected"),
        Text(
            "bedrock",
            None,
            'Connection was closed before we received a valid response from endpoint URL: "https://bedrock-runtime.us-east-1.amazonaws.com/x"',
        ),
        Text("fireworks", None, "HTTP/2 stream 5 was not cleanly closed: INTERNAL_ERROR"),
        Text("cerebras", None, "write EPIPE"),
        Text("deepinfra", None, "[Errno 101] Network is unreachable"),
        Text("groq", None, "TypeError: terminated: other side closed"),
    ),
    Kind.TIMEOUT: (
        Text("openai", None, "openai.APITimeoutError: Request timed out."),
        Text(
            "openai",
            408,
            "Error code: 408 - {'error': {'message': 'Timed out generating response. Please try again.'}}",
        ),
        Text("anthropic", None, "httpx.ReadTimeout: The read operation timed out"),
        Text("groq", None, "asyncio.exceptions.TimeoutError"),
        Text("groq", None, "ConnectTimeout: _ssl.c:989: The handshake operation timed out"),
        Text(
            "bedrock",
            408,
            "An error occurred (ModelTimeoutException) when calling the InvokeModel operation: Model has timed out in processing the request. Try your request again.",
        ),
        Text(
            "bedrock",
            None,
            'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "https://bedrock-runtime.us-east-1.amazonaws.com/model/a.b-v1%3A0/invoke"',
        ),
        Text("together", None, "no response within 120 seconds, run cancelled"),
        Text(
            "fireworks",
            None,
            'Post "https://api.fireworks.ai/inference/v1/chat/completions": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        ),
        Text("deepinfra", None, "ETIMEDOUT"),
        Text(
            "cerebras",
            None,
            "HTTPSConnectionPool(host='api.cerebras.ai', port=443): Max retries exceeded with url: /v1/chat/completions (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to api.cerebras.ai timed out. (connect timeout=30)'))",
        ),
        Text(
            "openai",
            None,
            "Request timed out: HTTPSConnectionPool(host='api.openai.com', port=443): Read timed out. (read timeout=60)",
        ),
        Text("groq", None, "httpx.PoolTimeout"),
        Text(
            "bedrock",
            None,
            'Connect timeout on endpoint URL: "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse"',
        ),
        Text("anthropic", None, "TimeoutError()"),
        Text("together", None, "timed out waiting for first token after 30s"),
        Text("deepinfra", None, "The operation was aborted due to timeout"),
        Text("cerebras", None, "litellm.Timeout: Connection timed out after 600.0 seconds."),
    ),
    Kind.BUDGET_EXHAUSTED: (
        Text("openai", None, "visible output empty: the token budget was used up by reasoning"),
        Text(
            "openai",
            400,
            "Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.",
        ),
        Text("vertex", None, "empty response: finish_reason=MAX_TOKENS, thoughts consumed all output tokens"),
        Text("together", None, "no visible text before the output limit was reached"),
        Text("groq", None, "completion was empty, finish_reason=length"),
        Text(
            "cerebras",
            None,
            "all 64 completion tokens were spent on reasoning; nothing visible was generated",
        ),
        Text("deepinfra", None, "response has no content; stop reason max_tokens"),
        Text(
            "openai",
            None,
            "model returned no visible output: max_completion_tokens (64) reached during reasoning",
        ),
        Text("groq", None, 'empty content with finish_reason "length" after 512 reasoning tokens'),
        Text("vertex", None, "candidate had no text parts, finish reason MAX_TOKENS"),
    ),
    Kind.UNKNOWN: (
        Text("cerebras", 404, '{"message":"Not Found","type":"not_found_error","code":"not_found"}'),
        Text("vertex", 404, "Requested entity was not found."),
        Text("replicate", 404, "The requested resource could not be found"),
        Text(
            "together",
            404,
            "Unable to access model meta-llama/Llama-9-70b. Please visit https://api.together.ai/models to view the list of supported models.",
        ),
        Text(
            "groq",
            400,
            "{'error': {'message': 'Failed to validate JSON. Please adjust your prompt.', 'type': 'invalid_request_error', 'code': 'json_validate_failed', 'failed_generation': ''}}",
        ),
        Text("groq", 400, "Failed to call a function. Please adjust your prompt. (tool_use_failed)"),
        Text(
            "azure",
            400,
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        ),
        Text("anthropic", 400, "Output blocked by content filtering policy"),
        Text("openai", None, "'NoneType' object is not subscriptable"),
        Text("vertex", None, "list index out of range"),
        Text("together", None, ""),
        Text(
            "groq",
            400,
            '{"error":{"message":"Failed to generate JSON. Please adjust your prompt. See \'failed_generation\' for more details.","code":"json_validate_failed"}}',
        ),
        Text("openai", 400, "Timeout while downloading https://example.com/cat.png."),
        Text("vertex", None, "Response was blocked: SAFETY"),
        Text("anthropic", None, "KeyError: 'content'"),
        Text("together", None, "Expecting value: line 1 column 1 (char 0)"),
    ),
}
"""By kind. What a label means: a request that is wrong for the model is hard_capability, whatever its status."""
