"""Checks a case: nothing breaks, nothing is lost, all is counted, and chunk sizes make no difference."""

from __future__ import annotations

from dataclasses import asdict

from fuzz.case import Case
from fuzz.convert import Convert, Converted, convert, plan_of
from fuzz.findings import expect
from fuzz.inputs.values import check_values
from fuzz.rows import check_rows
from fuzz.scans import check_scans
from loglake.core.accounting import total
from loglake.kernels.convert import convert_bundle


def check(case: Case, run: Convert = convert_bundle) -> None:
    """Raises `FoundError` for the first thing that is wrong.

    Args:
        case: what to convert.
        run: the conversion to test.
    """
    plan = plan_of(case)
    whole = convert(case, plan, case.cuts[0], run)
    for sizes in case.cuts[1:]:
        other = convert(case, plan, sizes, run)
        results = (asdict(whole.result), asdict(other.result))  # == ignores text_bytes
        expect(results[0] == results[1], "chunks change the result", f"{sizes}: {results}")
        expect(other.files == whole.files, "chunks change the files", sizes)
    _check_counts(whole)
    check_rows(case, plan, whole)
    check_values(case, plan, whole)
    check_scans(case, plan, whole, run)


def _check_counts(made: Converted) -> None:
    """Checks that the accounting matches the files."""
    result, counts = made.result, made.result.accounting
    expect(counts.balanced, "the accounting does not balance", counts)
    expect({staged.staged_key for staged in result.files} == set(made.files), "staged files are not those named")
    for staged in result.files:
        expect(staged.size_bytes == len(made.files[staged.staged_key]), "a staged file has another size", staged)
    rows = sum(staged.rows for staged in result.files if staged.partition)
    entries = sum(staged.rows for staged in result.files if not staged.partition)
    expect((rows, entries) == (counts.rows_out, counts.quarantined), "files and accounting differ", counts)
    expect(entries == len(made.entries()), "quarantine does not hold what was counted", counts)
    expect(total(result.objects.values()) == counts, "the objects' counts do not add up", result.objects)
    expect(sum(result.reasons.values()) == counts.quarantined, "the reasons do not add up", result.reasons)
