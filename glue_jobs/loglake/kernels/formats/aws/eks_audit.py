"""The audit log of Kubernetes, as EKS delivers it to CloudWatch Logs: one JSON object per request to the API server."""

from __future__ import annotations

from loglake.kernels.formats.base import About
from loglake.kernels.formats.json_kinds import JsonRecordFormat
from loglake.kernels.formats.signs import BRACE, Sign


class EksAuditFormat(JsonRecordFormat):
    """JSON objects that start with kind ``Event`` of the API ``audit.k8s.io``, and have ``auditID`` and ``stage``.

    The message is verb, path and status, such as ``get /api/v1/nodes 200``. There is no level: what the record calls
    so is how much of a request the policy keeps (``Metadata``, ``RequestResponse``), found in ``level_field``.

    Other logs of the control plane (authenticator, scheduler) are what their lines are, mostly plain text.
    """

    start = r'"kind"\s*:\s*"Event"\s*,\s*"apiVersion"\s*:\s*"audit\.k8s\.io/'
    keys = ('"auditID"', '"stage"')
    message = (("verb",), ("requestURI",), ("responseStatus", "code"))
    signs = (Sign(BRACE, "auditID"),)
    id = "eks_audit"
    about = About(
        title="Audit logs of Kubernetes, as EKS delivers them",
        source="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
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
