"""Checks cases in a process of its own, so that a crash or hang does not harm the caller."""

from __future__ import annotations

import faulthandler
import multiprocessing
import re
import resource
import signal
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time

from fuzz.case import Case
from fuzz.check import check
from fuzz.convert import Convert
from fuzz.findings import Finding, FoundError, crash
from loglake.kernels.convert import convert_bundle

LIMIT_S = 20.0
"""Processor time of a case: what takes longer hangs. Most take a tenth of a second."""

WAITS = 3
"""How many times the limit a case may take by the clock, on a machine that has other things to do."""

_OWN_FRAME = re.compile(r'File ".*/loglake/(.+)", line \d+ in (\w+)')


@dataclass(frozen=True)
class Outcome:
    """The result of checking a case.

    Attributes:
        seconds: processor time; if the process was lost, time by the clock.
    """

    finding: Finding | None
    seconds: float


def judge(case: Case, run: Convert = convert_bundle) -> Outcome:
    """Checks a case in this process."""
    start, finding = process_time(), None
    try:
        check(case, run)
    except FoundError as found:
        finding = found.finding
    except Exception as error:
        finding = crash("checking", error).finding
    return Outcome(finding, process_time() - start)


class Worker:
    """A process that checks one case after the other; if it dies or has to be ended, a new one takes over.

    Args:
        limit_s: seconds of processor time that a case may take.
        run: the conversion to test; a function of a module, since another process has to find it.
    """

    def __init__(self, limit_s: float = LIMIT_S, run: Convert = convert_bundle) -> None:
        self._limit_s = limit_s
        self._run = run
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-")
        self._stacks = Path(self._folder.name, "stacks")
        self._start()

    def judge(self, case: Case) -> Outcome:
        """Checks a case."""
        start = perf_counter()
        self._pipe.send(case)
        try:
            # The process itself reports the place at which it hangs, and ends. If it can't even do that, it is ended.
            if self._pipe.poll(self._limit_s * WAITS + 5):
                outcome: Outcome = self._pipe.recv()
                return outcome
        except EOFError:
            pass
        return Outcome(self._lost(), perf_counter() - start)

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._folder.cleanup()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, str(self._stacks), self._limit_s, self._run)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        try:
            self._pipe.recv()  # ready: imports don't count as a case's time
        except EOFError:
            raise RuntimeError("the process that checks cases does not start: see its error above") from None

    def _lost(self) -> Finding:
        """Finds out what happened to the process, and starts a new one."""
        self._process.join(1)
        code = self._process.exitcode
        stacks = self._stacks.read_text("utf-8", "replace")
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._start()
        frame = _OWN_FRAME.search(stacks)
        where = f"{frame[1]}:{frame[2]}" if frame else "?"
        hangs = code in (None, -signal.SIGXCPU) or "Timeout" in stacks
        kind = f"hang in {where}" if hangs else f"the process died in {where} (exit code {code})"
        return Finding(kind, stacks[-6_000:])


def _serve(pipe: Connection, stacks: str, limit_s: float, run: Convert) -> None:
    with open(stacks, "w", encoding="utf-8") as file:
        faulthandler.enable(file)
        faulthandler.register(signal.SIGXCPU, file, chain=True)
        pipe.send("ready")
        while True:
            try:
                case = pipe.recv()
            except EOFError:
                return
            faulthandler.dump_traceback_later(limit_s * WAITS, exit=True, file=file)
            _limit_cpu(limit_s)
            outcome = judge(case, run)
            faulthandler.cancel_dump_traceback_later()
            pipe.send(outcome)


def _limit_cpu(seconds: float) -> None:
    """Limits the processor time from now on; SIGXCPU comes at the limit."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (end, resource.getrlimit(resource.RLIMIT_CPU)[1]))
