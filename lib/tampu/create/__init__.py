"""`tampu create`: new projects out of templates, and their update when a template has changed."""
