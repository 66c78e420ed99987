"""CodeBuild: projects, and builds whose commands really run.

API reference: https://docs.aws.amazon.com/codebuild/latest/APIReference/; build specification:
https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html.
"""
