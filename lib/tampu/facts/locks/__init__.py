"""One module for each kind of file that says which packages an app needs."""
