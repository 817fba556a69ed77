def make(global_conf, **options)
    return None
