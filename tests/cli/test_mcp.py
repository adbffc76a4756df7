"""`loglake mcp`, by the client of the SDK."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from support.deployments.operated import loglake

from loglake_cli.cli.mcp import BOUNDS, server_of
from loglake_cli.operations.lakes.lake import find_lake

pytestmark = pytest.mark.local

LOG = '{"time": "2026-11-20T10:00:00Z", "level": "info", "message": "up", "request_id": "abc-1"}\n'
OLDER = '{"time": "2026-11-19T10:00:00Z", "level": "info", "message": "on", "request_id": "abc-0"}\n'


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("served")
    (folder / "shop.log").write_text(OLDER + LOG)
    assert loglake("convert", str(folder / "shop.log"), str(folder / "lake"), "--table", "shop").exit_code == 0
    return str(folder / "lake")


Calls = list[tuple[str, dict[str, Any]]]


async def _called(server: Any, calls: Calls) -> tuple[list[str], list[Any]]:
    """The names of a server's tools, and its answers to some calls."""
    async with Client(server) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        return names, [await client.call_tool(name, arguments) for name, arguments in calls]


def _command(lake: str) -> StdioServerParameters:
    """The command in a process of its own, as a client starts it."""
    start = "from loglake_cli.cli.app import main; main()"
    return StdioServerParameters(command=sys.executable, args=["-c", start, "mcp", "--lake", lake])


def test_a_client_lists_describes_asks_finds_and_hears_what_is_missing(
    lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first query of a test waits for imports that a machine with much to do makes slowly.
    monkeypatch.setattr("loglake_cli.cli.mcp.BOUNDS", replace(BOUNDS, seconds=100))
    calls: Calls = [
        ("tables", {}),
        ("describe", {"table": "shop"}),
        ("query", {"sql": "SELECT message, dt FROM shop ORDER BY dt DESC"}),
        ("find", {"text": "abc-1", "from_time": "2026-11-20"}),
        ("status", {}),
        ("quarantine", {}),
        ("query", {"sql": "DROP TABLE shop"}),
    ]
    names, answers = asyncio.run(_called(server_of(find_lake(lake)), calls))
    assert names == ["tables", "describe", "query", "find", "status", "quarantine"]
    *good, refused = answers
    assert [each.content[0].text for each in good if each.is_error] == []
    assert refused.is_error
    texts = [json.loads(each.content[0].text) for each in good]
    assert all(each["missing"]["complete"] is None for each in texts)
    tables, described, queried, found, status, quarantined = texts
    assert tables["rows"] == [{"tab_name": "shop"}]
    assert "request_id" in json.dumps(described["rows"])
    assert (queried["rows"][:1], queried["more"]) == ([{"message": "up", "dt": "2026-11-20"}], False)
    assert found["rows"][0]["found_in"] == ["request_id"]
    assert [each["table"] for each in status["tables"]] == ["shop"]
    assert quarantined["entries"] == []
    assert "DROP" in refused.content[0].text or "SELECT" in refused.content[0].text


def test_the_settings_of_a_client_are_printed(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(lake).parent)
    settings = json.loads(loglake("mcp", "--lake", "lake", "--json").stdout)
    assert settings["mcpServers"]["loglake"]["args"] == ["mcp", "--lake", lake]


def test_a_client_starts_the_command_and_talks_to_it_over_stdio(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00 not gzip")
    loglake("convert", str(tmp_path / "bad.jsonl.gz"), str(tmp_path / "lake"), "--table", "bad")
    calls: Calls = [("quarantine", {"table": "bad"}), ("status", {})]
    _, (explained, status) = asyncio.run(_called(_command(str(tmp_path / "lake")), calls))
    answer = json.loads(explained.content[0].text)
    assert [each["table"] for each in answer["entries"]] == ["bad"]
    assert answer["entries"][0]["reason"]
    assert answer["missing"]["complete"] is False
    assert answer["missing"]["lacks"][0]["why"] == "quarantined"
    assert "tables" in json.loads(status.content[0].text)
