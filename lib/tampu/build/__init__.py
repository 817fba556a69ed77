"""Facts in, an environment out: decide first, then do."""
