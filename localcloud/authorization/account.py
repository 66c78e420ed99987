"""What authorization needs to know of the imitated account: ARNs, tags, keys, boundaries (kept by moto)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.awslambda.utils import get_backend as lambda_backend
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends

from iam.request import Context
from localcloud.authorization import conditions, encryption
from localcloud.services.applicationautoscaling.targets import target_tags

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_BOUNDED = (
    "CreateRole",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "PutRolePermissionsBoundary",
    "AttachRolePolicy",
    "DetachRolePolicy",
)
_HEADERS = {
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "Prefix": "s3:prefix",
    "IfNoneMatch": "s3:if-none-match",
    "IfMatch": "s3:if-match",
}
# Parts create no object, what ends them does:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
_CREATES_OBJECT = {
    "PutObject": "true",
    "CopyObject": "true",
    "CompleteMultipartUpload": "true",
    "CreateMultipartUpload": "false",
    "UploadPart": "false",
    "UploadPartCopy": "false",
}


class AccountState:
    """One account and region, as ``iam.operations`` asks about it."""

    def __init__(self, cloud: "Cloud", account_id: str, region: str) -> None:
        self._cloud = cloud
        self._account_id = account_id
        self._region = region

    def lookup(self, kind: str, value: str) -> str | None:
        """See ``iam.request.Account``; besides, the role of a ``profile-role``."""
        iam = iam_backends[self._account_id]["aws"]
        if kind == "role":
            return next((role.arn for role in list(iam.roles.values()) if value in (role.name, role.arn)), None)
        if kind in ("profile", "profile-role"):
            profile = next((item for item in list(iam.instance_profiles.values()) if item.name == value), None)
            if profile is None or kind == "profile":
                return profile.arn if profile else None
            return str(profile.roles[0].arn) if profile.roles else None
        if kind == "key":
            return self._key(value)
        if kind == "secret":
            secrets = secretsmanager_backends[self._account_id][self._region].secrets
            return next((item.arn for item in list(secrets.values()) if value in (item.name, item.arn)), None)
        if kind == "stack" and not value.startswith("arn:"):
            return self._stack(value)
        return value if value.startswith("arn:") else None

    def context(self, service: str, operation: str, parameters: Mapping[str, Any], resource: str) -> Context:
        """See ``iam.request.Account``."""
        if service == "iam" and operation in _BOUNDED:
            return self._boundary(parameters)
        if service == "dynamodb":
            return self._leading_keys(parameters)
        if service == "s3":
            return self._s3(operation, parameters)
        if service == "ec2":
            return self._ec2(parameters, resource)
        if service == "sagemaker":
            known = conditions.of_sagemaker(operation, parameters, self._key, self._model)
            return known | _tags(self._sagemaker_tags(resource))
        if service == "codebuild":
            return conditions.of_codebuild(operation, parameters)
        if service == "application-autoscaling":
            return self._autoscaling(parameters, resource)
        if service == "sts" and parameters.get("ExternalId"):
            return {"sts:ExternalId": str(parameters["ExternalId"])}
        if service == "cloudwatch" and "Namespace" in parameters:
            return {"cloudwatch:namespace": str(parameters["Namespace"])}
        if service == "events" and operation == "PutEvents":
            return conditions.of_events(parameters)
        return {}

    def keys(self, service: str, operation: str, parameters: Mapping[str, Any]) -> list[tuple[str, Context]]:
        """See ``iam.request.Account``."""
        found: list[tuple[str | None, Context]] = []
        if service == "s3":
            found = encryption.of_object(operation, parameters)
        elif service == "dynamodb" and (table := self._table(parameters)) is not None:
            key = (table.sse_specification or {}).get("KMSMasterKeyId")
            found = [(key, {"kms:EncryptionContext:aws:dynamodb:tableName": table.name})]
        elif service == "secretsmanager":
            found = self._secret_key(str(parameters.get("SecretId", "")))
        elif service == "ssm":
            found = self._parameter_key(parameters)
        elif service == "lambda":
            found = self._function_key(parameters)
        elif service == "sagemaker":
            found = [(key, {}) for key in sorted(conditions.volumes(operation, parameters))]
        return [(arn, context) for key, context in found if key and (arn := self._key(key))]

    def _key(self, value: str) -> str | None:
        account_id = value.split(":")[4] if value.startswith("arn:") else self._account_id
        backend = kms_backends[account_id][self._region]
        if "alias/aws/" in value:  # AWS's own keys: their policies let the account in
            return None
        if "alias/" in value:
            value = backend.get_key_id_from_alias(value.rsplit(":", 1)[-1]) or ""
        key = backend.keys.get(value.rsplit("/", 1)[-1])
        return None if key is None else str(key.arn)

    def _model(self, name: str) -> str:
        return f"arn:aws:sagemaker:{self._region}:{self._account_id}:model/{name}"

    def _stack(self, name: str) -> str | None:
        from localcloud.services.cloudformation import errors, stacks  # noqa: PLC0415 - services import this package

        try:
            return stacks.of(self._cloud, self._account_id, self._region).find(name).stack_id
        except errors.CloudFormationError:
            return None

    def _boundary(self, parameters: Mapping[str, Any]) -> Context:
        boundary = parameters.get("PermissionsBoundary")
        if boundary is None and (arn := self.lookup("role", str(parameters.get("RoleName")))):
            roles = list(iam_backends[self._account_id]["aws"].roles.values())
            boundary = next(role for role in roles if role.arn == arn).permissions_boundary_arn
        known: Context = {"iam:PermissionsBoundary": str(boundary)} if boundary else {}
        return known | ({"iam:PolicyARN": str(parameters["PolicyArn"])} if "PolicyArn" in parameters else {})

    def _table(self, parameters: Mapping[str, Any]) -> Any:
        tables = dynamodb_backends[self._account_id][self._region].tables
        return tables.get(str(parameters.get("TableName", "")).rsplit("/", 1)[-1])

    def _leading_keys(self, parameters: Mapping[str, Any]) -> Context:
        table = self._table(parameters)
        item = parameters.get("Key") or parameters.get("Item") or {}
        if table is None or table.hash_key_attr not in item:
            return {}
        value = item[table.hash_key_attr]
        return {"dynamodb:LeadingKeys": [str(next(iter(value.values())))]}

    def _s3(self, operation: str, parameters: Mapping[str, Any]) -> Context:
        context: Context = {key: str(parameters[name]) for name, key in _HEADERS.items() if parameters.get(name)}
        if operation in _CREATES_OBJECT:
            context["s3:ObjectCreationOperation"] = _CREATES_OBJECT[operation]
        if operation.startswith("List"):
            context.setdefault("s3:prefix", "")
        if operation in ("GetObject", "HeadObject"):
            bucket = encryption.bucket_of(parameters)
            item = bucket.keys.get(unquote(str(parameters.get("Key")))) if bucket else None
            if (arn := getattr(item, "arn", None)) is not None:  # a deletion marker has none
                tags = s3_backends[bucket.account_id]["aws"].tagger.get_tag_dict_for_resource(arn)
                context |= {f"s3:ExistingObjectTag/{key}": str(value) for key, value in tags.items()}
        return context

    def _ec2(self, parameters: Mapping[str, Any], resource: str) -> Context:
        profile = (parameters.get("IamInstanceProfile") or {}).get("Name")
        if profile is None and ":instance/" in resource:
            instance = ec2_backends[self._account_id][self._region].get_instance_by_id(resource.rsplit("/", 1)[-1])
            given = getattr(instance, "iam_instance_profile", None) or {}
            return {"ec2:InstanceProfile": str(given["Arn"])} if given.get("Arn") else {}
        arn = self.lookup("profile", profile) if profile and ":instance/" in resource else None
        return {"ec2:InstanceProfile": arn} if arn else {}

    def _autoscaling(self, parameters: Mapping[str, Any], resource: str) -> Context:
        about = {"ServiceNamespace": "service-namespace", "ScalableDimension": "scalable-dimension"}
        known: Context = {
            f"application-autoscaling:{key}": str(parameters[name])
            for name, key in about.items()
            if name in parameters
        }
        return known | _tags(target_tags(self._account_id, self._region, resource))

    def _sagemaker_tags(self, resource: str) -> Mapping[str, str]:
        from localcloud.services.sagemaker import errors, store  # noqa: PLC0415 - as above

        try:
            found = store.store_of(self._account_id, self._region).find(resource)
        except errors.ValidationError:
            return {}
        return {tag["Key"]: tag["Value"] for tag in found.tags} if found is not None else {}

    def _secret_key(self, secret_id: str) -> list[tuple[str | None, Context]]:
        arn = self.lookup("secret", secret_id)
        secrets = list(secretsmanager_backends[self._account_id][self._region].secrets.values())
        return [
            (item.kms_key_id, {"kms:EncryptionContext:SecretARN": str(arn)}) for item in secrets if item.arn == arn
        ]

    def _parameter_key(self, parameters: Mapping[str, Any]) -> list[tuple[str | None, Context]]:
        if parameters.get("Type") == "SecureString":
            return [(parameters.get("KeyId"), {})]
        stored = ssm_backends[self._account_id][self._region]._parameters.get(parameters.get("Name"))
        return [(stored[-1].keyid, {})] if stored and stored[-1].parameter_type == "SecureString" else []

    def _function_key(self, parameters: Mapping[str, Any]) -> list[tuple[str | None, Context]]:
        if key := parameters.get("KMSKeyArn"):
            return [(key, {})]
        functions = lambda_backend(self._account_id, self._region).list_functions()
        name = str(parameters.get("FunctionName", "")).rsplit(":", 1)[-1]
        # A function without variables has nothing to decrypt.
        return [
            (item.kms_key_arn, {}) for item in functions if item.function_name == name and item.environment_vars
        ]


def owner_of(resource: str, account_id: str) -> str:
    """The account that a resource belongs to; the caller's where nothing says."""
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return account_id
    if parts[2] == "s3":
        place = s3_backends.bucket_accounts.get(parts[5].split("/", 1)[0])
        return account_id if place is None else str(place[1])
    return parts[4] or account_id


def _tags(tags: Mapping[str, str]) -> Context:
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
