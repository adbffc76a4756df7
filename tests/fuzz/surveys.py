"""Whether a survey of each object, and the windows that come of it, count what one conversion of all counts."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from support.fakes.stores import MemoryStore

from fuzz.case import Case
from fuzz.convert import Convert, Converted, CutStore, convert_one
from fuzz.findings import crash, expect
from loglake.core.accounting import Accounting
from loglake.core.landing.objects import Survey
from loglake.core.schema.conversion import RawObject, TablePlan
from loglake.core.units import LogGroupName
from loglake.kernels.scan import IMPOSSIBLE, survey_object


def check_surveys(case: Case, plan: TablePlan, made: Converted, run: Convert) -> None:
    """Raises where the counts of landed objects differ from those of the same objects as they were converted."""
    store = CutStore(case, case.cuts[-1])
    surveys = [_survey(raw, store) for raw in case.objects()]
    for survey in surveys:
        _compare(survey, made.result.objects.get(survey.raw.key, Accounting()))
    for group, events in _events_in_window(case, surveys).items():
        bundle = replace(case.bundle(), log_group=group, landed=True)
        counts = convert_one(bundle, plan, store, run).result.accounting
        expect(counts.balanced, "the accounting of a landed bundle does not balance", counts)
        expect(counts.events_in == events, "a landed bundle has other events than its survey", f"{events}: {counts}")
        expect(not counts.quarantined and not counts.out_of_window, "a landed bundle quarantines", counts)


def _survey(raw: RawObject, store: MemoryStore) -> Survey:
    lake = MemoryStore("lake")
    try:
        survey = survey_object(raw, store, lake)
    except Exception as error:
        raise crash("surveying", error) from error
    entries = sum(gzip.decompress(body).count(b"\n") for body in lake.objects.values())
    expect(entries == survey.damage.quarantined, "a survey's file does not hold what was counted", survey.damage)
    expect(sum(survey.reasons.values()) == entries, "a survey's reasons do not add up", survey.reasons)
    expect(Survey.from_json(json.loads(json.dumps(survey.to_json()))) == survey, "a survey is another one after JSON")
    return survey


def _compare(survey: Survey, counts: Accounting) -> None:
    """An event whose time no window can have is a row for the one, and in quarantine for the other."""
    impossible = survey.reasons.get(IMPOSSIBLE, 0)
    found = (survey.events_in, survey.damage.quarantined - impossible)
    expect(found == (counts.events_in, counts.quarantined), "a survey counts otherwise", f"{found}: {counts}")


def _events_in_window(case: Case, surveys: Sequence[Survey]) -> dict[LogGroupName, int]:
    """Events of the case's window by log group, of those that have a name."""
    events: Counter[LogGroupName] = Counter()
    for survey in surveys:
        for (group, hour), count in survey.windows().items():
            if group and hour.from_ms in case.window:
                events[group] += count
    return dict(events)
