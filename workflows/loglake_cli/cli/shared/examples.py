"""What `--help` shows of each command in use."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "loglake local run",
        "loglake local run --logs app.log --log-group /app/mine",
        'loglake query "SELECT * FROM app_mine LIMIT 10"',
    ),
    "local": ("loglake local run", "loglake local up --ui"),
    "local run": (
        "loglake local run",
        "loglake local run --logs app.log --log-group /app/mine",
        "loglake local run --landing payload.gz --log-group /app/live --json",
    ),
    "local up": (
        "loglake local up --ui",
        "loglake local up --logs logs/ --log-group /app/mine --port 4566",
        "loglake local up --empty --port 4566",
    ),
    "convert": (
        "loglake convert exports/shop lake",
        "loglake convert s3://my-exports/shop lake --log-group /app/shop --dry-run",
    ),
    "export": (
        "loglake export /app/shop --from yesterday --to today --lake aws:loglake --wait",
        "loglake export '/app/*' --from 2026-11-01 --to 2026-11-08 --lake aws:loglake",
    ),
    "pause": ("loglake pause /app/noisy --lake aws:loglake",),
    "resume": ("loglake resume /app/noisy --lake aws:loglake",),
    "query": (
        'loglake query "SELECT level, count(*) FROM app_shop GROUP BY level"',
        'loglake query "SELECT * FROM app_shop" --into app_shop.parquet',
        "loglake query --saved vpc-flow-rejected --table vpc_flow",
        "loglake query --views",
        'loglake query "SELECT count(*) FROM app_shop" --lake aws:loglake',
    ),
    "find": (
        "loglake find 8f14e45f-ceea-467f-a0e6-1c2d3e4f5a6b",
        "loglake find 'connection refused' --from -12h --lake aws:loglake",
    ),
    "status": ("loglake status", "loglake status --lake aws:loglake --json"),
    "schema": ("loglake schema show app_shop", "loglake schema set app_shop status=double"),
    "schema show": ("loglake schema show app_shop", "loglake schema show app_shop --history --lake aws:loglake"),
    "schema suggest": (
        "loglake schema suggest app_shop",
        "loglake schema suggest app_shop --lake aws:loglake --days 1",
    ),
    "schema violations": (
        "loglake schema violations app_shop",
        "loglake schema violations app_shop --lake aws:loglake",
    ),
    "schema set": (
        "loglake schema set app_shop status=double request_duration_ms=string --dry-run",
        "loglake schema set app_shop user.age=bigint --add --lake aws:loglake",
    ),
    "quarantine": (
        "loglake quarantine",
        "loglake quarantine app_shop --entries 5",
        "loglake quarantine shop --lake lake --json",
    ),
    "formats": ("loglake formats list", "loglake formats try app.log"),
    "formats list": ("loglake formats list",),
    "formats show": ("loglake formats show grok", "loglake formats show COMBINEDAPACHELOG"),
    "formats export": ("loglake formats export alb",),
    "formats try": (
        "loglake formats try app.log",
        "loglake formats try a.log --format shop.lnav.json",
        "loglake formats try a.log --format my.toml",
        "loglake formats try a.log --format log4j --pattern '%d [%t] %p %c - %m%n'",
        "loglake formats try a.log --datasets datasets.yaml --log-group /app/mine",
        "loglake formats try a.log --redact",
    ),
    "connect": (
        "loglake connect",
        "loglake connect --lake lake --as python",
    ),
    "mcp": ("loglake mcp --lake lake", "loglake mcp --lake aws:loglake --json"),
    "notebook": ("loglake notebook", "loglake notebook --lake aws:loglake"),
    "verify": ("loglake verify", "loglake verify app_shop --deep --lake aws:loglake"),
    "rerun": (
        "loglake rerun --dry-run",
        "loglake rerun --log-group /app/shop --lake aws:loglake",
        "loglake rerun --quarantined --table app_shop",
        "loglake rerun --redact --table app_shop --dry-run",
    ),
    "accept": ("loglake accept /app/shop --dry-run", "loglake accept /app/shop --lake aws:loglake"),
    "ignore": ("loglake ignore /app/gone", "loglake ignore /app/gone --to 2026-11-01 --lake aws:loglake"),
    "init": ("loglake init", "loglake init --into production"),
    "deploy": (
        "loglake deploy --dry-run",
        "loglake deploy --settings production/loglake.yaml",
        "loglake deploy --yes --json",
    ),
    "doctor": (
        "loglake doctor",
        "loglake doctor --smoke",
        "loglake doctor --lake aws:loglake --json",
    ),
    "cost": (
        "loglake cost",
        "loglake cost --settings loglake.yaml --json",
    ),
    "destroy": ("loglake destroy --dry-run", "loglake destroy --lake aws:trial --delete-data --confirm trial"),
}
"""By command, without the `loglake` before it."""


def examples_of(verb: str) -> str:
    """The examples of a command as a paragraph that is printed as it is; empty if there are none."""
    lines = EXAMPLES.get(verb, ())
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)]) if lines else ""
