"""Texts that say a model is gone, and texts that only look like it, in the wrappers that clients use.

Written before the rules that read them, and in no provider's own words.
"""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

NAMES = ("acme/giant-9b-v2", "nova-mini-2031", "publishers.large-3.1-70b", "swift-1")
QUALIFIED: dict[str, tuple[str, ...]] = {
    "for now": (
        "The model `{m}` is not available right now.",
        "Model {m} is temporarily unavailable, please try again in a moment.",
        "{m} is currently not available due to high demand",
        "The model {m} could not be found at the moment; we are restarting our servers.",
        "The requested model is not available yet, it is still loading",
        "This model will be retired on 2031-05-01. Please plan your migration.",
        "Model {m} is deprecated and will be removed soon",
        "The model {m} is scheduled to be decommissioned next month",
    ),
    "here": (
        "The model `{m}` is not available in your region.",
        "This model does not exist in eu-west-3.",
        "{m} is not supported in your country",
        "The model {m} was not found in the location europe-west9",
        "Model {m} has been withdrawn from your territory",
        "This model is no longer available in your region",
    ),
    "for us": (
        "The model `{m}` is not available on your plan. Upgrade to Pro.",
        "Model {m} is not supported for your service tier",
        "The model {m} is not available for this account",
        "{m} is not enabled for your organization",
        "The model `{m}` was not found in your project's list of allowed models",
        "No available channel for model {m} under group default",
        "The model {m} is no longer available for free users",
        "model {m} is not available with this API key",
        "The model `{m}` has been removed from your workspace's allowlist",
    ),
    "this way": (
        "The model {m} is not accessible via this endpoint",
        "Model {m} is not supported for chat/completions, use /v1/responses",
        "The model `{m}` does not exist on the /v1/embeddings route",
        "{m} is not found for API version v1beta, or is not supported for generateContent",
        "The model {m} is not available in this version of the API",
        "This model is not supported when using streaming",
        "model {m} is no longer supported by the batch endpoint",
    ),
    "asking that": (
        "No endpoints found for {m} that support tool use",
        "No model found that supports images",
        "No provider for {m} supports cache control",
        "No endpoints for {m} match your data policy",
        "No available models match the requested parameters",
        "The model {m} is not available with your privacy settings",
    ),
    "elsewhere": (
        "model {m} not found in cache",
        "Model files for {m} were not found on this worker",
        "The tokenizer of model {m} does not exist",
        "model `{m}` not found in the local registry of this replica",
    ),
    "another thing": (
        "404 page not found",
        "Invalid URL (POST /v1/models/{m}/chat)",
        "The requested URL /v1/chat/completions was not found on this server.",
        "No deployments available for the selected model, try again in 60 seconds",
        "No instances available for {m}",
        "No such file: file-{m}",
        "The assistant asst_{m} does not exist",
        "Prompt pmpt-{m} was not found",
        "The instance of {m} has been shut down to save cost and is starting again",
        "Previous response with id resp_{m} not found",
        "The deployment of {m} has no capacity left",
        "The conversation does not exist or has been deleted",
        "`temperature` is deprecated for this model",
        "The parameter 'functions' is no longer supported by model {m}",
        "Your account has been deleted",
        "The voice of model {m} was retired",
        "Tool get_weather not found while calling model {m}",
        "The API key used for model {m} does not exist",
    ),
}
"""By qualifier: what stands between the words and the meaning that this model is gone."""

GONE = (
    "The model `{m}` has been decommissioned and is no longer supported.",
    "Model {m} was retired on 2031-02-01.",
    "{m} has reached its end of life",
    "This model version has reached the end of its life.",
    "The model `{m}` is no longer available. Please use a newer model.",
    "The model {m} is no longer served.",
    "The model '{m}' does not exist",
    'model "{m}" not found',
    "Unknown model: {m}",
    "{m} is not a valid model ID",
    "The model `{m}` has been shut down and its access was turned off.",
    "Model {m} was deprecated and has been shut down",
    "Unable to access non-serverless model {m}",
    "Model {m} is no longer serverless; create a dedicated endpoint to use it",
    "The provided model identifier is invalid.",
)


class Wrapped(NamedTuple):
    """A text as a client would record it."""

    label: str
    message: str
    status: int | None
    name: str


def _json(text: str, status: int) -> str:
    return json.dumps({"error": {"message": text, "type": "invalid_request_error", "code": status}})


def _nested(text: str, status: int) -> str:
    return json.dumps({"error": {"message": _json(text, status), "type": "None", "code": str(status)}})


WRAPPERS: dict[str, Callable[[str, int], str]] = {
    "bare": lambda text, status: text,
    "json": _json,
    "json in a string": _nested,
    "python": lambda text, status: (
        f"Error code: {status} - {{'error': {{'message': {text!r}, 'code': None}}}}"
    ),
    "python exception": lambda text, status: f"openai.APIStatusError: Error code: {status} - {text}",
    "java": lambda text, status: (
        f"java.util.concurrent.CompletionException: com.acme.ApiException: {text}\n"
        "\tat com.acme.Client.call(Client.java:81)\n\tat java.base/java.lang.Thread.run(Thread.java:840)"
    ),
    "litellm": lambda text, status: (
        f"litellm.BadRequestError: AcmeException - {_json(text, status)}. Received Model Group=main\n"
        "Available Model Group Fallbacks=None"
    ),
    "grpc": lambda text, status: (
        "<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.NOT_FOUND\n"
        f'\tdetails = "{text}"\n'
        '\tdebug_error_string = "UNKNOWN:Error received from peer"\n>'
    ),
    "aws": lambda text, status: (
        "botocore.errorfactory.ResourceNotFoundException: An error occurred (ResourceNotFoundException) when "
        f"calling the Converse operation: {text}"
    ),
    "html": lambda text, status: (
        f"<html><head><title>{status}</title></head><body><h1>{text}</h1></body></html>"
    ),
    "headers": lambda text, status: (
        f"HTTP/1.1 {status} Error\ncontent-type: application/json\nx-request-id: 81ab\n\n"
        f"{_json(text, status)}"
    ),
    "log": lambda text, status: (
        "2031-03-04 10:00:01,120 INFO retrying\n"
        f"2031-03-04 10:00:02,133 ERROR chat failed with {status}: {text}"
    ),
}
STATUSES = (400, 404, 410, 429, 500, 503)


def only_look_gone() -> Iterator[Wrapped]:
    """Every qualifier in every wrapper, the statuses taking turns; none of them means this model is gone."""
    turn = 0
    for (qualifier, sentences), wrapper in product(QUALIFIED.items(), WRAPPERS):
        for sentence in sentences:
            turn += 1
            yield _wrapped(f"{qualifier}, {wrapper}", sentence, wrapper, turn)


def gone() -> Iterator[Wrapped]:
    """Each way of saying it in four wrappers: sixty, with the statuses that go with it."""
    wrappers = tuple(WRAPPERS)
    for number, sentence in enumerate(GONE):
        for step in range(4):
            turn = number * 4 + step
            yield _wrapped(f"gone, {sentence}", sentence, wrappers[turn * 5 % len(wrappers)], turn % 3)


def _wrapped(label: str, sentence: str, wrapper: str, turn: int) -> Wrapped:
    status, name = STATUSES[turn % len(STATUSES)], NAMES[turn % len(NAMES)]
    message = WRAPPERS[wrapper](sentence.format(m=name), status)
    known = status if turn % 2 else None  # the platform doesn't always note it
    return Wrapped(label, message, known, name)
