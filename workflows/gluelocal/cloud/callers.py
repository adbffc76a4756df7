"""Who calls the embedded AWS, as its keys and `Call.caller` name them."""

from __future__ import annotations

CLIENT = "gluelocal"
"""The caller of the jobs, and of everyone who uses `EmbeddedAws.environment`."""
RUNTIME = "gluelocal-runtime"
"""The runtime's own calls: its queues, the crawler, the checks. On AWS they don't exist."""
EXPORTER = "logs.amazonaws.com"
"""CloudWatch Logs when it writes to buckets: it is a separate principal there."""
CLOUDFORMATION = "cloudformation.amazonaws.com"
"""CloudFormation when it makes resources for a caller without a role."""
