"""The lives of projects that the tests look at, told side by side in one local cloud.

Package 1 is there twice: for the campaign's life as it is, and under a name of its own, changing, for the others.
"""

from pathlib import Path

from chaos import campaign
from chaos.life import Life
from chaos.outcome import Outcome
from chaos.room import Room
from tests.journey.telling import Tellers
from tests.journey.world import Platform
from tests.life import hindrances, recoveries, upgrades
from tests.life.hindrances import Hindered
from tests.life.installation import Installation
from tests.life.recoveries import Recovered
from tests.life.upgrades import Upgraded


class Stories:
    """All stories; asking for one waits for its end, and raises what went wrong in it."""

    BROKEN = ("create/killed-at-the-bucket", "update/change-refused", "delete/lost-at-init")

    def __init__(self, platform: Platform, folder: Path) -> None:
        self._platform = platform
        self._folder = folder
        self._tellers = Tellers()
        self._tellers.begin("installed", self._installed)
        self._tellers.begin("hindered", self._hindered)
        self._tellers.begin("recovered", self._recovered)
        self._tellers.begin("upgraded", self._upgraded)
        self._tellers.begin("broken", self._broken)

    def end(self) -> None:
        """Wait until every story has been told, well or not."""
        self._tellers.wait_for()

    def installed(self) -> Installation:
        """Package 1 under a name of its own."""
        return self._tellers.of("installed", Installation)

    def broken(self) -> list[Outcome]:
        """A life with a fault at its creation, at an update and at its deletion."""
        return self._tellers.of("broken", list)

    def upgraded(self) -> Upgraded:
        """Brought to a second release, and back from a third one that is broken; deleted in the end."""
        return self._tellers.of("upgraded", Upgraded)

    def hindered(self) -> Hindered:
        """Two of its updates were hindered: one waited, the other's instance was terminated."""
        return self._tellers.of("hindered", Hindered)

    def recovered(self) -> Recovered:
        """The same project, after its state was damaged three times and lost; deleted in the end."""
        return self._tellers.of("recovered", Recovered)

    def _broken(self) -> list[Outcome]:
        rows = {row.operation: row for row in campaign.chosen(list(self.BROKEN))}
        room = Room(self._platform.terraform.handout, self._folder)
        return list(Life(room, "broken-001", rows, seed=1).run())

    def _installed(self) -> Installation:
        installation = Installation(self._platform, self._folder / "changing")
        installation.folder.mkdir()
        installation.apply(upgrades.first_release(self._platform.terraform.release, installation.first))
        return installation

    def _upgraded(self) -> Upgraded:
        return upgrades.tell(self.installed(), lambda: self._tellers.wait_for("hindered"))

    def _hindered(self) -> Hindered:
        return hindrances.tell(self.installed(), self._folder / "recovered")

    def _recovered(self) -> Recovered:
        return recoveries.tell(self.hindered().launch, self._folder / "recovered")
