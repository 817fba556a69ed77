def make(global_conf, **options):
    return lambda environ, start_response: []
