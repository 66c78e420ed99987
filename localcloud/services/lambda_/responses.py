"""The operations on functions that AWS answers differently from moto."""

import base64
from typing import Any

from moto.awslambda.exceptions import FunctionAlreadyExists, UnknownFunctionException
from moto.awslambda.models import LambdaBackend
from moto.awslambda.utils import get_backend
from moto.core.responses import ActionResult, EmptyResult

from localcloud.responses import LocalResponse, ServiceError, operations
from localcloud.services.lambda_ import checks, functions, invocations, invoke_responses, names

__all__ = ["FunctionResponse", "invoke_responses"]


@operations("lambda")
class FunctionResponse(LocalResponse):
    """Functions: moto's objects, with what moto leaves out."""

    def create_function(self) -> ActionResult:
        """CreateFunction."""
        params = dict(self.params)
        name = names.parse(params["FunctionName"])[0]
        try:
            self._backend().get_function(name, None)
        except UnknownFunctionException:
            found = self._create(name, params)
        else:
            raise names.as_service_error(FunctionAlreadyExists(name))
        return ActionResult(functions.describe(found))

    def _create(self, name: str, params: dict[str, Any]) -> Any:
        checks.runtime(params)
        checks.role(params["Role"])
        checks.environment(params.get("Environment", {}).get("Variables") or {})
        content = self._code(params["Code"])
        spec = {**params, "FunctionName": name, "Publish": False, "Code": _code_spec(params["Code"], content)}
        with names.moto_errors():
            found = self._backend().create_function(spec)
        functions.keep(found, params)
        if params.get("Publish"):
            return self._backend().publish_version(name)
        return found

    def get_function(self) -> ActionResult:
        """GetFunction."""
        found, qualifier = self._find()
        answer: dict[str, Any] = found.get_code()
        answer["Configuration"] = _qualified(functions.describe(found), qualifier)
        return ActionResult(answer)

    def get_function_configuration(self) -> ActionResult:
        """GetFunctionConfiguration."""
        found, qualifier = self._find()
        return ActionResult(_qualified(functions.describe(found), qualifier))

    def update_function_code(self) -> ActionResult:
        """UpdateFunctionCode."""
        found, _ = self._find()
        content = self._code(self.params)
        if self.params.get("DryRun"):
            return ActionResult(functions.describe(found))
        with names.moto_errors():
            if self.params.get("Architectures"):
                found.architectures = self.params["Architectures"]
            found.update_function_code(_code_spec(self.params, content))
        functions.keep(found, {})
        functions.touch(found)
        if self.params.get("Publish"):
            found = self._backend().publish_version(found.function_name)
        return ActionResult(functions.describe(found))

    def update_function_configuration(self) -> ActionResult:
        """UpdateFunctionConfiguration."""
        found, _ = self._find()
        params = dict(self.params)
        checks.runtime(params)
        if params.get("Role"):
            checks.role(params["Role"])
        if (environment := params.get("Environment")) is not None:
            params["Environment"] = {"Variables": environment.get("Variables") or {}}
            checks.environment(params["Environment"]["Variables"])
        with names.moto_errors():
            found.update_configuration({key: value for key, value in params.items() if value is not None})
        if params.get("TracingConfig"):
            found.tracing_config = params["TracingConfig"]
        if params.get("EphemeralStorage"):
            found.ephemeral_storage = params["EphemeralStorage"]["Size"]
        if params.get("KMSKeyArn") is not None:
            found.kms_key_arn = params["KMSKeyArn"]
        functions.keep(found, params)
        functions.touch(found)
        return ActionResult(functions.describe(found))

    def publish_version(self) -> ActionResult:
        """PublishVersion."""
        found, _ = self._find()
        expected = self.params.get("CodeSha256")
        if expected and expected != found.code_sha_256:
            message = (
                f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({found.code_sha_256})."
            )
            raise ServiceError("InvalidParameterValueException", message)
        published = self._backend().publish_version(found.function_name, self.params.get("Description", ""))
        return ActionResult(functions.describe(published))

    def list_functions(self) -> ActionResult:
        """ListFunctions."""
        found = self._backend().list_functions(self.params.get("FunctionVersion"))
        return ActionResult({"Functions": [functions.describe(item) for item in found]})

    def list_versions_by_function(self) -> ActionResult:
        """ListVersionsByFunction."""
        found, _ = self._find()
        versions = self._backend().list_versions_by_function(found.function_name)
        return ActionResult({"Versions": [functions.describe(item) for item in versions]})

    def delete_function(self) -> ActionResult:
        """DeleteFunction, and the end of its idle environments."""
        found, qualifier = self._find()
        with names.moto_errors():
            self._backend().delete_function(found.function_name, qualifier)
        if qualifier is None:
            invocations.of(self.cloud).pool.forget(functions.read(found).arn)
        return EmptyResult()

    def _backend(self) -> LambdaBackend:
        return get_backend(self.current_account, self.region)

    def _find(self) -> tuple[Any, str | None]:
        name, qualifier = names.parse(self.params["FunctionName"], self.params.get("Qualifier"))
        with names.moto_errors():
            return self._backend().get_function(name, qualifier), qualifier

    def _code(self, given: dict[str, Any]) -> bytes:
        content = checks.code(self.current_account, given)
        if given.get("S3Key"):
            # Lambda reads the archive in the name of whoever asks, who therefore needs s3:GetObject.
            archive = {"Bucket": "S3Bucket", "Key": "S3Key", "VersionId": "S3ObjectVersion"}
            read = {name: given[member] for name, member in archive.items() if given.get(member)}
            self._done_for_caller("s3", "GetObject", read)
        return content


def _code_spec(given: dict[str, Any], content: bytes) -> dict[str, Any]:
    """The archive as moto takes it; the bucket and key stay, since GetFunction shows them."""
    if given.get("S3Key") and not given.get("S3ObjectVersion"):
        return {"S3Bucket": given["S3Bucket"], "S3Key": given["S3Key"]}
    return {"ZipFile": base64.b64encode(content).decode()}


def _qualified(description: dict[str, Any], qualifier: str | None) -> dict[str, Any]:
    if qualifier in (None, "$LATEST"):
        description["Version"] = "$LATEST"
    if qualifier == "$LATEST":
        description["FunctionArn"] += ":$LATEST"
    return description
