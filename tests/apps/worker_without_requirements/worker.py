import json
import sqlite3
import sys

row = sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()
print(json.dumps({"answer": row[0], "arguments": sys.argv[1:]}))
