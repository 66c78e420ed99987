"""S3 is moto's. Put right are bucket policies (conditions, versions), delete markers, and rules of replication.

Nothing is copied by them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError, S3ClientError
from moto.s3.models import FakeDeleteMarker, FakeKey
from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_PATCHED = "is_action_permitted"


def start(_cloud: "Cloud") -> None:
    """Take conditional denials as not met, and let delete markers go.

    moto 5.2.5 reads a denial whose condition does not hold as a denial of everything, so that a bucket which
    insists on TLS (``aws:SecureTransport``) refuses all requests. Conditions are not imitated here.
    Of a replication's rules it forgets whether encrypted objects are copied.
    And where a delete marker is the last version of an object, it fails to delete it. That a version is deleted
    by another permission (``s3:DeleteObjectVersion``) it does not ask a bucket's policy about.

    Raises:
        AttributeError: moto no longer has the method that is changed.

    """
    if not hasattr(FakeDeleteMarker, "dispose"):
        FakeDeleteMarker.dispose = lambda _marker, garbage=False: None  # noqa: ARG005 - as a version's own has it
    _ask_about_versions()
    _know_entity_tags_at_once()
    _tell_replication_as_it_was_made()
    original: Callable[..., PermissionResult] = getattr(IAMPolicyStatement, _PATCHED)
    if getattr(original, "ignores_conditional_denials", False):
        return

    def is_action_permitted(self: IAMPolicyStatement, *args: Any, **kwargs: Any) -> PermissionResult:
        statement = self._statement
        if statement.get("Effect") == "Deny" and statement.get("Condition"):
            return PermissionResult.NEUTRAL
        return original(self, *args, **kwargs)

    is_action_permitted.ignores_conditional_denials = True  # type: ignore[attr-defined]
    setattr(IAMPolicyStatement, _PATCHED, is_action_permitted)


def _know_entity_tags_at_once() -> None:
    """Let PutObject be answered although the object is gone again before that.

    moto reads the content for the entity tag when it answers; whoever overwrites or deletes the object meanwhile
    (all see it by then) has closed it, and the answer is an internal error.
    """
    original: Callable[..., None] = FakeKey.__init__
    if getattr(original, "knows_its_entity_tag", False):
        return

    def __init__(self: FakeKey, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _ = self.etag

    __init__.knows_its_entity_tag = True  # type: ignore[attr-defined]
    FakeKey.__init__ = __init__


def _ask_about_versions() -> None:
    """Let a bucket's policy refuse the deletion of versions; of single ones, not of DeleteObjects' lists."""
    original: Callable[[S3Response], Any] = S3Response.delete_object
    if getattr(original, "asks_about_versions", False):
        return

    def delete_object(self: S3Response) -> Any:
        if self._get_param("versionId"):
            bucket = self.backend.get_bucket(self.bucket_name)
            arn = f"{bucket.arn}/{self.parse_key_name()}"
            if bucket.get_permission("s3:DeleteObjectVersion", arn) == PermissionResult.DENIED:
                raise _Denied
        return original(self)

    delete_object.asks_about_versions = True  # type: ignore[attr-defined]
    S3Response.delete_object = delete_object


def _tell_replication_as_it_was_made() -> None:
    def get_bucket_replication(self: S3Response) -> Any:
        self.data["Action"] = "GetBucketReplication"
        kept = self.backend.get_bucket_replication(self.bucket_name)
        if not kept:
            raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
        # An empty filter, which is for everything, is read as none.
        filters = [rule.get("Filter") or {} for rule in kept["Rule"]]
        rules = [
            rule | {"Filter": chosen if any(chosen.values()) else {"Prefix": ""}}
            for rule, chosen in zip(kept["Rule"], filters, strict=True)
        ]
        return self.serialized(ActionResult({"ReplicationConfiguration": {"Role": kept["Role"], "Rules": rules}}))

    if not hasattr(S3Response, "get_bucket_replication"):
        raise AttributeError("moto's S3Response has no get_bucket_replication: this version is not supported")
    S3Response.get_bucket_replication = get_bucket_replication


class _Denied(S3ClientError):
    code = 403

    def __init__(self) -> None:
        super().__init__("AccessDenied", "Access Denied by the bucket's policy")
