"""What an app says about itself, read only."""
