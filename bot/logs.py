"""Logs: one structured line an event, on stderr, without secrets.

Every line, ours and the libraries', passes the same last gate, where known secrets and key-like text are
masked.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from types import TracebackType
from typing import Any, TextIO

import structlog

from operator_core.text.masking import redact
from operator_core.text.secrets import PATTERNS

LINE = 4_000
"""Characters of a line that are kept."""
SEVERAL_LINES = frozenset({"exception", "stack"})
"""Fields that keep their lines. All others become one, so that no text from outside can forge an entry."""
SHORTEST_SECRET = 6
"""A shorter value is left alone: masking it would black out half the words."""
logger = structlog.stdlib.get_logger
_SECRET_NAME = re.compile(r"(?i)(?:token|secret|password|passwd|api_?key|authorization|cookie)$")


def set_up_logs(
    secrets: Sequence[str], *, json: bool, level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Routes structlog and the standard library's logging through one redacting formatter, to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, formatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    # Tracebacks arrive as redacted text: the renderer must not draw them anew.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    last: list[structlog.typing.Processor] = [
        formatter.remove_processors_meta,
        Redacting(secrets),
        structlog.processors.JSONRenderer(ensure_ascii=False) if json else plain,
    ]
    handler.setFormatter(formatter(foreign_pre_chain=shared, processors=last))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in ("httpx", "httpx2", "httpcore", "openai", "apscheduler", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_says_what_matters)


def _says_what_matters(record: logging.LogRecord) -> bool:
    """Bolt finds SLACK_BOT_TOKEN by itself, and warns at each start that it uses our client instead."""
    return "`token`" not in record.getMessage()


def log_crashes() -> None:
    """From now on what nobody caught is logged, and so redacted, instead of printed as it is."""

    def crashed(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        logger("crash").critical("nobody caught this", exc_info=(kind, error, traceback))

    sys.excepthook = crashed


class Redacting:
    """Masks known secrets and key-like text in every value of an event."""

    def __init__(self, secrets: Sequence[str]) -> None:
        longest_first = sorted((s for s in secrets if len(s) >= SHORTEST_SECRET), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {
            name: self.lines(str(value)) if name in SEVERAL_LINES else self._clean(value, name)
            for name, value in event.items()
        }

    def _clean(self, value: Any, name: str = "") -> Any:
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, Mapping):
            return {str(key): self._clean(item, str(key)) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(item) for item in value]
        secret = isinstance(value, str) and value and _SECRET_NAME.search(name)
        return "<secret>" if secret else redact(self._secrets.sub("<secret>", str(value)), LINE)

    def lines(self, text: str) -> str:
        lines = PATTERNS["private key"].sub("<key>", self._secrets.sub("<secret>", text)).splitlines()
        return "\n".join(line[: len(line) - len(line.lstrip())] + redact(line, LINE) for line in lines)
