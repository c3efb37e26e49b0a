"""The sections of config.yaml, each with its model and what is checked in it."""
