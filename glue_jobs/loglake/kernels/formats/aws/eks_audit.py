"""The audit log of Kubernetes, as EKS delivers it to CloudWatch Logs: one JSON object per request to the API server."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings
from loglake.kernels.formats.base import About, Parse
from loglake.kernels.formats.json_kinds import Picked, has_all, kind_parser, words
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.signs import BRACE, Sign
from loglake.kernels.json.infer_types import infer_json_types

_VERB: FieldPath = ("verb",)
_URI: FieldPath = ("requestURI",)
_CODE: FieldPath = ("responseStatus", "code")

_FIRST = r'"kind"\s*:\s*"Event"\s*,\s*"apiVersion"\s*:\s*"audit\.k8s\.io/'


class EksAuditFormat:
    """JSON objects that start with kind ``Event`` of the API ``audit.k8s.io``, and have ``auditID`` and ``stage``.

    The message is verb, path and status, such as ``get /api/v1/nodes 200``. There is no level: what the record calls
    so is how much of a request the policy keeps (``Metadata``, ``RequestResponse``), found in ``level_field``.

    Other logs of the control plane (authenticator, scheduler) are what their lines are, mostly plain text.
    """

    signs = (Sign(BRACE, "auditID"),)
    id = "eks_audit"
    source = "https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html"
    about = About(
        title="Audit logs of Kubernetes, as EKS delivers them",
        detection=(
            "A JSON object that starts with the kind Event and an apiVersion of audit.k8s.io, and has auditID "
            "and stage."
        ),
        level="None: what the record calls level is how much of a request is kept.",
        example=(
            '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"64d9f3d1","stage":"ResponseComplete",'
            '"requestURI":"/api/v1/nodes","verb":"get","responseStatus":{"code":200}}'
        ),
        note="The fields of the object.",
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with kind and API, as Kubernetes writes it, and has the other keys."""
        return has_all(raw, '"auditID"', '"stage"', start=_FIRST)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`."""
        return infer_json_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `kind_parser`."""
        return kind_parser(schema, self.matches, (_VERB, _URI, _CODE), _describe, rest=rest)


def _describe(picked: Picked) -> tuple[Strings, Strings]:
    message = words(picked[_VERB], picked[_URI], picked[_CODE])
    return message, no_level(len(message))
