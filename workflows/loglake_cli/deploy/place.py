"""The place of a deployment: the account and Region of the credentials."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from botocore.exceptions import BotoCoreError, ClientError

from loglake.errors import ConfigError
from loglake_cli.deploy.calls import Clients


@dataclass(frozen=True)
class Place:
    """An account and Region.

    Attributes:
        partition: aws, aws-cn or aws-us-gov.
        caller: the ARN of the credentials' owner.
    """

    account: str
    region: str
    partition: str
    caller: str

    @property
    def suffix(self) -> str:
        """What the names of some services end with."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def bucket(self, prefix: str, use: str) -> str:
        """The name of a bucket by its purpose, as in the stack storage."""
        return f"{prefix}-{use}-{self.account}-{self.region}"

    def pseudo_parameters(self, stack_name: str) -> dict[str, str]:
        """CloudFormation's pseudo parameters that conditions and names use."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": self.suffix,
            "AWS::StackName": stack_name,
            "AWS::StackId": f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{stack_name}/new",
        }

    def to_json(self) -> dict[str, str]:
        """For ``--json``."""
        return asdict(self)


def find_place(clients: Clients) -> Place:
    """The place that the credentials lead to.

    Raises:
        ConfigError: there are no credentials or no Region, or AWS refuses them.
    """
    try:
        client = clients("sts")
        identity = client.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise ConfigError(
            f"AWS can't be asked ({error}): set credentials and a Region, such as AWS_PROFILE and AWS_REGION."
        ) from error
    return Place(identity["Account"], client.meta.region_name, identity["Arn"].split(":")[1], identity["Arn"])


def check_place(place: Place, account: str, region: str) -> None:
    """Refuses an account or a Region that the settings file does not name; an empty text allows any.

    Raises:
        ConfigError: it is another one.
    """
    for what, wanted, found in (("account", account, place.account), ("Region", region, place.region)):
        if wanted and wanted != found:
            raise ConfigError(
                f"the settings file is for the {what} {wanted}, and these credentials are for {found}: nothing was "
                "done."
            )
