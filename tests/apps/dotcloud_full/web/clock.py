import sys
import time

print("tick", sys.argv[1])
time.sleep(3600)
