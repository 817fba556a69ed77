def build_wheel(directory, config_settings=None, metadata_directory=None):
    from collections import Mapping
