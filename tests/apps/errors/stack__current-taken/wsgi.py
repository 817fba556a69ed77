application = print
