"""CloudFormation: stacks that are created, updated and deleted in the background, as on AWS.

Replaces moto's stacks, which are created within the request, never roll back and are deleted in no order.
moto keeps stack sets.

What is imitated
    Parameters with their constraints, rules, conditions, mappings and the intrinsic functions; creation in the
    order of dependencies, independent resources side by side; events with reasons, told to topics; rollback;
    updates with replacement, cleanup and rollback; change sets; deletion in reverse order with deletion
    policies; custom resources backed by Lambda functions; wait conditions; the CommandRunner type, registered
    from the start as the account's owner has to do once per region on AWS; every resource type for which moto
    has a model.

What is not
    Macros and transforms, nested stacks, drift detection, hooks, import, rollback triggers,
    ``TimeoutInMinutes``, ``CreationPolicy`` signals; stack policies are kept and not enforced. Values of
    AWS-specific parameter types are not looked up. Properties are not checked against a type's schema, except
    the CommandRunner's. Resources made by moto's models are made at once, and without calls that could be
    recorded. The CommandRunner's handlers on AWS look after 90 seconds for the first time and then every 30
    seconds; here the resource is done when its command is.
"""

from localcloud.services.cloudformation.stacks import Stacks, of

__all__ = ["Stacks", "of"]
