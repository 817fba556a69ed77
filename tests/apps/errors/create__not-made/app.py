print('made by hand')
