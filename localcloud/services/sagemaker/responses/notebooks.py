"""Notebook instances and lifecycle configurations: moto keeps them, but not all of what they were made with."""

from typing import Any

from moto.sagemaker.models import sagemaker_backends

from localcloud.responses import ActionResult, operations
from localcloud.services.sagemaker.resources import merged_tags
from localcloud.services.sagemaker.responses.base import SageMakerBase

# CreateNotebookInstance's parameters and their names in moto.
_KNOWN = {
    "NotebookInstanceName": "notebook_instance_name",
    "InstanceType": "instance_type",
    "SubnetId": "subnet_id",
    "SecurityGroupIds": "security_group_ids",
    "RoleArn": "role_arn",
    "KmsKeyId": "kms_key_id",
    "Tags": "tags",
    "LifecycleConfigName": "lifecycle_config_name",
    "DirectInternetAccess": "direct_internet_access",
    "VolumeSizeInGB": "volume_size_in_gb",
    "AcceleratorTypes": "accelerator_types",
    "DefaultCodeRepository": "default_code_repository",
    "AdditionalCodeRepositories": "additional_code_repositories",
    "RootAccess": "root_access",
}


@operations("sagemaker")
class NotebookInstanceResponse(SageMakerBase):
    """Notebook instances that tell their platform and the metadata service that they were given."""

    def create_notebook_instance(self) -> ActionResult:
        """Create an instance as moto does, and keep the rest of what was given."""
        parameters = self._parameters
        made = self._backend.create_notebook_instance(
            **{name: parameters.get(parameter) for parameter, name in _KNOWN.items()}
        )
        made.given = {name: value for name, value in parameters.items() if name not in _KNOWN}
        return ActionResult({"NotebookInstanceArn": made.arn})

    def describe_notebook_instance(self) -> ActionResult:
        """Tell everything about an instance."""
        found = self._backend.get_notebook_instance(self._parameters["NotebookInstanceName"])
        return ActionResult({**found.to_dict(), **getattr(found, "given", {})})

    @property
    def _backend(self) -> Any:
        return sagemaker_backends[self.current_account][self.region]


@operations("sagemaker")
class LifecycleConfigurationResponse(SageMakerBase):
    """CreateNotebookInstanceLifecycleConfig with tags."""

    def create_notebook_instance_lifecycle_config(self) -> ActionResult:
        """Create a configuration as moto does, and keep its tags."""
        parameters = self._parameters
        made = sagemaker_backends[self.current_account][self.region].create_notebook_instance_lifecycle_config(
            notebook_instance_lifecycle_config_name=parameters["NotebookInstanceLifecycleConfigName"],
            on_create=parameters.get("OnCreate"),
            on_start=parameters.get("OnStart"),
        )
        made.tags = merged_tags([], parameters.get("Tags", []))
        return ActionResult({"NotebookInstanceLifecycleConfigArn": made.arn})
