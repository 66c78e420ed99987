"""Child processes that serve models as SageMaker's scikit-learn container does."""
