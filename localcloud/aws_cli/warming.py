"""What a command of the AWS CLI loads before it asks for anything: models, parsers, rules for endpoints."""

import os
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from typing import Any

from awscli import clidriver
from botocore.awsrequest import AWSResponse

_LOADER = "data_loader"
# One command of each service that the runner and the builds of seeds ask; "s3 cp" has ways of its own.
_COMMANDS = (
    ("s3api", "head-object", "--bucket=b", "--key=k"),
    ("s3", "ls", "s3://b"),
    ("dynamodb", "get-item", "--table-name=abc", '--key={"LockID":{"S":"k"}}'),
    ("logs", "describe-log-streams", "--log-group-name=g"),
    ("sts", "get-caller-identity"),
    ("events", "put-events", "--entries=Source=s"),
    ("codebuild", "batch-get-builds", "--ids=i"),
    ("sagemaker", "list-projects"),
    ("iam", "get-role", "--role-name=r"),
)
_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",  # nosec B105 - nobody is asked
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


class _Nothing(BytesIO):
    """An answer without a word."""

    def stream(self, *_: object, **__: object) -> Any:
        """Yield nothing."""
        return iter(())


def loaded_driver() -> clidriver.CLIDriver:
    """Make a driver that has asked for nothing yet, and finds loaded what its commands need."""
    environment = dict(os.environ)
    os.environ.update(_SETTINGS)
    used = clidriver.create_clidriver()
    used.session.register("before-send", _answer)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        for command in _COMMANDS:
            used.main(list(command))
    data_path = os.environ["AWS_DATA_PATH"]
    os.environ.clear()
    os.environ.update(environment, AWS_DATA_PATH=data_path)
    driver = clidriver.create_clidriver()
    driver.session.register_component(_LOADER, used.session.get_component(_LOADER))
    return driver


def _answer(request: Any, **_: object) -> AWSResponse:
    """In place of sending anything."""
    return AWSResponse(request.url, 200, {}, _Nothing())
