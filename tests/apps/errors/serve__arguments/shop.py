def make(global_conf, color="blue"):
    return lambda environ, start_response: [color.encode()]
