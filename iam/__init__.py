"""Least privilege, proven: what AWS's IAM would have said of each call that the local cloud has recorded.

``reference`` is AWS's service authorization reference; ``operations`` makes authorization requests out of calls;
``engine`` asks a policy simulator; ``audit`` compares what was needed with what was granted.
"""
