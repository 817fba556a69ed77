def build_wheel(directory, config_settings=None, metadata_directory=None):
    bytearray(1 << 62)
