"""S3 is moto's. Put right are bucket policies with conditions, and the end of delete markers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.models import FakeDeleteMarker

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_PATCHED = "is_action_permitted"


def start(_cloud: "Cloud") -> None:
    """Take conditional denials as not met, and let delete markers go.

    moto 5.2.5 reads a denial whose condition does not hold as a denial of everything, so that a bucket which
    insists on TLS (``aws:SecureTransport``) refuses all requests. Conditions are not imitated here.
    And where a delete marker is the last version of an object, it fails to delete it.

    Raises:
        AttributeError: moto no longer has the method that is changed.

    """
    if not hasattr(FakeDeleteMarker, "dispose"):
        FakeDeleteMarker.dispose = lambda _marker, garbage=False: None  # noqa: ARG005 - as a version's own has it
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
