"""What the actions of a pipeline do: fetch a source, run a build, wait for a person."""
