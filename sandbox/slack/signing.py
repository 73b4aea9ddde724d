"""How Slack signs the requests of HTTP mode."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class SignedRequest:
    """What is posted to the bot's request URL."""

    body: str
    headers: dict[str, str]


def signed(
    kind: str, payload: Mapping[str, object], secret: str, now: float, retry: int = 0
) -> SignedRequest:
    """`kind`: interactive, slash_commands or events_api. `now`: Unix seconds. `retry`: 1 for the first."""
    if kind == "interactive":
        body, content_type = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
    elif kind == "slash_commands":
        body, content_type = urlencode(dict(payload)), "application/x-www-form-urlencoded"
    elif kind == "events_api":
        body, content_type = json.dumps(payload), "application/json"
    else:
        raise ValueError(f"no such kind of request: {kind}")
    timestamp = str(int(now))
    base = f"v0:{timestamp}:{body}".encode()
    signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={signature}",
    }
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    return SignedRequest(body, headers)
