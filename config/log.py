"""How a process logs: structured lines on standard error, readable on a terminal, JSON elsewhere."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

IDENTITY_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{8,10}(\d{4})(?!\d)")
"""NIP (18 digits) and NIK (16); the first and last four digits stay, so that a person can find the row again."""


def configure(level: str) -> None:
    """Set the least level logged (a name of the logging module) for structlog and for the libraries' own loggers."""
    number = logging.getLevelNamesMapping()[level]
    interactive = sys.stderr.isatty()
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            masked,
            structlog.dev.ConsoleRenderer() if interactive else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_mask_record)


def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Identity numbers never reach a log, whoever wrote the line."""
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}


def mask(text: str) -> str:
    """Text with the middle of identity numbers replaced."""
    return IDENTITY_NUMBER.sub(r"\1***\2", text)


def readable(raw: bytes) -> str:
    """Bytes from outside as text that a screen can bear: masked, and what is not printable as its number."""
    text = "".join(sign if sign.isprintable() else _escaped(sign) for sign in raw.decode("utf-8", "surrogateescape"))
    return mask(text)


def _escaped(sign: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogateescape"))


def _mask_record(record: logging.LogRecord) -> bool:
    if record.exc_info:
        record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
    record.msg, record.args = mask(record.getMessage()), None
    return True
