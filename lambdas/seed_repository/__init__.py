"""Seeds a project's repository: renders a seed and pushes it as one commit, once."""
