"""Studio's domains and user profiles, and the switch for projects."""

from typing import Any

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.errors import ResourceInUseError, ResourceNotFoundError
from localcloud.services.sagemaker.home_directories import HomeDirectories
from localcloud.services.sagemaker.resources import merged_tags
from localcloud.services.sagemaker.responses.base import SageMakerBase
from localcloud.services.sagemaker.studio import Domain, UserProfile


@operations("sagemaker")
class DomainResponse(SageMakerBase):
    """CreateDomain and its like; moto's do not tell a new domain's id."""

    def create_domain(self) -> ActionResult:
        """Create a domain."""
        settings, tags = _settings(self._parameters)
        with self._store.lock:
            if any(domain.name == settings["DomainName"] for domain in self._store.domains.values()):
                raise ResourceInUseError(f"Domain {settings['DomainName']} already exists")
            domain = Domain(settings, tags, region=self.region, account_id=self.current_account)
            domain.file_system = self._homes.make(domain.id, domain.arn, settings)
            self._store.domains[domain.id] = domain
        return ActionResult({"DomainArn": domain.arn, "DomainId": domain.id, "Url": domain.url})

    def describe_domain(self) -> ActionResult:
        """Tell everything about a domain."""
        return ActionResult(self._domain().describe())

    def update_domain(self) -> ActionResult:
        """Change a domain's settings."""
        domain = self._domain()
        domain.update({name: value for name, value in self._parameters.items() if name != "DomainId"})
        return ActionResult({"DomainArn": domain.arn})

    def delete_domain(self) -> ActionResult:
        """Delete a domain that nobody has a profile in."""
        domain = self._domain()
        if any(profile.domain_id == domain.id for profile in self._store.user_profiles.values()):
            raise ResourceInUseError(
                f"Unable to delete Domain {domain.id} because UserProfile(s) are associated with it"
            )
        del self._store.domains[domain.id]
        if self._parameters.get("RetentionPolicy", {}).get("HomeEfsFileSystem") == "Delete":
            self._homes.remove(domain.id, domain.file_system)
        return EmptyResult()

    def list_domains(self) -> ActionResult:
        """List domains."""
        shown, token = listing.page(list(self._store.domains.values()), self._parameters)
        return ActionResult({"Domains": [domain.summary() for domain in shown], "NextToken": token})

    @property
    def _homes(self) -> HomeDirectories:
        return HomeDirectories(self.cloud, self.region)

    def _domain(self) -> Domain:
        domain_id = self._parameters["DomainId"]
        if (domain := self._store.domains.get(domain_id)) is None:
            raise ResourceNotFoundError(f"Domain {domain_id} does not exist")
        return domain


@operations("sagemaker")
class UserProfileResponse(SageMakerBase):
    """CreateUserProfile and its like."""

    def create_user_profile(self) -> ActionResult:
        """Create a profile in a domain."""
        settings, tags = _settings(self._parameters)
        if settings["DomainId"] not in self._store.domains:
            raise ResourceNotFoundError(f"Domain {settings['DomainId']} does not exist")
        profile = UserProfile(settings, tags, region=self.region, account_id=self.current_account)
        with self._store.lock:
            if profile.arn in self._store.user_profiles:
                raise ResourceInUseError(f"UserProfile {profile.name} already exists")
            self._store.user_profiles[profile.arn] = profile
        return ActionResult({"UserProfileArn": profile.arn})

    def describe_user_profile(self) -> ActionResult:
        """Tell everything about a profile."""
        return ActionResult(self._profile().describe())

    def update_user_profile(self) -> ActionResult:
        """Change a profile's settings."""
        profile = self._profile()
        profile.update({"UserSettings": self._parameters.get("UserSettings", {})})
        return ActionResult({"UserProfileArn": profile.arn})

    def delete_user_profile(self) -> ActionResult:
        """Delete a profile."""
        del self._store.user_profiles[self._profile().arn]
        return EmptyResult()

    def list_user_profiles(self) -> ActionResult:
        """List profiles, of one domain if it is named."""
        domain = self._parameters.get("DomainIdEquals")
        found = [
            profile
            for profile in list(self._store.user_profiles.values())
            if domain in (None, profile.domain_id)
            and listing.named(profile.name, self._parameters.get("UserProfileNameContains"))
        ]
        shown, token = listing.page(found, self._parameters)
        return ActionResult({"UserProfiles": [profile.summary() for profile in shown], "NextToken": token})

    def _profile(self) -> UserProfile:
        domain, name = self._parameters["DomainId"], self._parameters["UserProfileName"]
        for profile in list(self._store.user_profiles.values()):
            if profile.domain_id == domain and profile.name.lower() == name.lower():
                return profile
        raise ResourceNotFoundError(f"UserProfile {name} does not exist in Domain {domain}")


@operations("sagemaker")
class PortfolioStatusResponse(SageMakerBase):
    """Whether SageMaker may use Service Catalog in this account and region."""

    def enable_sagemaker_servicecatalog_portfolio(self) -> ActionResult:
        """Allow projects."""
        self._store.projects_enabled = True
        return EmptyResult()

    def disable_sagemaker_servicecatalog_portfolio(self) -> ActionResult:
        """Allow no more projects; the local cloud goes on creating those that are asked for."""
        self._store.projects_enabled = False
        return EmptyResult()

    def get_sagemaker_servicecatalog_portfolio_status(self) -> ActionResult:
        """Tell whether projects are allowed."""
        return ActionResult({"Status": "Enabled" if self._store.projects_enabled else "Disabled"})


def _settings(parameters: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    settings = {name: value for name, value in parameters.items() if name != "Tags"}
    return settings, merged_tags([], parameters.get("Tags", []))
