"""The steps that make layers."""
