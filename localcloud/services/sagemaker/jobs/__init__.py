"""Processing and training jobs that really run, as child processes."""
