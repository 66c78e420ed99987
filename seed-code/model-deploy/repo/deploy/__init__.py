"""Deploys registered models: resolve, promote, apply, test."""
