print('as somebody has mended it')
