"""The embedded AWS of the commands: it also has CloudWatch's export tasks."""

from __future__ import annotations

from gluelocal.clock import Clock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake_cli.local.exports.bucket_policies import refused_action
from loglake_cli.local.exports.export_service import ExportService
from loglake_cli.local.exports.export_settings import ExportSettings


class ExportingAws(EmbeddedAws):
    """An embedded AWS with export tasks, which moto has otherwise than CloudWatch.

    Attributes:
        exports: the export service; export tasks of others are started here.
    """

    def __init__(self, clock: Clock, export: ExportSettings | None = None, port: int = 0) -> None:
        settings = export or ExportSettings()
        super().__init__(clock, arrival=settings.arrival, port=port)
        self.exports = ExportService(self, settings)
        self.services.append(self.exports.api)

    def catch_up(self) -> None:
        """Does what is due by now, export tasks included."""
        self.exports.catch_up()
        super().catch_up()

    def stop(self) -> None:
        """Cancels running exports, then as `EmbeddedAws`."""
        self.exports.stop()
        super().stop()


def with_permissions(aws: ExportingAws) -> ExportingAws:
    """Makes export tasks need the permission of a bucket's policy from now on, as CreateExportTask does."""
    aws.exports.refused = lambda destination: refused_action(aws, destination)
    return aws
