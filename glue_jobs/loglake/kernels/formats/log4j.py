"""What log4j, logback and Spring Boot write by default, and the layouts of Hadoop, Spark, Kafka and OpenSearch.

A stack trace below the first line belongs to the message. Timestamps stay text: most have no zone, some no date.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import InferredType
from loglake.kernels.formats.base import About
from loglake.kernels.formats.prefixes import REST, TEXT, WHOLE, LayoutsFormat

FIELDS: Mapping[str, InferredType] = {
    "timestamp": TEXT,
    "thread": TEXT,
    "logger": TEXT,
    "pid": WHOLE,
    "application": TEXT,
    "correlation_id": TEXT,
    "node": TEXT,
}

_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TIME = rf"(?P<timestamp>{_ISO}|\d\d/\d\d/\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d[.,]\d{{3}})"
_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL)"
_THREAD = r"\[ *(?P<thread>[^\n]*?) *\]"
_NAME = r"[A-Za-z_$](?:[\w.$/#\[\]-]*[\w$\]])?"
_LOGGER = rf"(?P<logger>{_NAME}(?:::{_NAME})*)"
"""A class of Java, or a module of Rust with two colons between its parts."""

_END = r"(?: *:(?: |\r?\n|$)| +--? ?)"
"""A colon ends the logger only if white space follows: else it is in the middle of something else."""

_TASK = r"(?P<logger>[A-Za-z_$][\w.$/-]*)\[(?P<pid>\d+):(?P<thread>[^\]\n]+)\]:? *"
_CORRELATION = r"(?:\[(?P<correlation_id>[0-9a-f]{16,32}-[0-9a-f]{16})? *\] *)?"
_SPRING_THREAD = r"\[ *(?P<thread>[^\]\n]*)\]"

_SHAPES = (
    rf"^{_TIME} +{_LEVEL} +{_LOGGER}{_END}{REST}",  # Spark, Rust's tracing
    rf"^{_TIME} +{_LEVEL} +{_TASK}{REST}",  # service, process and thread
    rf"^{_TIME} +{_LEVEL} +{_THREAD} +{_LOGGER}{_END}{REST}",  # Hadoop, ``%d{{ISO8601}} %p [%t] %c: %m``
    rf"^{_TIME} +{_LEVEL} +(?P<pid>\d+) +--- +{_SPRING_THREAD} +{_CORRELATION}{_LOGGER} *: ?{REST}",
    rf"^{_TIME} +{_LEVEL} +(?P<pid>\d+) +--- +\[(?P<application>[^\]\n]*)\] +{_SPRING_THREAD} +{_CORRELATION}"
    rf"{_LOGGER} *: ?{REST}",
    rf"^{_TIME} +{_THREAD} +{_LEVEL} +{_LOGGER}{_END}{REST}",  # logback, log4j 2
    rf"^\[(?P<timestamp>{_ISO})\] +{_LEVEL} +"  # Kafka names the logger at the end of the first line
    r"(?P<message>[^\n]* \((?P<logger>[A-Za-z_][\w.$-]*)\)\r?(?:\n(?s:.*))?)$",
    rf"^\[(?P<timestamp>{_ISO})\]\[{_LEVEL} *\]\[(?P<logger>[^\]\n]*?) *\] *(?:\[(?P<node>[^\]\n]*)\] ?)?{REST}",
)


class Log4jFormat(LayoutsFormat):
    """Java's loggers: timestamp, level, thread, logger, text."""

    shapes, fields = _SHAPES, FIELDS
    id = "log4j"
    source = "https://logging.apache.org/log4j/2.x/manual/pattern-layout.html"
    about = About(
        title="log4j, logback and Spring Boot, and the layouts of Hadoop, Spark, Kafka and OpenSearch",
        detection=(
            "A timestamp, a level in capitals and a logger's name, in the order and with the punctuation of one "
            "of these layouts."
        ),
        level="The level.",
        example="2026-11-21 08:00:02,100 ERROR [pool-1-thread-3] com.example.shop.Orders - order 17 failed",
        rare=FIELDS,
        note="The fields of a JSON object that is the message, too.",
    )
