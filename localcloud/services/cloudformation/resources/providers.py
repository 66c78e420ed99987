"""Which provider a resource type has."""

from functools import cache

from localcloud.services.cloudformation.registry import (
    COMMAND_RUNNER,
    CUSTOM_RESOURCE,
    WAIT_CONDITION,
    WAIT_HANDLE,
)
from localcloud.services.cloudformation.resources.command_runner import CommandRunner
from localcloud.services.cloudformation.resources.custom_resource import CustomResource
from localcloud.services.cloudformation.resources.moto_resource import MotoResource
from localcloud.services.cloudformation.resources.provider import Provider
from localcloud.services.cloudformation.resources.wait_condition import WaitCondition, WaitConditionHandle


@cache
def provider(type_name: str) -> Provider:
    """The provider of a type that the registry knows."""
    if type_name == COMMAND_RUNNER:
        return CommandRunner()
    if type_name == CUSTOM_RESOURCE or type_name.startswith("Custom::"):
        return CustomResource()
    if type_name == WAIT_HANDLE:
        return WaitConditionHandle()
    if type_name == WAIT_CONDITION:
        return WaitCondition()
    return MotoResource(type_name)
