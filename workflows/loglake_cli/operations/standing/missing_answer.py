"""What an answer over a lake lacks. What needs boto3 is imported only for a lake with a ledger."""

from __future__ import annotations

from gluelocal.kept.keep import is_kept
from loglake.core.accounting import total
from loglake.pipelines.folder_convert.journal import TableJournal
from loglake_cli.deploy.stacks import database_name
from loglake_cli.errors import REFUSALS
from loglake_cli.operations.lakes.converted import table_names
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.standing.missing import Lack, Missing, Reads, Why
from loglake_cli.operations.tables.locations import open_place

_NO_LEDGER = "this lake has no ledger."


def missing_of(lake: Lake, reads: Reads) -> Missing:
    """What an answer over a lake lacks; unknown without a ledger, or if it can't be read.

    Args:
        lake: of any kind.
        reads: as `QueryResult.reads`.
    """
    if reads is not None and not reads:
        return Missing()  # such as SHOW TABLES
    if lake.kind is Kind.CONVERTED:
        return _of_converted(lake.place, reads)
    if lake.kind is Kind.RUN and not is_kept(lake.folder):
        return Missing(unknown=_NO_LEDGER)  # a catalog with files, and nothing else
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (boto3, which no folder needs)

    from loglake_cli.operations.deployment import on_aws  # noqa: PLC0415
    from loglake_cli.operations.evidence import kept_evidence  # noqa: PLC0415
    from loglake_cli.operations.standing.missing_reads import missing_in  # noqa: PLC0415

    try:
        is_run = lake.kind is Kind.RUN
        return missing_in(
            kept_evidence(lake.folder) if is_run else on_aws(lake.place, database_name(lake.place)), reads
        )
    except (*REFUSALS, ClientError, BotoCoreError) as error:
        return Missing(unknown=f"the ledger can't be read ({error}).")


def _of_converted(place: str, reads: Reads) -> Missing:
    """What the journals know: quarantine and rescued values of whole tables."""
    output = open_place(place)
    found: list[Lack] = []
    for table in table_names(output):
        if reads is None or table in reads:
            counts = total(bundle.accounting for bundle in TableJournal(output, table).read().bundles.values())
            for why, count in ((Why.QUARANTINED, counts.quarantined), (Why.RESCUED, counts.rescued_values)):
                found += [Lack(why, table, count=count)] if count else []
    return Missing(tuple(found), _NO_LEDGER)
