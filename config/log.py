"""How a process logs: structured lines on standard error, readable on a terminal, JSON elsewhere."""

import logging
import sys

import structlog


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
            structlog.dev.ConsoleRenderer() if interactive else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
