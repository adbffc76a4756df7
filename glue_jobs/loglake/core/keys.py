"""The grammar of every S3 key that loglake reads or writes, in both directions.

::

    control/  requests/<kind>/<id>            what to export; an object here wakes the workflow
              handled/requested/<id>          what a person asked for, once its windows are in the ledger
              handled/requested/<id>.report.json    what that person should know about it, if there is anything
              rejected/<kind>/<id>.json       an invalid request, with the reason
              catalog/<run>                   the catalog lacks a table or a column; an object here starts a crawl
              looks/<id>                      the schedule wants a look for landed objects
              landed/<run>                    that look found some; an object here starts a landing run
              ledger/<group>/<window>/g<n>.json   the object list of an exported window
              config/, artifacts/             what deployment puts there
              config/subscribed.json          which log groups have the deployment's subscription filter
    raw/      exports/<group>/<window>/g<n>/<taskId>/<stream>/000000.gz
              exports/<group>/<window>/g<n>/<readId>/000000.gz    what was read: payloads that name their streams
              landing/...                     what subscriptions, Firehose and AWS services deliver, as they name it
              landing/log_group=<name>/...    the same, for objects that don't say their log group
    lake/     staging/<group>/<window>/g<n>/<attempt>/...   files that are not committed yet
              staging/_shared/<table>/<time>-<digest>/...   the same, of files that windows share
              commits/<table>/<time>-<digest>.json          decisions about windows, many in one or one alone
              tables/<table>/dt=<day>/<group>.<window>.g<n>.<time>-<digest>.<bundle>.parquet
              ....<bundle>.<part>.parquet                             further parts of a split bundle
              tables/<table>/dt=<day>/shared.<time>-<digest>.<n>.parquet    rows of many small windows of a decision
              (compacted files, and what decides about them: `core.compacted_keys`)
              quarantine/<table>/dt=<day>/<group>.<window>.g<n>.<time>-<digest>.<bundle>.jsonl.gz
              quarantine/_landing/<object>.jsonl.gz         what is not an event in a landed object; without a day,
                                                            so that a later scan finds it again
              removed/<time>/<key>                          what a person took out of the tables; it expires

S3 keys end at 1,024 bytes, and a log group's name may have 512, so a group becomes a readable slug with a hash. A
ledger row stores ``<group>/<window>``, its key prefix, so no key depends on how a later version makes slugs. Same
input, same keys: nothing here is random.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, day_of, from_ms, parse_instant, to_ms
from loglake.core.windows import Window
from loglake.errors import ConfigError

REQUESTS = "requests/"
HANDLED = "handled/"
REJECTED = "rejected/"
CATALOG = "catalog/"
LOOKS = "looks/"
OBJECT_LISTS = "ledger/"
LANDED = "landed/"
SUBSCRIBED = "config/subscribed.json"
EXPORTS = "exports/"
LANDING = "landing/"
STAGING = "staging/"
COMMITS = "commits/"
TABLES = "tables/"
QUARANTINE = "quarantine/"
REMOVED = "removed/"

_LONGEST_NAME = 900
"""Bytes of a request's name that the key of its rejection or report repeats: an S3 key has at most 1,024."""

SHARED = "shared."
"""What the name of a file begins with that windows share."""

COMPRESSED = ".gz"
"""The end of a quarantine file's key."""

WRITE_TEST = "aws-logs-write-test"
"""The object that CreateExportTask puts to test its permission: never data, skipped by its basename."""

SLUG_LENGTH = 60
"""Readable characters of a slug; a dash and the hash follow."""

_SLUG_HASH_DIGITS = 20
"""80 bits: two log groups never share a slug. They would overwrite each other's objects."""

_TIME_FORMAT = "%Y%m%dT%H%M%S"
_WINDOW = re.compile(r"(\d{8}T\d{6})(\d{3})Z-(\d{8}T\d{6})(\d{3})Z")
_WINDOW_LABEL = r"\d{8}T\d{9}Z-\d{8}T\d{9}Z"
_STAGED = re.compile(rf"{STAGING}[^/]+/(?P<window>[^/]+)/g(?P<generation>\d+)/")
DECISION_NAME = r"\d{8}T\d{9}Z-[0-9a-f]+"
_DECISION = re.compile(rf"{COMMITS}(?P<table>[^/]+)/(?P<name>{DECISION_NAME})\.json")
_DAY = re.compile(r"/dt=(?P<day>\d{4}-\d\d-\d\d)/")
_NAME = rf"(?P<slug>[^/.]+)[/.](?P<window>{_WINDOW_LABEL})[/.]"
_FOLDER_OF_WINDOW = re.compile(rf"(?:{EXPORTS}|{OBJECT_LISTS}|{STAGING}){_NAME}")
_FILE_OF_WINDOW = re.compile(rf"{_DAY.pattern}(?:hour=[^/]+/)?{_NAME}")
_LANDED = re.compile(rf"{LANDING}(?:[^/]+/)*?log_group=([^/]+)/")
_DELIVERED = re.compile(rf"{LANDING}(?:[^/]+/)*?AWSLogs/(?:o-[^/]+/)?([0-9]{{12}})/")  # o-: of an organization's trail
_EXPORT = re.compile(
    r"exports/(?P<slug>[^/]+)/(?P<window>[^/]+)/g(?P<generation>\d+)/(?P<task>[^/]+)/(?:(?P<stream>.+)/)?"
    r"\d{6}\.gz"
)


