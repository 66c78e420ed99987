"""A GitHub on this machine: real git over smart HTTP, the REST calls that are used, and pages to look at."""

from localcloud.githost.app import GitHostApplication, create_app

__all__ = ["GitHostApplication", "create_app"]
