"""SageMaker Pipelines: definitions that are checked and executions whose steps really run."""
