"""The cost of other ways to query CloudWatch Logs."""

from __future__ import annotations

import pytest

from infra.docs.alternatives import GB_PER_DAY, alternatives

pytestmark = pytest.mark.unit

LANDING = "loglake, landing by Firehose, each"


def usd(gb_per_day: float) -> dict[str, float]:
    return {each.name: each.usd for each in alternatives(gb_per_day)}


def test_the_page_says_where_loglake_is_dearer() -> None:
    """If this changes, the section "What else there is" of docs/aws/cost.md must change too."""
    for gb in GB_PER_DAY:
        assert usd(gb)["loglake, export by tasks"] > usd(gb)["Firehose, converts to Parquet"]
        more = usd(gb)[f"{LANDING} 5 minutes"] - usd(gb)[f"{LANDING} 30 minutes"]
        assert 120 <= round(more, -1) <= 160
    assert [name for name, fits in ((each.name, each.fits) for each in alternatives(100)) if not fits] == [
        "loglake, export by reading"
    ]
    assert [usd(gb)["loglake, export by tasks"] > usd(gb)["CloudWatch Logs Insights"] for gb in GB_PER_DAY] == [
        True,
        False,
        False,
    ]
    assert [usd(gb)["loglake, export by tasks"] > usd(gb)["Firehose to S3 Tables"] for gb in GB_PER_DAY] == [
        True,
        False,
        False,
    ]


def test_an_alternative_is_the_arithmetic_that_it_says() -> None:
    found = {each.name: {part.name: part.usd for part in each.parts} for each in alternatives(10)}
    insights, tables = found["CloudWatch Logs Insights"], found["Firehose to S3 Tables"]
    assert insights["queries"] == pytest.approx(20 * 30 * 10 * 0.005)
    assert insights["kept logs"] == pytest.approx(10 * 0.15 * 360 * 0.03)
    assert tables["Firehose to Iceberg"] == pytest.approx(10 * 30 * 0.075)
    converting = found["Firehose, converts to Parquet"]
    assert converting["conversion"] == pytest.approx(10 * 30 * 0.018)
    assert converting["Athena scans"] == found["loglake, export by tasks"]["Athena scans"]


@pytest.mark.parametrize("gb", GB_PER_DAY)
def test_each_alternative_says_what_it_lacks_in_sentences(gb: float) -> None:
    for each in alternatives(gb):
        assert each.lacks[0].isupper()
        assert each.lacks.endswith(".")
        assert each.usd > 0
