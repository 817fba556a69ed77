from helper import rows

print(rows)
