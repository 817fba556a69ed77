import sys


def build_wheel(directory, config_settings=None, metadata_directory=None):
    sys.exit("Error: pg_config executable not found.")
