"""Lifecycle configurations of notebook instances: moto keeps them and their instances, but not their tags."""

from moto.sagemaker.models import sagemaker_backends

from localcloud.responses import ActionResult, operations
from localcloud.services.sagemaker.resources import merged_tags
from localcloud.services.sagemaker.responses.base import SageMakerBase


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
