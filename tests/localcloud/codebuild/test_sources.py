"""Sources outside of pipelines: a bucket, and a repository of the git host."""

import io
import json
import urllib.request
import uuid
import zipfile
from typing import Any

SPEC = "version: 0.2\nphases: {build: {commands: ['cat file.txt', './run.sh']}}\n"


def test_an_archive_in_a_bucket(projects: Any, cloud: Any) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("buildspec.yml", SPEC)
        archive.writestr("file.txt", "from the bucket\n")
        script = zipfile.ZipInfo("run.sh")
        script.external_attr = 0o100755 << 16
        archive.writestr(script, "#!/bin/sh\necho executable\n")
    bucket = f"source-{uuid.uuid4().hex[:8]}"
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=bucket, Key="source.zip", Body=content.getvalue())

    build = projects.run("", source={"type": "S3", "location": f"{bucket}/source.zip"})

    assert build["buildStatus"] == "SUCCEEDED", "\n".join(projects.log(build))
    assert {"from the bucket", "executable"} <= set(projects.log(build))
    missing = projects.run("", source={"type": "S3", "location": f"{bucket}/other.zip"})
    assert projects.context(missing, "DOWNLOAD_SOURCE")["statusCode"] == "CLIENT_ERROR"


def test_a_repository(projects: Any, cloud: Any) -> None:
    name = f"r{uuid.uuid4().hex[:8]}"
    token = cloud.internal.settings.github_token
    for method, path, body in (
        ("POST", "/orgs/example-org/repos", {"name": name, "private": True, "auto_init": True}),
    ):
        request = urllib.request.Request(  # noqa: S310 - the address of the test's own host
            f"{cloud.git_url}/api/v3{path}",
            method=method,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}"},
        )
        urllib.request.urlopen(request).close()  # noqa: S310 - the test's own host
    location = f"{cloud.git_url}/example-org/{name}.git"
    spec = "version: 0.2\nphases: {build: {commands: ['cat README.md', 'git log --oneline | wc -l']}}\n"

    build = projects.run("", source={"type": "GITHUB", "location": location, "buildspec": spec})

    assert build["buildStatus"] == "SUCCEEDED", "\n".join(projects.log(build))
    assert f"# {name}" in projects.log(build)
    assert len(build["resolvedSourceVersion"]) == 40
    elsewhere = {"type": "GITHUB", "location": "https://github.com/a/b", "buildspec": spec}
    refused = projects.run("", source=elsewhere)
    assert "is not on the local git host" in projects.context(refused, "DOWNLOAD_SOURCE")["message"]
