print('as it is in the project')
