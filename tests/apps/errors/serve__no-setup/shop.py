def make(global_config):
    return print
