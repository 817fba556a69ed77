import os
import time

print("reporting to", os.environ["PORT_CHAT"])
time.sleep(3600)
