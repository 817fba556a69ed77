print(open("rows.csv").read())
