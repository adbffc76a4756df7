"""Steps of a log group's day, for tests that take them in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglake.core.ledger.row import UNDER_WAY, LedgerRow, WindowState, pending_around
from loglake.core.windows import Window
from support.worlds.settling import SHOP, SettlingWorld, event, hour

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

HOURS = 5
Step = tuple[str, int, int]
"""The name of a step, as of a method with spaces for its underscores; and two numbers that it may make use of."""


class SettlingHistory:
    """The first hours of a day; `truth` has CloudWatch's events of them."""

    def __init__(self, *, shares: bool = False) -> None:
        """`shares`: windows that are converted together share files."""
        self.world = SettlingWorld(shares=shares)
        self.truth = [event(number) for number in range(HOURS)]

    def take(self, step: Step) -> None:
        name, number, call = step
        getattr(self, name.replace(" ", "_"))(number, call)

    def live(self) -> list[LedgerRow]:
        return [row for row in self.world.ledger.rows(SHOP) if row.state is not WindowState.SUPERSEDED]

    def at_rest(self) -> list[LedgerRow]:
        rows = self.live()
        return [row for row in rows if row.state not in UNDER_WAY and pending_around(row, rows) is None]

    def fresh(self, number: int, _call: int = 0) -> None:
        if not any(row.window.holds(hour(number % HOURS)) for row in self.live()):
            self.export(hour(number % HOURS))

    def late(self, number: int, call: int) -> None:
        self.truth.append(event(number % HOURS, f"late {call}.{len(self.truth)}"))

    def again(self, number: int, _call: int = 0) -> None:
        for row in self.at_rest()[number : number + 1]:
            self.export(row.window)

    def reopened(self, number: int, _call: int) -> None:
        for row in self.at_rest()[number : number + 1]:
            if row.state is WindowState.CONVERTED:
                self.reopen(row)

    def broken(self, number: int, _call: int) -> None:
        for row in self.at_rest()[number : number + 1]:
            exported = self.export(row.window)
            self.world.raw.delete([f"{exported.keys.export_prefix}/task/web/000000.gz"])

    def reopen(self, row: LedgerRow) -> None:
        """Opens a window again as `loglake rerun --quarantined` does: the same raw objects are converted again."""
        self.world.reopen(row.window)

    def export(self, window: Window) -> LedgerRow:
        """Exports all present events of a window."""
        return self.world.export(window, self.events(window))

    def events(self, window: Window) -> list[Event]:
        return [each for each in self.truth if each[0] in window]
