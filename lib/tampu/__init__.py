"""tampu: from a laptop to production for any Python app."""

__version__ = "0.1.0"
