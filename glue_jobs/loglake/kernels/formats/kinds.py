"""What the fields of a header look like: RE2 by kind, which Python's own expressions read alike."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.kernels.formats.levels import MESSAGE_ID
from loglake.kernels.formats.times.layouts import DATES as LAYOUTS_OF_DATES
from loglake.kernels.formats.times.layouts import LAYOUTS, NAMED_ZONES, unnamed

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-6]\d"
_DATE = r"[12]\d{3}[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])"
_ISO_TIME = rf"{_CLOCK}(?:[.,:]\d{{1,9}})?"

DATES: Mapping[str, str] = {name: unnamed(layout) for name, layout in LAYOUTS_OF_DATES.items()}
"""Times with a date: an event that starts with one has a header."""

CLOCKS: Mapping[str, str] = {
    "clock": rf"{_CLOCK}(?:[.,]\d{{1,9}})?",
    "nanoseconds": r"1[4-9]\d{17}",  # from 2014 on
    "since": r"1[4-9]\d{8}(?:\.\d{1,9}|\d{3})?",  # from 2014 on
    "epoch": r"1\d{9}(?:\.\d{1,9})?|1\d{12}",
}
"""Times that may be something else: a level has to follow."""

LEVEL_WORDS = (
    *("trace", "finest", "finer", "verbose", "trce", "trc", "vrb"),
    *("debug", "fine", "dbug", "dbg"),
    *("information", "informational", "info", "notice", "inf", "config"),
    *("warning", "warn", "wrn"),
    *("error", "eror", "err", "severe", "fail"),
    *("fatal", "critical", "crit", "alert", "emergency", "emerg", "panic", "dpanic", "ftl", "shout"),
)
CAPITALS = "|".join(word.upper() for word in LEVEL_WORDS)
ANY_CASE = f"(?i:{'|'.join((*LEVEL_WORDS, 'trac', 'debu', 'noti', 'erro', 'aler', 'emer'))})"
"""Cut at four letters, too: only if something marks it as a level."""

EXTENSION = (
    "(?:go|py|java|kt|scala|clj|rs|rb|php|js|mjs|ts|tsx|cs|fs|cc|cpp|cxx|c|h|hpp|m|swift|ex|exs|erl|lua|pl|pm|sh|dart|jl"
    "|hs)"
)
NAME_PART = r"(?:[\w$-]+|\[[^\]\n]*\])"
_HEX = "[0-9a-fA-F]"
UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"

KINDS: Mapping[str, str] = {
    **{name: unnamed(layout) for name, layout in LAYOUTS.items()},
    **CLOCKS,
    "capitals": CAPITALS,
    "any_case": ANY_CASE,
    "letter": "[TDIWEFC]",
    "number": r"\d{1,19}",
    "hex": f"(?:0x)?{_HEX}+",
    "id": rf"{UUID}|{_HEX}{{16,64}}|1-{_HEX}{{8}}-{_HEX}{{24}}",
    "uuid": UUID,
    "host": r"[\w.:-]+",
    "file": rf"[\w.@/\\<>-]+\.{EXTENSION}",
    # A name that is no word of English: it has parts, or an underscore.
    "name": rf"[A-Za-z_$][\w$-]*(?:(?:\.|::|/|\\|#|@){NAME_PART})+|[A-Za-z]\w*_\w*",
    # A name of several words: small letters, and then a capital one.
    "camel": r"[A-Z][A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9$]*",
    # The name of a class, or of a package as its domain starts. A host is neither.
    "class": r"(?:[a-z_][\w-]*\.)*[A-Z][\w$]*|(?:org|com|net|io|javax?|jakarta|[a-z])(?:\.[a-z_]\w*){2,}",
    "dots": r"\d+\.\d+\.\d+",
    "digits": r"\d{1,19}",
    "decimal_id": r"\d{10,20}|[0-9a-f]{32}",
    "word": r"[A-Za-z_$][\w$-]*",
    # Of Python: what is no word of a message.
    "module": r"root|__\w+__|[A-Za-z_]\w*(?:\.\w+)+|[A-Za-z]\w*_\w*",
    "path": rf"[A-Za-z_$<][\w$<>-]*(?:(?:\.|::|/|\\|#|@)(?:{NAME_PART}|<\w+>))*",
    "absolute": r"/[\w./@-]+",
    "function": r"[\w<>]+",
    "trace": f"{_HEX}{{16,32}}-{_HEX}{{16}}",
    "address": r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)(?::\d{1,5})?",
    "quoted": r'[^"\n]*',
    "kitchen": r"\d{1,2}:\d\d[AP]M",
    "php": "Fatal error|Parse error|Warning|Notice|Deprecated",
    "mark": "[.*#-]",
    "role": "[MSCX]",
    "handler": "signal-handler",
    "mongodb": (
        "ACCESS|COMMAND|CONTROL|ELECTION|EXECUTOR|FTDC|GEO|INDEX|INITSYNC|JOURNAL|NETWORK|QUERY|RECOVERY|REPL|REPL_HB"
        "|ROLLBACK|SHARDING|SHARDING_REFINE|STORAGE|TXN|WRITE|ASIO|CONNPOOL"
    ),
    "exim": r"[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}",
    "exim_sign": r"<=|=>|->|>>|\*>|\*\*|==",
    "wrapped": r"jvm +\d+|wrapper|wrapperp|wrapperm",
    # Of one software, or of a few: `known` has them.
    "flag": "true|false",
    "logrus": "TRAC|DEBU|ERRO|FATA|PANI",
    "verbosity": r"D[1-5]|[TDINWEFC]",
    "loguru": f"{CAPITALS}|SUCCESS",
    "nest": "LOG|ERROR|WARN|DEBUG|VERBOSE|FATAL",
    "audit": "AUDIT",
    "pgbouncer": "LOG|NOISE",
    "dotted": r"[a-z_$][\w$]*(?:\.[\w$]+){2,}",
    "torchserve": "(?:MODEL|ACCESS|TS|MODEL_METRICS|TS_METRICS)_LOG|MODEL_METRICS|TS_METRICS",
    "kid": r"kid\d+",
    "worker": "Worker-[0-9a-f]+",
    "seconds": r"\d{1,9}\.\d{3}",
    "asctime": rf"{_DATE} {_CLOCK},\d{{3}}",
    "vertica": f"{CAPITALS}|LOG|ROLLBACK",
    "words": r"[A-Za-z][\w /-]*?",
    "supervisor": "BLAT|TRAC|DEBG|ERRO",
    "liberty_id": r"[A-Z]{4,5}\d{4}[A-Z]",
    "code": f"{MESSAGE_ID}[A-Z]?",
    "liberty_type": "[FEWAICDOR><]",
    "report": "CRASH|SUPERVISOR|PROGRESS|INFO|NOTICE|WARNING|ERROR|CRITICAL",
    "severity": "[0-7]",
    # Of one software, where its header shows what they are.
    "aerospike": "CRITICAL|WARNING|INFO|DEBUG|DETAIL",
    "android_level": "[VDIWEF]",
    "apple": "Default|Info|Debug|Error|Fault",
    "chromium_level": r"INFO|WARNING|ERROR|FATAL|VERBOSE\d",
    "esp": "[EWIDV]",
    "esxi": "Em|Al|Cr|Er|Wa|No|In|Db",
    "idea": r"[#.]?[\w$.-]+",
    "unreal_category": r"Log[A-Z]\w*",
    "julia": "Debug|Info|Warning|Error",
    "npm": "silly|verbose|http|info|notice|timing|warn|error",
    "diagnostic": "error|warning|info|message",
    "diagnostic_code": r"[A-Z]{1,8}\d{2,6}",
    "samba": r"\d{1,2}",
    "small_letter": "[diwef]",
    "colon_name": r"[a-z][\w-]*(?::[a-z][\w-]*)*",
    "unreal_level": "Display|Log|Warning|Error|Verbose|VeryVerbose|Fatal",
    "topics": r"[a-z0-9-]+(?:,[a-z0-9-]+)*",
    "facility": "kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7]",
    "year_day": r"\d{3}/\d{6}",
    "float": r"\d{1,19}\.\d{1,9}",
    "float_epoch": r"1\.\d{1,18}e\+?09",
    "squid": r"1\d{9}\.\d{3}",
    "zone": r"[A-Z]\w+/[\w/+-]+",
    "uptime": r"\d+(?:\.\d+)?(?:ns|us|µs|ms|s)",
    "gc_tags": r"(?:gc|safepoint|os|cds|class|pagesize|jit|init|metaspace|startuptime|perf)\w*(?:[,+][\w+]+)*",
    "method": (
        "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|REPORT"
        "|PURGE|-"
    ),
    "uri": r"\S+",
    "http": r"HTTP/\d(?:\.\d)?|-",
    "ip": r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*",
    "slashless": r"[^\s/]+",
    "dyno": r"[A-Za-z][\w.-]*",
    "nodename": r"[\w@.-]+",
    "date": _DATE,
    "w3c": r'"[^"\n]*"|\S+',
    "w3c_ip": r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*(?:%\w+)?|-",
    "w3c_name": r"[^\s:/]*[A-Za-z_][^\s:/]*|-",
    "w3c_status": r"[1-9]\d\d|0|-",
    # https://www.iana.org/assignments/http-methods, https://www.iana.org/assignments/ftp-commands-extensions, SMTP's,
    # and what IIS writes for FTP: https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/site/ftpserver/logfile/
    "w3c_method": (
        "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|REPORT"
        "|PURGE|ACL|BASELINE-CONTROL|BIND|CHECKIN|CHECKOUT|LABEL|LINK|MERGE|MKACTIVITY|MKCALENDAR|MKREDIRECTREF"
        "|MKWORKSPACE|ORDERPATCH|PRI|QUERY|REBIND|SEARCH|UNBIND|UNCHECKOUT|UNLINK|UPDATE|UPDATEREDIRECTREF"
        "|VERSION-CONTROL|SUBSCRIBE|UNSUBSCRIBE|NOTIFY|POLL|BCOPY|BDELETE|BMOVE|BPROPFIND|BPROPPATCH|BITS_POST|CCM_POST"
        r"|RPC_IN_DATA|RPC_OUT_DATA|(?:\[\d+\])?(?:ABOR|ACCT|ALLO|APPE|AUTH|CCC|CDUP|CWD|DELE|EPRT|EPSV|FEAT|HELP|HOST"
        "|LANG|LIST|MDTM|MKD|MLSD|MLST|MODE|NLST|NOOP|OPTS|PASS|PASV|PBSZ|PORT|PROT|PWD|QUIT|REIN|REST|RETR|RMD|RNFR"
        "|RNTO|SITE|SIZE|SMNT|STAT|STOR|STOU|STRU|SYST|TYPE|USER|XCUP|XCWD|XMKD|XPWD|XRMD|created|sent|closed)"
        "|(?:Control|Data)Channel(?:Opened|Closed)|HELO|EHLO|MAIL|RCPT|DATA|RSET|VRFY|EXPN|BDAT|STARTTLS|TURN|ETRN|-"
    ),
    "zeek": r"[^\t\r\n]*",
    "zeek_bool": "[TF]|-",
    "zeek_time": r"1\d{9}(?:\.\d{1,9})?|-",
    "interface": r"[^\s:/()][^:/()\n]*",
    "apostrophes": r"[^'\n]*",
    "listed": r"[^,\n]*",
    "csv": r'"(?:[^"\n]|"")*"|[^",\n]*',
    "ssv": r'"(?:[^"\n]|"")*"|[^";\n]*',
    "tsv": r'"(?:[^"\n]|"")*"|[^"\t\n]*',
    "brackets": r"[^\[\]\n]*?",
    "roundless": r"[^()\n]*[^()\s]",
    "couch": r"[\w.-]*<[\d.]+>",
    "pointer": r"[0-9a-f]{12}",
    "peer": r"-|\S+:\d{1,5}/\d{1,19}",
    "hexes": f"{_HEX}*",
    "account": r"[^\s(]+",
    "part": r"[^;\n]*?",
    "bracketless": r"[^\s\[\]]*",
    "queue": r"[0-9A-F]{6,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{12,20}|NOQUEUE",
    "plus": r"[+-]?\d{1,19}",
    "retries": r"\+?\d{1,9}",
    "reason": r"[A-Za-z' -]*",
    "dmesg": r"\d{1,9}\.\d{6}",
    "alert": r"-|[A-Z]+",
    "text": r"[^\n]*",
    "short_text": r"[^\n]*?",
    "status": r"[1-5]\d\d|0|-",
    "count": r"-?\d{1,19}|-",
    "measure": r"-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?|-",
    "request_id": rf"req-{UUID}",
    "upper": "[A-Z]+|-",
    "filled": r"[^\s\[\]|]+",
    # Not a number: what is one is a kind of its own.
    "square": r"(?:[^\[\]\n]|\[[^\[\]\n]*\])*[^\[\]\n\d#: ](?:[^\[\]\n]|\[[^\[\]\n]*\])*",
    "maybe": r"(?:[^\[\]\n]|\[[^\[\]\n]*\])*",
    "keyed": r"[^\[\]\n]*=[^\[\]\n]*",
    "round": r"(?:[^()\n]|\([^()\n]*\))*",
    "curly": r"[ \t]*(?:[^{}\"\s][^{}\n]*)?",  # a quote begins an object
    "angle": r"[^<>\n]*",
    "cells": r"[^\s|\[\]]+",
    "cell": r"[^|\n]*?",
    "tabbed": r"[^\t\n]*",
    "semicolons": r"[^;\n]*",
    "token": r"[^\s\"|,;]+",
    "thread": r"[^\[\]/\n]+",
}

NUMBERS = frozenset(
    {"number", "plus", "retries", "dmesg", "seconds", "count", "measure", "status", "w3c_status", "samba"}
)
"""Kinds whose columns may have a type of numbers."""

ROWS: Mapping[str, str] = {",": "csv", ";": "ssv", "\t": "tsv"}
"""The kinds of the cells of rows, by what is between them. Quotes may be around a cell, doubled in it."""

DASHED = frozenset(
    {
        *("status", "method", "http", "count", "measure", "uri", "quoted", "filled"),
        *("w3c", "w3c_ip", "w3c_name", "w3c_status", "w3c_method", "zeek", "zeek_bool", "zeek_time", "tsv"),
    }
)
"""Kinds whose value may be a dash, which stands for none."""

TIMES = frozenset({"zeek_time"})
"""Kinds whose columns are timestamps."""

PADDED = frozenset({"square", "keyed", "maybe", "round", "curly", "angle", "cell", "tabbed", "semicolons"})
"""Kinds whose values may have white space around them, which is no part of them."""

_WORD_ZONE = rf"(?:Z|[+-]\d\d:?\d\d|{NAMED_ZONES})?"
SPACED_ZONES = (*NAMED_ZONES.split("|"), "+0000", "-00:00")
"""Words that are the zone of the time before them."""

WORDS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "iso": ((rf"{_DATE},? {_ISO_TIME}{_WORD_ZONE}", 2), (rf"{_DATE}[T_]{_ISO_TIME}{_WORD_ZONE}", 1)),
    "name": ((r"[A-Za-z_$][\w$-]*(?:(?:\.|::|/|\\|#|@)[\w$-]+)+|[A-Za-z]\w*_\w*", 1),),
    "path": ((r"[A-Za-z_$<][\w$<>-]*(?:(?:\.|::|/|\\|#|@)(?:[\w$-]+|<\w+>))*", 1),),
    **{
        kind: ((KINDS[kind], 1),)
        for kind in (
            *("capitals", "any_case", "letter", "logrus", "loguru", "nest", "verbosity"),
            *("number", "hex", "id", "decimal_id", "host", "nodename", "file", "camel", "class", "word", "module"),
            *("dotted", "function", "trace", "uptime", "token", "filled"),
        )
    },
}
"""RE2 of values of a kind without white space but that between a date and its time, and how many words they are."""

ENCLOSED: Mapping[str, tuple[str, str]] = {
    "square": ("[]", r"[^\s\[\]]*[^\s\[\]\d#:][^\s\[\]]*"),
    "maybe": ("[]", r"[^\s\[\]]+"),
    "round": ("()", r"[^\s()]+"),
}
"""Of kinds that only a bracket ends: the brackets, and RE2 of values that are one word and have none."""
