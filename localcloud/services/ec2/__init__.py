"""EC2: moto keeps the instances; one that runs a command is a machine with a life and a metadata service.

What is imitated
    ``pending`` until the command has begun, ``running``, ``shutting-down`` while its processes are asked to end,
    ``terminated``; instance profile and tags; IMDSv2.

What is not
    Delays, start-up of the operating system, and instances that run nothing: moto's are ``running`` at once.
"""
