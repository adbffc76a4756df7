"""Ways to break a deployment's surroundings: log groups, catalog, and what some parameters add."""

from __future__ import annotations

from support.deployments.breaks import (
    CRAWLER,
    LAKE,
    Broken,
    configured,
    gone,
    of_the_account,
    one_table_of_all,
    put,
    retyped,
    without,
)
from support.deployments.examined_account import (
    REGION,
    role_arn,
    role_name,
)
from support.deployments.examined_state import CATALOG_KEY

BROKEN_CONTENTS: dict[str, Broken] = {
    "the catalog has a key": (
        "catalog-key",
        CATALOG_KEY,
        put(lambda a: a.catalog_encryption, CatalogEncryptionMode="SSE-KMS"),
    ),
    "a typing mistake in a pattern": (
        "log-groups-matched",
        "/app/shpo",
        lambda a: a.datasets.append({"log_groups": ["/app/shpo"], "table": "shpo"}),
    ),
    "a dataset is hidden": (
        "log-groups-once",
        "/aws/lambda/pay",
        lambda a: a.datasets.append({"log_groups": ["/aws/lambda/pay"], "table": "pay"}),
    ),
    "the jobs' own logs are exported": (
        "job-logs-left-out",
        "glue",
        lambda a: a.datasets.append({"log_groups": ["/aws-glue/*"], "table": "glue"}),
    ),
    "infrequent access": (
        "log-classes",
        "/app/shop",
        put(lambda a: a.groups["/app/shop"], logGroupClass="INFREQUENT_ACCESS"),
    ),
    "events are gone in a day": ("log-retention", "/app/shop", put(lambda a: a.groups["/app/shop"], retentionInDays=1)),
    "exported and landed": (
        "ingest-once",
        "/app/shop",
        lambda a: a.filters.update({"/app/shop": [{**a.subscription, "logGroupName": "/app/shop"}]}),
    ),
    "the whole account lands": ("account-subscription", "all-logs", of_the_account),
    "nothing lands": ("landing-subscribed", "/live/orders", gone(lambda a: a.filters, "/live/orders")),
    "a crawl deprecates": (
        "crawler-policies",
        CRAWLER,
        lambda a: a.crawlers[CRAWLER].update(
            SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
        ),
    ),
    "a crawl adds no column": (
        "crawler-policies",
        CRAWLER,
        lambda a: a.crawlers[CRAWLER].update(
            SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        ),
    ),
    "a crawl sees new folders only": (
        "crawler-policies",
        CRAWLER,
        put(lambda a: a.crawlers[CRAWLER], RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}),
    ),
    "partitions keep their own types": ("crawler-policies", CRAWLER, lambda a: configured(a, CrawlerOutput={})),
    "the crawl failed": (
        "last-crawl",
        CRAWLER,
        put(lambda a: a.crawlers[CRAWLER], LastCrawl={"Status": "FAILED", "ErrorMessage": "AccessDenied"}),
    ),
    "one table of all folders": ("table-locations", "tables", one_table_of_all),
    "partition keys of another type": ("partition-keys", "app_shop", retyped),
    "a table with a compression": (
        "table-parameters",
        "app_shop",
        lambda a: a.tables["app_shop"]["Parameters"].update(compressionType="gzip"),
    ),
    "a deprecated table": (
        "table-parameters",
        "aws_lambda",
        lambda a: a.tables["aws_lambda"]["Parameters"].update(DEPRECATED_BY_CRAWLER="1795521600000"),
    ),
}

ONLY_WITH_A_PARAMETER: dict[str, Broken] = {
    "the key is disabled": ("key-enabled", "key", put(lambda a: a.key_state, KeyState="Disabled")),
    **{
        f"the key lacks {sid}": ("key-policy", "key", without(lambda a: a.keys["Policy"]["Statement"], sid))
        for sid in ("ExportsAreWritten", "LogGroupsAreEncrypted", "DeadLettersAreSent", "LogsAreDelivered")
    },
    "the account may not use the key of the catalog": (
        "catalog-key",
        CATALOG_KEY,
        without(lambda a: a.catalog_key_policy["Statement"], "Root"),
    ),
    "the account may not use the key": ("key-policy", "key", without(lambda a: a.keys["Policy"]["Statement"], "Root")),
    "a role may not use the key": (
        "role-actions",
        role_name("SchedulerRole"),
        without(lambda a: a.role("SchedulerRole")["Statements"], "WriteWithTheKey"),
    ),
    "a role may not look at the network": (
        "role-actions",
        role_name("ExportRole"),
        without(lambda a: a.role("ExportRole")["Statements"], "LookAtTheNetwork"),
    ),
    "no way to CloudWatch Logs": (
        "network-endpoints",
        "subnet-1",
        lambda a: a.endpoints.remove({"ServiceName": f"com.amazonaws.{REGION}.logs", "VpcEndpointType": "Interface"}),
    ),
    "a gateway of another route table": (
        "network-endpoints",
        "subnet-1",
        lambda a: a.endpoints[0].update(RouteTableIds=["rtb-2"]),
    ),
    "workers can't talk": ("network-security-group", "sg-1", lambda a: a.ingress.clear()),
    "the crawler is not granted the tables": (
        "lake-formation-grants",
        role_arn("CrawlerRole"),
        lambda a: a.grants.remove(
            next(
                each
                for each in a.grants
                if each["Kind"] == "Table"
                and each["Principal"]["DataLakePrincipalIdentifier"] == role_arn("CrawlerRole")
            )
        ),
    ),
    "the location is registered": (
        "lake-formation-location",
        role_arn("CrawlerRole"),
        lambda a: a.registered.append(f"arn:aws:s3:::{LAKE}"),
    ),
}
