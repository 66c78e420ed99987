"""Studio: domains and their user profiles, and whether projects are allowed. Apps and spaces are not imitated."""

from typing import Any

from localcloud.services.sagemaker.resources import Resource, Tags, arn, now, random_id


class Domain(Resource):
    """A Studio domain, in service as soon as it is made; ``settings`` are CreateDomain's parameters."""

    def __init__(self, settings: dict[str, Any], tags: Tags, *, region: str, account_id: str) -> None:
        self.id = f"d-{random_id(12)}"
        super().__init__(arn(region, account_id, f"domain/{self.id}"), tags=tags)
        self.name: str = settings["DomainName"]
        self.settings = {"AppNetworkAccessType": "PublicInternetOnly", **settings}
        self.url = f"https://{self.id}.studio.{region}.sagemaker.aws"
        self.file_system = ""
        self.created = self.modified = now()

    def update(self, changes: dict[str, Any]) -> None:
        """Take over what UpdateDomain names; ``DomainSettingsForUpdate`` replaces single settings."""
        domain_settings = {**self.settings.get("DomainSettings", {}), **changes.pop("DomainSettingsForUpdate", {})}
        self.settings |= changes
        if domain_settings:
            self.settings["DomainSettings"] = domain_settings
        self.modified = now()

    def summary(self) -> dict[str, Any]:
        """The entry in ListDomains."""
        return {
            "DomainArn": self.arn,
            "DomainId": self.id,
            "DomainName": self.name,
            "Status": "InService",
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "Url": self.url,
        }

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeDomain."""
        return {**self.settings, **self.summary(), "HomeEfsFileSystemId": self.file_system}


class UserProfile(Resource):
    """A user's profile in a domain; ``settings`` are CreateUserProfile's parameters."""

    def __init__(self, settings: dict[str, Any], tags: Tags, *, region: str, account_id: str) -> None:
        self.domain_id: str = settings["DomainId"]
        self.name: str = settings["UserProfileName"]
        super().__init__(arn(region, account_id, f"user-profile/{self.domain_id}/{self.name.lower()}"), tags=tags)
        self.settings = settings
        self.created = self.modified = now()

    def update(self, changes: dict[str, Any]) -> None:
        """Take over the settings of UpdateUserProfile."""
        self.settings |= changes
        self.modified = now()

    def summary(self) -> dict[str, Any]:
        """The entry in ListUserProfiles."""
        return {
            "DomainId": self.domain_id,
            "UserProfileName": self.name,
            "Status": "InService",
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeUserProfile."""
        return {**self.settings, **self.summary(), "UserProfileArn": self.arn, "HomeEfsFileSystemUid": "200005"}
