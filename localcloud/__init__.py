"""A stand-in for AWS and GitHub on one machine.

moto answers most AWS operations. This package puts a gateway in front of moto's own dispatcher, adds the
operations that the project's journey needs and moto lacks, and records every call. Requests are parsed and
answers serialised from botocore's models, so that unmodified clients (Terraform's AWS provider, boto3, the
AWS CLI, git) can be used.

Rooms: ``gateway`` (a request's way through), ``recognition`` (which operation is it), ``validation`` (AWS's own
constraints), ``responses`` (how a service adds operations), ``principals`` (who calls), ``call_log``,
``processes`` (children), ``cloud`` (what services share), ``services`` (one package per service), ``githost``.
"""
