import csv

rows = list(csv.reader(open("rows.csv"))
print "read", len(rows)
