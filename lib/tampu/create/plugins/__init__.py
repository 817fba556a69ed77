"""What runs in an environment's own Python, with the templates that packages there have: PYTHON create/plugins ASK."""
