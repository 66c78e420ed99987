"""SageMaker: pipelines whose steps really run, jobs, the model registry, code repositories."""
