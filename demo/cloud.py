"""The local cloud as a child process, and clients that speak to it as the two people of the story."""

import json
import os
from base64 import b64encode
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

# What a child needs from the person's own environment: finding programs and registries, nothing of AWS.
_INHERITED = (
    *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TF_CLI_CONFIG_FILE", "CHECKPOINT_DISABLE", "GOGC"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_CACHE_DIR"),
)


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of a child: nothing of the person's AWS settings is in it."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | extra


@dataclass(frozen=True)
class Handout:
    """What the running local cloud hands to its users.

    Attributes:
        directory: its folder.
        environment: variables with which any client is the platform engineer.

    """

    directory: Path
    endpoint: str
    git_url: str
    environment: dict[str, str]

    @classmethod
    def read(cls, directory: Path) -> "Handout":
        """Read ``settings.json``, which the local cloud writes once it answers."""
        values = json.loads((directory / "settings.json").read_text(encoding="utf-8"))
        return cls(directory, values["endpoint"], values["git_url"], values["environment"])

    @property
    def region(self) -> str:
        """The region of the credentials."""
        return self.environment["AWS_REGION"]

    @property
    def git_token(self) -> str:
        """The data scientist's token for the git host."""
        return str(urlsplit(self.environment["GIT_URL"]).password)

    @property
    def git_credential(self) -> dict[str, str]:
        """Variables with which git shows that token to the host: no clone and no command line has it."""
        credential = b64encode(f"x-access-token:{self.git_token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.git_url}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {credential}",
        }

    def engineer(self) -> "Clients":
        """Clients of the platform engineer."""
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return Clients(self.endpoint, self.region, *(self.environment[name] for name in names))

    def scientist(self) -> "Clients":
        """Clients of the data scientist: the role that Studio's users have."""
        config = ConfigParser(interpolation=None)
        config.read(self.environment["AWS_CONFIG_FILE"], encoding="utf-8")
        profile = config["profile data-scientist"]
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        return Clients(self.endpoint, self.region, *(profile[name] for name in names))


class Clients:
    """boto3 clients of one person, made on first use."""

    def __init__(self, endpoint: str, region: str, key: str, secret: str, token: str) -> None:
        # A fresh botocore session, so that no profile of the person's own is looked for.
        self._session = boto3.Session(key, secret, token, region, botocore.session.Session())
        self._endpoint = endpoint
        self._get = cache(self._make)

    def __call__(self, service: str) -> Any:
        """The client of a service."""
        return self._get(service)

    def _make(self, service: str) -> Any:
        config = Config(
            retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}, read_timeout=120
        )
        return self._session.client(service, endpoint_url=self._endpoint, config=config)