def request_name(key: str) -> str:
    """What the keys of a request's rejection and report repeat of its own key."""
    return key[len(REQUESTS) :].encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore")


def group_slug(log_group: str) -> str:
    """A readable, collision-resistant name for a log group: ``/aws/lambda/pay`` is ``aws-lambda-pay-<20 digits>``."""
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", log_group).strip("-")[:SLUG_LENGTH].strip("-")
    digest = hashlib.sha256(log_group.encode("utf-8")).hexdigest()[:_SLUG_HASH_DIGITS]
    return f"{readable}-{digest}" if readable else digest


def window_label(window: Window) -> str:
    """``20261121T000000000Z-20261122T000000000Z``: sorts as time does."""
    return f"{_timestamp(window.from_ms)}-{_timestamp(window.to_ms)}"


def window_prefix(log_group: str, window: Window) -> str:
    """``<group>/<window>``: the key prefix that a new ledger row gets."""
    return f"{group_slug(log_group)}/{window_label(window)}"


def parse_window_label(label: str) -> Window:
    """The inverse of `window_label`.

    Raises:
        ValueError: the text is not a valid label.
    """
    match = _WINDOW.fullmatch(label)
    if not match:
        raise ValueError(f"{label!r} is not a window label")
    start, start_ms, end, end_ms = match.groups()
    return Window(_instant(start, start_ms), _instant(end, end_ms))


def window_in(match: re.Match[str] | None) -> Window | None:
    """The window from the label in a key's match group `window`; None if it is not one, or the key did not match."""
    try:
        return parse_window_label(match["window"]) if match else None
    except ValueError:
        return None


def _timestamp(ms: int) -> str:
    return from_ms(ms).strftime(_TIME_FORMAT) + f"{ms % 1000:03d}Z"


def _instant(seconds: str, milliseconds: str) -> EpochMs:
    iso = f"{seconds[:4]}-{seconds[4:6]}-{seconds[6:11]}:{seconds[11:13]}:{seconds[13:]}+00:00"
    return EpochMs(to_ms(from_ms(0).fromisoformat(iso)) + int(milliseconds))


@dataclass(frozen=True)
class WindowKeys:
    """The keys of one generation of one window of one log group.

    Attributes:
        prefix: ``<group>/<window>`` as the ledger row stores it; without it the one that a new row gets.
        decision: the name of the decision under which it is converted; empty if there is no ledger.
    """

    log_group: LogGroupName
    window: Window
    generation: int
    prefix: str = ""
    decision: str = ""

    def __post_init__(self) -> None:
        """Fills in the prefix."""
        if not self.prefix:
            object.__setattr__(self, "prefix", window_prefix(self.log_group, self.window))

    @property
    def path(self) -> str:
        """``<group>/<window>/g<n>``, which all keys of the generation share."""
        return f"{self.prefix}/g{self.generation}"

    @property
    def slug(self) -> str:
        """The log group's slug."""
        return self.prefix.partition("/")[0]

    @property
    def export_prefix(self) -> str:
        """`destinationPrefix` of the export task, without a slash at its end (CloudWatch adds one)."""
        return f"{EXPORTS}{self.path}"

    @property
    def object_list(self) -> str:
        """The list of the window's exported objects, in the control bucket."""
        return f"{OBJECT_LISTS}{self.path}.json"

    @property
    def staging_prefix(self) -> str:
        """Where every converter's staged files for this window are, in the lake bucket."""
        return f"{STAGING}{self.path}/"

    @property
    def window_staging_prefix(self) -> str:
        """Where the staged files of all generations of this window are, in the lake bucket."""
        return f"{STAGING}{self.prefix}/"

    @property
    def group_staging_prefix(self) -> str:
        """Where the staged files of all windows of the log group are, in the lake bucket."""
        return f"{STAGING}{self.slug}/"

    def table_file(self, table: str, partition: str, bundle: int, part: int = 0) -> str:
        """A Parquet file's final key.

        Args:
            table: the table.
            partition: ``dt=2026-11-21`` or ``dt=2026-11-21/hour=08``.
            bundle: the bundle's number.
            part: of the bundle; a bundle that is not split has part 0 alone.
        """
        file = f"{self._file(bundle)}.{part}" if part else self._file(bundle)
        return f"{TABLES}{table}/{partition}/{file}.parquet"

    def quarantine_file(self, table: str, day: str, bundle: int) -> str:
        """A quarantine file's final key."""
        return f"{QUARANTINE}{table}/dt={day}/{self._file(bundle)}.jsonl{COMPRESSED}"

    def staged(self, attempt: str, final_key: str) -> str:
        """Where one attempt stages the file that becomes `final_key`."""
        return f"{self.staging_prefix}{attempt}/{final_key}"

    def _file(self, bundle: int) -> str:
        decision = f".{self.decision}" if self.decision else ""
        return f"{self.path.replace('/', '.')}{decision}.{bundle:04d}"


