"""What each platform calls and expects; siblings never import each other."""
