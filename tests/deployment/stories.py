"""Three projects, side by side: one that does not deploy, one that deploys here, one that deploys elsewhere.

The latter two have a long life, told in chapters; each waits for the one before.
"""

from dataclasses import replace
from pathlib import Path

from tests.deployment import accounts, told
from tests.deployment.elsewhere import Elsewhere
from tests.deployment.here import Here
from tests.journey.clients import eventually
from tests.journey.plans import plan_of_package_2
from tests.journey.telling import Tellers
from tests.journey.world import LAUNCH_SECONDS, Launch, Platform

DEPLOYS = "Model build, train and deploy with GitHub and Terraform"
_BOTH = {"model-build": {"seed": "little"}, "model-build-deploy": {}}


class Stories:
    """All stories; asking for one waits for its end, and raises what went wrong in it."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self._platform = platform
        self._folder = folder
        self._tellers = Tellers()
        here, elsewhere = Here(self, platform, folder), Elsewhere(self, platform, folder)
        for name, story in {
            "offered": self._offered,
            "plain": self._plain,
            "launched": here.launched,
            "deployed": here.deployed,
            "by hand": here.by_hand,
            "again": here.again,
            "returned": here.returned,
            "taken back": here.taken_back,
            "wrong": here.wrong,
            "rolled back": here.rolled_back,
            "deleted": here.deleted,
            "elsewhere": elsewhere.offered,
            "abroad": elsewhere.deployed,
            "overtaken": elsewhere.overtaken,
            "stopped": elsewhere.stopped,
            "gone abroad": elsewhere.deleted,
        }.items():
            self._tellers.begin(name, story)

    def offered(self) -> told.Offered:
        """Package 1 offers the second product."""
        return self._tellers.of("offered", told.Offered)

    def plain(self) -> told.Plain:
        """A project of the first product."""
        return self._tellers.of("plain", told.Plain)

    def launched(self) -> Launch:
        """The project that deploys here stands."""
        return self._tellers.of("launched", Launch)

    def deployed(self) -> told.Deployed:
        """The first model in production."""
        return self._tellers.of("deployed", told.Deployed)

    def by_hand(self) -> dict[str, dict[str, str]]:
        """The trained model in `dev`, as every other kind; what the commands said, by kind."""
        return self._tellers.of("by hand", dict)

    def again(self) -> told.Changed:
        """The pipeline started once more, with nothing new."""
        return self._tellers.of("again", told.Changed)

    def returned(self) -> told.Returned:
        """A second model went to production and was rejected then."""
        return self._tellers.of("returned", told.Returned)

    def taken_back(self) -> told.TakenBack:
        """A third model passes the smoke test, and fails in production: its first request there is Verify's."""
        return self._tellers.of("taken back", told.TakenBack)

    def wrong(self) -> told.Changed:
        """A fourth model fails the smoke test."""
        return self._tellers.of("wrong", told.Changed)

    def rolled_back(self) -> told.RolledBack:
        """A fifth model passes it, and is too slow in production."""
        return self._tellers.of("rolled back", told.RolledBack)

    def deleted(self) -> told.Deleted:
        """The same project, deleted."""
        return self._tellers.of("deleted", told.Deleted)

    def elsewhere(self) -> Platform:
        """Staging and production are in the second account."""
        return self._tellers.of("elsewhere", Platform)

    def abroad(self) -> told.Deployed:
        """A project whose staging and production are there."""
        return self._tellers.of("abroad", told.Deployed)

    def overtaken(self) -> told.Overtaken:
        """A version waits for a person while another one goes through staging."""
        return self._tellers.of("overtaken", told.Overtaken)

    def stopped(self) -> told.Stopped:
        """The other one's build is gone on the way to production; then the first one is delivered."""
        return self._tellers.of("stopped", told.Stopped)

    def gone_abroad(self) -> told.Deleted:
        """The same project, deleted."""
        return self._tellers.of("gone abroad", told.Deleted)

    def _offered(self) -> told.Offered:
        platform = self._platform
        eventually(lambda: platform.apply.code is not None, LAUNCH_SECONDS, "package 1's end")
        form = _template(platform)
        accounts.apply_again(platform, products=_BOTH)
        return told.Offered(replace(platform, product_name=DEPLOYS), form)

    def _plain(self) -> told.Plain:
        launch = self._platform.launch("plain").completed()
        before = launch.inventory()
        self.elsewhere()
        folder = self._folder / "plain"
        folder.mkdir()
        templates = (self.offered().form, _template(self._platform))
        return told.Plain(launch, templates, (before, launch.inventory()), plan_of_package_2(launch, folder))


def _template(platform: Platform) -> str:
    """Address of the first product's newest form; its content is in its name."""
    engineer, product = platform.engineer, platform.product["ProductId"]
    artifacts = engineer("servicecatalog", "list-provisioning-artifacts", "--product-id", product)
    newest = max(artifacts["ProvisioningArtifactDetails"], key=lambda artifact: artifact["CreatedTime"])
    return str(
        engineer(
            *("servicecatalog", "describe-provisioning-artifact", "--product-id", product),
            *("--provisioning-artifact-id", newest["Id"]),
        )["Info"]["TemplateUrl"]
    )