def decision_name(ms: int, about: str) -> str:
    """The name of a decision: names sort by time, and `about` says what it is about and who decides."""
    return f"{_timestamp(ms)}-{hashlib.sha256(about.encode('utf-8')).hexdigest()[:_SLUG_HASH_DIGITS]}"


def decision_key(table: str, name: str) -> str:
    """The decision about windows of a table, in the lake bucket."""
    return f"{COMMITS}{table}/{name}.json"


def shared_file(table: str, partition: str, decision: str, number: int) -> str:
    """The final key of a file with rows of several windows of a decision."""
    return f"{TABLES}{table}/{partition}/{SHARED}{decision}.{number:04d}.parquet"


def shared_staging(table: str, decision: str = "") -> str:
    """Where the files that windows of a decision share are staged; without it, those of all decisions of a table."""
    return f"{STAGING}_shared/{table}/{decision}/" if decision else f"{STAGING}_shared/{table}/"


def parse_decision_key(key: str) -> tuple[str, str] | None:
    """The inverse of `decision_key`; None for any other key."""
    match = _DECISION.fullmatch(key)
    return (match["table"], match["name"]) if match else None


@dataclass(frozen=True)
class ExportKey:
    """What the key of an exported object says.

    Attributes:
        task_id: of the export task, or of the read.
        stream: the stream's name as exported, with ``-`` for each ``/`` of the real one; empty if the object was read.
    """

    slug: str
    window: Window
    generation: int
    task_id: str
    stream: str


def parse_export_key(key: str) -> ExportKey | None:
    """Reads the key of an exported object; None for anything else, such as the write test."""
    match = _EXPORT.fullmatch(key)
    window = window_in(match)
    if match is None or window is None:
        return None
    return ExportKey(match["slug"], window, int(match["generation"]), match["task"], match["stream"] or "")


def staged_of(key: str) -> tuple[Window, int] | None:
    """The window and the generation that a staged file is of; None for any other key."""
    match = _STAGED.match(key)
    window = window_in(match)
    return (window, int(match["generation"])) if match and window else None


def time_of(key: str) -> Window | None:
    """The time of what an object has: its window, or the day of its partition; None for any other key.

    Of a decision, it is the moment of its name: all of its windows are over by then.
    """
    match = _FOLDER_OF_WINDOW.match(key)
    decision, day = _DECISION.fullmatch(key), None if match else _DAY.search(key)
    try:
        if decision:
            named_ms = _instant(decision["name"][:15], decision["name"][15:18])
            return Window(named_ms, EpochMs(named_ms + 1))
        if day is None:
            return window_in(match)
        start = parse_instant(day["day"])
    except (ConfigError, ValueError):
        return None
    return Window(start, EpochMs(start + MS_PER_DAY))


def window_of(key: str) -> tuple[str, Window] | None:
    """The log group's slug and the window that an object belongs to; None for any other key."""
    match = _FOLDER_OF_WINDOW.match(key) or _FILE_OF_WINDOW.search(key)
    window = window_in(match)
    return (match["slug"], window) if match and window else None


def exported_stream_name(log_stream: str) -> str:
    """A stream's name as the export writes it into the key."""
    return log_stream.replace("/", "-")


def landing_folder(log_group: str) -> str:
    """Where objects land that don't say their log group: ``landing/log_group=%2Fmy%2Falb/``."""
    return f"{LANDING}log_group={quote(log_group, safe='')}/"


def landed_group(key: str) -> LogGroupName | None:
    """The log group that the key of a landed object names (see `landing_folder`), or None."""
    match = _LANDED.match(key)
    return LogGroupName(unquote(match[1])) if match else None


def landed_account(key: str) -> str:
    """The account that a service names in the key of a landed object: ``AWSLogs/<account>/``; empty if none."""
    match = _DELIVERED.match(key)
    return match[1] if match else ""


def landed_quarantine_file(key: str) -> str:
    """The quarantine file of a landed object: no table has it yet, since what is not an event has no log group.

    It depends on the object's key alone, so a later look that finds nothing wrong any more can remove it. The digest
    is longer than a slug's, because thousands of landed keys may begin alike.
    """
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", key[len(LANDING) :]).strip("-")[:SLUG_LENGTH].strip("-")
    return f"{QUARANTINE}_landing/{readable}-{hashlib.sha256(key.encode('utf-8')).hexdigest()[:32]}.jsonl{COMPRESSED}"


def partition_of(ms: int, partition_by: str) -> str:
    """The partition folder of an instant: ``dt=2026-11-21``, with ``/hour=08`` if `partition_by` is ``hour``."""
    day = f"dt={day_of(ms)}"
    return f"{day}/hour={from_ms(ms):%H}" if partition_by == "hour" else day
