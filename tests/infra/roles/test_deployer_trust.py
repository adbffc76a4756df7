"""Whose tokens may take on the roles of the stack deployer, as the local IAM engine evaluates its trust policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.deployments.templates import one_deployed_stack

from athena_duckdb.errors import ConfigError
from gluelocal.iam.policies import UNKNOWN, Access, Role, read_policy
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"
NAMES = {"GitHubRepository": "shop/logs"}
IDS = {**NAMES, "GitHubOwnerId": "11", "GitHubRepositoryId": "22"}
GITLAB = {
    "OidcIssuer": "gitlab.com",
    "OidcAudience": "https://gitlab.com",
    "DeploySubject": "project_path:shop/logs:ref_type:branch:ref:main",
    "PlanSubject": "project_path:shop/logs:ref_type:branch:ref:*",
}


def trust(role: str, **given: str) -> Any:
    properties = one_deployed_stack(DEPLOYER_TEMPLATE, **given).of_type("AWS::IAM::Role")[role]
    return json.loads(properties["AssumeRolePolicyDocument"])


def admits(role: str, subject: str, audience: str = "sts.amazonaws.com", **given: str) -> bool:
    """Whether a token of the issuer takes on a role."""
    issuer = given.get("OidcIssuer", GITHUB)
    context = {f"{issuer}:sub": (subject,), f"{issuer}:aud": (audience,)}
    decision = Role("", "", read_policy("trust", trust(role, **given))).decide(
        Access("sts:AssumeRoleWithWebIdentity", UNKNOWN, context)
    )
    assert decision.unchecked == (), "each condition is evaluated"
    return decision.allowed


RUNS = [("DeployRole", "environment:production"), ("PlanRole", "pull_request")]


@pytest.mark.parametrize(("role", "run"), RUNS)
def test_a_repository_is_admitted_by_its_names_and_with_its_ids(role: str, run: str) -> None:
    assert admits(role, f"repo:shop/logs:{run}", **NAMES)
    assert not admits(role, f"repo:shop@11/logs@22:{run}", **NAMES)  # nobody said the ids
    assert admits(role, f"repo:shop/logs:{run}", **IDS)
    assert admits(role, f"repo:shop@11/logs@22:{run}", **IDS)


@pytest.mark.parametrize(("role", "run"), RUNS)
@pytest.mark.parametrize(
    "repository",
    [
        "shop@99/logs@22",  # somebody else who got the owner's name
        "shop@11/logs@99",  # made again after it was deleted
        "shop@99/logs@99",
        "other@99/logs@33",
        "other/logs",
        "shop/logs2",
        "shop@11/logs@222",
        "xshop@11/logs@22",
        "shop@11/logs",
    ],
)
def test_a_namesake_is_not_admitted(role: str, run: str, repository: str) -> None:
    assert not admits(role, f"repo:{repository}:{run}", **IDS)


@pytest.mark.parametrize("repository", ["shop/logs", "shop@11/logs@22"])
def test_a_role_is_for_one_kind_of_run_and_one_audience(repository: str) -> None:
    for run in ("pull_request", "environment:staging", "ref:refs/heads/main", "environment:production:x"):
        assert not admits("DeployRole", f"repo:{repository}:{run}", **IDS), run
    for run in ("environment:production", "ref:refs/heads/main", "pull_request:x"):
        assert not admits("PlanRole", f"repo:{repository}:{run}", **IDS), run
    for role, run in RUNS:
        assert not admits(role, f"repo:{repository}:{run}", audience="https://github.com/shop", **IDS)


def test_gitlab_deploys_from_one_branch_and_plans_from_each() -> None:
    def project(path: str, branch: str) -> str:
        return f"project_path:{path}:ref_type:branch:ref:{branch}"

    audience = GITLAB["OidcAudience"]
    assert admits("DeployRole", project("shop/logs", "main"), audience, **GITLAB)
    assert not admits("DeployRole", project("shop/logs", "main2"), audience, **GITLAB)
    assert not admits("DeployRole", project("shop/logs", "main"), **GITLAB)
    for branch in ("main", "my/change"):
        assert admits("PlanRole", project("shop/logs", branch), audience, **GITLAB)
        for path in ("shop/logs2", "fork/logs", "shop/logs/x"):
            assert not admits("PlanRole", project(path, branch), audience, **GITLAB)
            assert not admits("DeployRole", project(path, branch), audience, **GITLAB)
    provider = one_deployed_stack(DEPLOYER_TEMPLATE, **GITLAB).resources["Provider"]["Properties"]
    assert (provider["Url"], provider["ClientIdList"]) == ("https://gitlab.com", ["https://gitlab.com"])


def test_a_chosen_subject_takes_the_place_of_githubs() -> None:
    chosen = "repository_owner_id:11:repository_id:22:environment:production"
    assert admits("DeployRole", chosen, **IDS, DeploySubject=chosen)
    assert not admits("DeployRole", f"repo:shop@11/logs@22:{RUNS[0][1]}", **IDS, DeploySubject=chosen)
    assert not admits("DeployRole", f"repo:shop/logs:{RUNS[0][1]}", **IDS, DeploySubject=chosen)
    assert admits("PlanRole", "repo:shop@11/logs@22:pull_request", **IDS, DeploySubject=chosen)


def test_who_has_no_subject_to_plan_gets_no_role_for_it() -> None:
    given = {name: value for name, value in GITLAB.items() if name != "PlanSubject"}
    stack = one_deployed_stack(DEPLOYER_TEMPLATE, **given)
    assert set(stack.of_type("AWS::IAM::Role")) == {"DeployRole"}
    assert "PlanRoleArn" not in stack.outputs


def test_the_provider_of_the_account_is_trusted_if_it_has_one() -> None:
    stack = one_deployed_stack(DEPLOYER_TEMPLATE, **IDS, OidcProviderArn=PROVIDER)
    assert stack.of_type("AWS::IAM::OIDCProvider") == {}
    for role in ("DeployRole", "PlanRole"):
        (statement,) = trust(role, **IDS, OidcProviderArn=PROVIDER)["Statement"]
        assert statement["Principal"] == {"Federated": PROVIDER}
        (statement,) = trust(role, **IDS)["Statement"]
        assert statement["Principal"] == {"Federated": "Provider"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GitHubRepository", "shop"),
        ("GitHubRepository", "shop/logs/x"),
        ("GitHubRepository", "shop/*"),
        ("GitHubRepository", "https://github.com/shop/logs"),
        ("GitHubOwnerId", "*"),
        ("GitHubRepositoryId", "22x"),
        ("DeploySubject", "repo:shop/*"),
        ("DeploySubject", 'repo:x","repo:y'),
        ("DeploySubject", "main"),
        ("PlanSubject", "*"),
        ("PlanSubject", "repo:*/logs"),
        ("PlanSubject", "repo:${aws:username}"),
        ("OidcAudience", "*"),
        ("OidcIssuer", "https://gitlab.com"),
    ],
)
def test_what_would_admit_more_than_somebody_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        one_deployed_stack(DEPLOYER_TEMPLATE, **{name: value})
