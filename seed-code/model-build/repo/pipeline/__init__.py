"""The SageMaker pipeline of this project: its definition, and the command that creates and starts it."""
